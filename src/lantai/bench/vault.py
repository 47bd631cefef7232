"""How fast the vault writes, audits and rebuilds, each beside its floor in the same run."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from .ingest import ONE_STORE, Notice
from .processes import measured
from .vaultload import PROGRESS

SAMPLE_S = 0.1
STEPS = ("ingest", "audit", "reconcile", "validate", "rebuild")
"""What goes through all small objects, and is to hold no more in memory for more of them."""


def measure(objects: int, files: int, mebibytes: int, notice: Notice) -> dict[str, Any]:
    """Runs :mod:`lantai.bench.vaultload` in a process and a data folder of its own.

    Args:
        objects: how many objects of three small files.
        files: how many files in one object.
        mebibytes: size of the one large file, 2**20 bytes.
        notice: told how far it is.
    """
    where = Path(tempfile.mkdtemp(prefix="lantai-bench-"))
    try:
        told, peaks = _run(where, (objects, files, mebibytes), notice)
    finally:
        shutil.rmtree(where, ignore_errors=True)
    rss = {
        f"peak_rss{part}_mib": {
            step: round(mib, 1) for (step, is_early), mib in peaks.items() if is_early == early
        }
        for part, early in (("_by_step", False), ("_first_quarter_by_step", True))
    }
    return {**told, **rss, "peak_rss_mib": round(max(peaks.values()), 1), "cpus": os.cpu_count()}


def _run(
    where: Path, sizes: tuple[int, int, int], notice: Notice
) -> tuple[dict[str, Any], dict[tuple[str, bool], float]]:
    """What the process says, and the most it held in each step: in its first quarter, and in all of it."""
    home = where / "home"
    home.mkdir()
    (home / "vault.toml").write_text(ONE_STORE, encoding="utf-8")
    peaks = {(step, early): 0.0 for step in STEPS for early in (True, False)}

    def observe(mib: float) -> None:
        step, done = _progress(home)
        if (step, True) not in peaks:
            return
        peaks[step, False] = max(peaks[step, False], mib)
        if done <= sizes[0] // 4:
            peaks[step, True] = max(peaks[step, True], mib)
        notice("vault", done, sizes[0])

    told = measured(where, "lantai.bench.vaultload", *map(str, sizes), every_s=SAMPLE_S, observe=observe)
    last = STEPS[-1], False
    peaks[last] = max(
        peaks[last], told.pop("held_at_the_end_mib")
    )  # steps of few objects end before any look
    return told, peaks


def _progress(home: Path) -> tuple[str, int]:
    """The step under way and how many objects it has behind it."""
    try:
        step, done = (home / PROGRESS).read_text(encoding="ascii").split()
    except OSError:
        return "", 0
    return step, int(done)
