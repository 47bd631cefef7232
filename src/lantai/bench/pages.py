"""How fast pages come, whole HTTP round trips, when the region is as large as the plans foresee.

The public search page is asked at a fixed rate over a fixed number of connections, whether or not
the answers keep up: a request that has to wait for a connection has waited since it was due. Every
list of the desks is then walked by the people who may.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, cycle, repeat
from pathlib import Path
from threading import Event, Lock
from typing import Any, NamedTuple
from urllib.parse import urlencode

from lantai.core.errors import Unavailable

from .desks import walk
from .processes import count_in, held_mib, measured, spent_cpu_s
from .questions import never_asked
from .search import Query, mix, percentile

FILL_EVERY_S = 5.0
START_S = 120.0
WARM_UP_S = 5.0
FLOOR_PATH = "/healthz"
"""A page that asks nothing of anybody: what the server, the client and this machine take by themselves."""
Notice = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Load:
    """What is offered.

    Attributes:
        rate: requests a second.
        connections: over which they come, each kept open.
        seconds: how long.
    """

    rate: int
    connections: int
    seconds: int


class Asked(NamedTuple):
    """An address, and whether it is asked for the first time."""

    path: str
    is_new: bool


def measure(number: int, load: Load, notice: Notice, *, folder: Path) -> dict[str, Any]:
    """Fills a region, or takes the one a folder holds, serves it, and asks for its pages.

    Args:
        number: entries.
        load: what is offered to the public search page.
        notice: told the step, how much is done and how much there is.
        folder: where the region lies, and stays.
    """
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    if count_in(folder / "filled") != number:
        measured(
            folder, "lantai.bench.largeregion", str(number),
            every_s=FILL_EVERY_S, observe=lambda _mib: notice("fill", count_in(home / "done"), number),
        )  # fmt: skip
        (folder / "filled").write_text(str(number))
    with _served(folder) as (port, process):
        before_s = spent_cpu_s(process.pid)
        search = offered(port, _searches(), load, lambda done: notice("offered", done, load.seconds))
        spent_s = spent_cpu_s(process.pid) - before_s
        floor = offered(port, _floor(), Load(load.rate, load.connections, 10), lambda _done: None)
        lists = walk(port, notice)
        held, own = held_mib(process.pid), held_mib(process.pid, "Pss_Anon")
    return {
        "entries": number,
        "offered_per_s": load.rate,
        "connections": load.connections,
        **search,
        "server_cpu_ms_per_request": round(spent_s * 1000 / (search["requests"] + load.rate * WARM_UP_S), 2),
        "floor_p95_ms": floor["p95_ms"],
        **lists,
        "server_rss_mib": round(held, 1),
        "server_own_mib": round(own, 1),
        "cpus": os.cpu_count(),
    }


def _searches() -> Iterator[Asked]:
    """What the public asks, results and facets on one page: every other question is asked for the first time.

    The others are the committed queries over and over, as one asks what others ask, and turns back
    to what one has seen.
    """
    for known, new in zip(cycle(mix()), never_asked(), strict=False):
        yield Asked(_search(known), False)
        yield Asked(_search(new), True)


def _search(query: Query) -> str:
    return f"/search?{urlencode({'q': query.text, 'sort': query.sort})}"


def _floor() -> Iterator[Asked]:
    return repeat(Asked(FLOOR_PATH, True))


@contextmanager
def _served(folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LANTAI_")}
    environment["LANTAI_HOME"] = str(folder / "home")
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lantai.config", "serve", "--port", str(port)],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _wait_for(port, process, folder)
            yield port, process
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise Unavailable("服务没有起来。", subject=str(folder / "serve.log"), remedy="请看这个日志。")


def offered(
    port: int, asked: Iterator[Asked], load: Load, told: Callable[[int], None]
) -> dict[str, float | int]:
    """Offers what is asked at the rate, after a warm-up that is not counted.

    Returns:
        ``requests``, ``errors`` (any answer but 200), ``answered_per_s``, ``p50_ms``, ``p95_ms``, ``p99_ms``;
        ``first_asked`` and ``first_asked_p95_ms``, of what was asked for the first time alone.
    """
    _offer(port, asked, Load(load.rate, load.connections, int(WARM_UP_S)), lambda _done: None)
    started = time.perf_counter()
    answers = _offer(port, asked, load, told)
    took_ms = [answer.took_ms for answer in answers]
    first_ms = [answer.took_ms for answer in answers if answer.is_new]
    return {
        "requests": len(took_ms),
        "errors": sum(not answer.is_right for answer in answers),
        "answered_per_s": round(len(took_ms) / (time.perf_counter() - started), 1),
        "p50_ms": percentile(took_ms, 50),
        "p95_ms": percentile(took_ms, 95),
        "p99_ms": percentile(took_ms, 99),
        "first_asked": len(first_ms),
        "first_asked_p95_ms": percentile(first_ms, 95),
    }


class Answer(NamedTuple):
    """How long one request took since it was due."""

    took_ms: float
    is_right: bool
    is_new: bool


def _offer(port: int, asked: Iterator[Asked], load: Load, told: Callable[[int], None]) -> list[Answer]:
    turns, lock, last = count(), Lock(), load.rate * load.seconds
    started = time.perf_counter()
    never = Event()

    def connection() -> list[Answer]:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        answers: list[Answer] = []
        while True:
            with lock:
                turn, one = next(turns), next(asked)
            if turn >= last:
                client.close()
                return answers
            due = started + turn / load.rate
            never.wait(max(0.0, due - time.perf_counter()))
            status = _ask(client, one.path)
            took_ms = (time.perf_counter() - due) * 1000
            answers.append(Answer(took_ms, status == http.client.OK, one.is_new))
            if turn % load.rate == 0:
                told(turn // load.rate)

    with ThreadPoolExecutor(load.connections) as pool:
        lines = [pool.submit(connection) for _ in range(load.connections)]
        return [answer for line in lines for answer in line.result()]


def _ask(client: http.client.HTTPConnection, path: str) -> int:
    try:
        client.request("GET", path)
        answer = client.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        client.close()
        return 0
    return answer.status
