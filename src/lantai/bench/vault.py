"""How fast the vault writes, audits and rebuilds, each beside its floor in the same run."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from .ingest import ONE_STORE, Notice
from .processes import count_in, measured

SAMPLE_S = 0.1


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
        told, early_mib, peak_mib = _run(where, (objects, files, mebibytes), notice)
    finally:
        shutil.rmtree(where, ignore_errors=True)
    rss = {"peak_rss_first_quarter_mib": round(early_mib, 1), "peak_rss_mib": round(peak_mib, 1)}
    return {**told, **rss, "cpus": os.cpu_count()}


def _run(where: Path, sizes: tuple[int, int, int], notice: Notice) -> tuple[dict[str, Any], float, float]:
    home = where / "home"
    home.mkdir()
    (home / "vault.toml").write_text(ONE_STORE, encoding="utf-8")
    early = peak = 0.0

    def observe(mib: float) -> None:
        nonlocal early, peak
        peak = max(peak, mib)
        done = count_in(home / "stored")
        early = peak if done <= sizes[0] // 4 else early
        notice("vault", done, sizes[0])

    told = measured(where, "lantai.bench.vaultload", *map(str, sizes), every_s=SAMPLE_S, observe=observe)
    return told, early, peak
