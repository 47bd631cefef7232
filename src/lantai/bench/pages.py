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
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path
from threading import Event, Lock
from typing import Any
from urllib.parse import urlencode

from lantai.core.errors import Unavailable

from .desks import walk
from .processes import count_in, held_mib, measured
from .search import mix, percentile

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
        search = offered(port, _searches(), load, lambda done: notice("offered", done, load.seconds))
        floor = offered(port, [FLOOR_PATH], Load(load.rate, load.connections, 10), lambda _done: None)
        lists = walk(port, notice)
        peak_mib = held_mib(process.pid)
    return {
        "entries": number,
        "offered_per_s": load.rate,
        "connections": load.connections,
        **search,
        "floor_p95_ms": floor["p95_ms"],
        **lists,
        "server_rss_mib": round(peak_mib, 1),
        "cpus": os.cpu_count(),
    }


def _searches() -> list[str]:
    """The committed queries as the public asks them, results and facets on one page."""
    return [f"/search?{urlencode({'q': query.text, 'sort': query.sort})}" for query in mix()]


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
    port: int, paths: Sequence[str], load: Load, told: Callable[[int], None]
) -> dict[str, float | int]:
    """Offers the paths in turn at the rate, after a warm-up that is not counted.

    Returns:
        ``requests``, ``errors`` (any answer but 200), ``answered_per_s``, ``p50_ms``, ``p95_ms``, ``p99_ms``.
    """
    asked = cycle(paths)
    _offer(port, asked, Load(load.rate, load.connections, int(WARM_UP_S)), lambda _done: None)
    started = time.perf_counter()
    took_ms, errors = _offer(port, asked, load, told)
    return {
        "requests": len(took_ms),
        "errors": errors,
        "answered_per_s": round(len(took_ms) / (time.perf_counter() - started), 1),
        "p50_ms": percentile(took_ms, 50),
        "p95_ms": percentile(took_ms, 95),
        "p99_ms": percentile(took_ms, 99),
    }


def _offer(
    port: int, paths: Iterator[str], load: Load, told: Callable[[int], None]
) -> tuple[list[float], int]:
    turns, lock, last = count(), Lock(), load.rate * load.seconds
    started = time.perf_counter()
    never = Event()

    def connection() -> list[tuple[float, bool]]:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        answers: list[tuple[float, bool]] = []
        while True:
            with lock:
                turn, path = next(turns), next(paths)
            if turn >= last:
                client.close()
                return answers
            due = started + turn / load.rate
            never.wait(max(0.0, due - time.perf_counter()))
            status = _ask(client, path)
            answers.append(((time.perf_counter() - due) * 1000, status == http.client.OK))
            if turn % load.rate == 0:
                told(turn // load.rate)

    with ThreadPoolExecutor(load.connections) as pool:
        lines = [pool.submit(connection) for _ in range(load.connections)]
        answers = [answer for line in lines for answer in line.result()]
    return [took for took, _right in answers], sum(not right for _took, right in answers)


def _ask(client: http.client.HTTPConnection, path: str) -> int:
    try:
        client.request("GET", path)
        answer = client.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        client.close()
        return 0
    return answer.status
