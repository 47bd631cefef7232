"""Processes that are measured while they work: what they hold in memory, and what they say at the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from lantai.core.errors import LantaiError

LOOKS = 100
"""A look costs the more, the more memory is held; it takes at most so small a part of a processor (1/100)."""


FORKED_ONLY = 0x40
"""``PF_FORKNOEXEC``: a process that was forked and has begun no program of its own."""
BECOMES_S = 2.0
"""Who has not begun one after so long goes on as a fork, and counts."""


def measured(
    where: Path,
    module: str,
    *arguments: str,
    every_s: float,
    observe: Callable[[float], None],
    kept: Collection[str] = (),
    settings: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Runs a module of the platform with a data folder of its own; returns the JSON of its last line.

    Args:
        where: folder of this measurement; the data folder is ``home`` in it.
        module: run as ``python -m``.
        arguments: of the module.
        every_s: seconds between two looks, at least.
        observe: told at every look what the process and its children hold, in MiB.
        kept: settings (``LANTAI_…``) that are handed on; no other is.
        settings: others, with their values.

    Raises:
        LantaiError: the process failed; the subject is the end of what it said.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("LANTAI_") or name in kept
    }
    environment |= settings or {}
    environment |= {"LANTAI_HOME": str(where / "home"), "DJANGO_SETTINGS_MODULE": "lantai.config.settings"}
    command = [sys.executable, "-m", module, *arguments]
    status, said = watched(command, environment, where / "log", every_s=every_s, observe=observe)
    if status:
        raise LantaiError("测速进程失败。", subject=said[-2000:])
    return dict(json.loads(said.strip().splitlines()[-1]))


def watched(
    command: list[str],
    environment: dict[str, str],
    log: Path,
    *,
    every_s: float,
    observe: Callable[[float], None],
) -> tuple[int, str]:
    """Exit status and output of a process whose memory is looked at every so often."""
    with log.open("w+") as written:
        process = subprocess.Popen(command, env=environment, stdout=written, stderr=subprocess.STDOUT)
        while process.poll() is None:
            started = time.thread_time()
            observe(held_mib(process.pid))
            time.sleep(max(every_s, LOOKS * (time.thread_time() - started)))
        written.seek(0)
        return process.returncode, written.read()


def count_in(path: Path) -> int:
    """A count that a process keeps in a file; nought before it does."""
    return int(path.read_text() or 0) if path.exists() else 0


def held_mib(pid: int, part: str = "Pss") -> float:
    """Memory a process and its descendants hold together; shared pages are counted once (PSS).

    Args:
        pid: of the process.
        part: a line of ``smaps_rollup``: ``Pss_Anon`` leaves out pages of files, which the system takes
            back when it needs them.
    """
    total = 0.0
    for member in _tree(pid):
        try:
            if _is_becoming(member):
                continue
            lines = Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith(f"{part}:")) / 1024
    return total


def _is_becoming(pid: int) -> bool:
    """Whether a process is on its way to another program: until then it stands on its parent's memory (``vfork``).

    Counted, it would double what the parent holds, the likelier the busier the machine is.
    """
    told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    flags, started = int(told[6]), int(told[19])  # fields 9 and 22 of proc(5)
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")
    return bool(flags & FORKED_ONLY) and age_s < BECOMES_S


def spent_cpu_s(pid: int) -> float:
    """Processor time a process and its descendants took until now, those that ended and were waited for too."""
    ticks = 0
    for member in _tree(pid):
        try:
            text = Path(f"/proc/{member}/stat").read_text(encoding="utf-8")
        except OSError:
            continue
        ticks += sum(map(int, text.rpartition(")")[2].split()[11:15]))  # own and children's, user and system
    return ticks / os.sysconf("SC_CLK_TCK")


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from _tree(int(child))
