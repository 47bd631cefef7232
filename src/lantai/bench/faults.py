"""Real processes killed at random moments of their work, and what stands afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from lantai.core.scratch import scratch_database

from .ingest import Notice
from .processes import count_in, measured

KINDS = ("ingest", "replication", "repair", "migration", "disposal")
LOOKS_EVERY_S = 0.5
TOLD = 50
"""How many failures are named; the others are counted."""


def measure(kills: int, notice: Notice, *, seed: int | None = None) -> dict[str, Any]:
    """Runs :mod:`lantai.bench.killing` in a data folder and a database of its own.

    Args:
        kills: how many, shared out evenly over the five kinds of work.
        notice: told how far it is.
        seed: of moments and contents; drawn without, and told, so that a run can be repeated.
    """
    seed = int.from_bytes(os.urandom(4)) if seed is None else seed
    each, where, started = (
        max(1, kills // len(KINDS)),
        Path(tempfile.mkdtemp(prefix="lantai-bench-")),
        time.monotonic(),
    )
    (where / "home").mkdir()

    def observe(_mib: float) -> None:
        notice("faults", count_in(where / "home" / "stored"), each * len(KINDS))

    try:
        with scratch_database("faults") as database:
            told = measured(
                where, "lantai.bench.killing", str(each), str(seed),
                every_s=LOOKS_EVERY_S, observe=observe, settings=database,
            )  # fmt: skip
    finally:
        shutil.rmtree(where, ignore_errors=True)
    return {
        **_summed(told),
        "database": "PostgreSQL" if database else "SQLite",
        "seed": seed,
        "seconds": round(time.monotonic() - started, 1),
        "cpus": os.cpu_count(),
    }


def _summed(told: dict[str, Any]) -> dict[str, Any]:
    by_kind = told["by_kind"]
    failed = [f"{kind} {text}" for kind, work in by_kind.items() for text in work.pop("failures")]
    failed += told["failures_at_the_end"]
    return {
        "kills": sum(work["kills"] for work in by_kind.values()),
        "by_operation": by_kind,
        "moments": [
            sum(column) for column in zip(*(work["moments"] for work in by_kind.values()), strict=True)
        ],
        "objects": told["objects"],
        "failures": len(failed),
        "failed": failed[:TOLD],
    }
