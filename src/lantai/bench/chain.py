"""The chain that ``lantai bench ingest`` measures, in two processes as a region runs it.

Agencies capture three packages at a time, number and send them; meanwhile the archive receives,
inspects and stores what was sent, two hand-overs at a time. What was taken in is swept away when
all is captured. Usage: ``python -m lantai.bench.chain PACKAGES``; the last line of output is a
JSON object. The archive's process is the same module called with ``--archive``.
"""

from __future__ import annotations

import gc
import json
import os
import select
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

import django
from django.db import connection

from .processes import spent_cpu_s

AGENCY = "DYSWJ"
CAPTURED_AT_ONCE = 3
RECEIVED_AT_ONCE = 2
ARCHIVE = "--archive"
_LOOKS_EVERY_S = 0.25


def _untold(_done: int, _total: int) -> None:
    """Nobody watches a step."""


class Stopwatch:
    """Seconds by step, those of threads added up."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = defaultdict(float)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times what is done inside."""
        started = time.perf_counter()
        yield
        self.steps[name] += time.perf_counter() - started

    def rounded(self) -> dict[str, float]:
        """For JSON."""
        return {name: round(seconds, 2) for name, seconds in self.steps.items()}


def run(packages: Path) -> dict[str, object]:
    """Sends every package down the road, seconds from the first to the last record stored."""
    from lantai.capture.api import sweep_intake
    from lantai.demo import api as demo
    from lantai.records.api import Record, State

    demo.settle(_untold)
    watch = Stopwatch()
    with subprocess.Popen(
        [sys.executable, "-m", "lantai.bench.chain", ARCHIVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as archive:
        if archive.stdin is None or archive.stdout is None or not archive.stdout.readline():
            raise SystemExit(1)
        started, spent_s = time.perf_counter(), spent_cpu_s(os.getpid())
        _agencies(sorted(packages.iterdir()), watch)
        archive.stdin.write("done\n")
        archive.stdin.flush()
        with watch.step("sweep"):
            sweep_intake()
        with watch.step("archive_after_the_last"):
            archive.communicate()
        seconds, spent_s = time.perf_counter() - started, spent_cpu_s(os.getpid()) - spent_s
    if archive.returncode:
        raise SystemExit(archive.returncode)
    return {
        "stored": Record.objects.filter(state=State.HELD).count(),
        "bytes": sum(path.stat().st_size for path in packages.rglob("*.pdf")),
        "seconds": seconds,
        "cpu_seconds": spent_s,
        "steps": watch.rounded(),
    }


def _agencies(packages: list[Path], watch: Stopwatch) -> None:
    """Captures packages, some at a time; numbers and sends each as soon as it is captured."""
    arranging = Lock()
    with ThreadPoolExecutor(CAPTURED_AT_ONCE) as clerks:
        for done in [clerks.submit(_one_package, package, watch, arranging) for package in packages]:
            done.result()


def _one_package(package: Path, watch: Stopwatch, arranging: Lock) -> None:
    from lantai.demo import api as demo

    walk = demo.Walk()
    try:
        with watch.step("capture"):
            demo.send_package(package, agency_code=AGENCY, key=package.name, title=package.name)
        with arranging, watch.step("sign_number_send"):
            _send(walk)
    finally:
        connection.close()


def _send(walk: Any) -> None:
    """Signs, numbers and sends; signs again where a package came in between that nobody had signed for."""
    from lantai.core.errors import AwaitsPerson
    from lantai.demo import api as demo

    while True:
        demo.sign_waiting(walk, _untold)
        demo.number_captured(walk, _untold)
        try:
            demo.send_filed(_untold)
        except AwaitsPerson:
            continue
        return


def receive_until_told() -> None:
    """Receives and stores what was sent, some at a time, until a line on standard input says that all was."""
    from lantai.demo import api as demo

    print("ready", flush=True)  # noqa: T201
    received: dict[UUID, Future[None]] = {}
    with ThreadPoolExecutor(RECEIVED_AT_ONCE) as archivists:
        waiting = True
        while waiting:
            waiting = not select.select([sys.stdin], [], [], _LOOKS_EVERY_S)[0]
            for handover in demo.sent():
                if handover.id not in received:
                    received[handover.id] = archivists.submit(_one_handover, handover)
        for done in received.values():
            done.result()


def _one_handover(handover: Any) -> None:
    from lantai.core.settings import home
    from lantai.demo import api as demo
    from lantai.records.api import Record, State

    try:
        demo.receive_one(handover)
        (home() / "stored").write_text(str(Record.objects.filter(state=State.HELD).count()))
    finally:
        connection.close()


def main(argument: str) -> None:
    """One of the two processes."""
    if argument == ARCHIVE:
        receive_until_told()
    else:
        print(json.dumps(run(Path(argument))))  # noqa: T201


if __name__ == "__main__":
    django.setup()
    from django.core.management import call_command

    if sys.argv[1] != ARCHIVE:
        call_command("migrate", verbosity=0)
    gc.freeze()  # as the command line does for the worker
    main(sys.argv[1])
