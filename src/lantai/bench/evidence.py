"""Evidence: a box that was lawfully destroyed stays gone, a corrupted disc comes back; what proves either."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from lantai.core.scratch import scratch_database

from .ingest import Notice
from .processes import count_in, measured

STEPS = 9


def measure(records: int, notice: Notice) -> dict[str, Any]:
    """Runs :mod:`lantai.bench.evidencework` in a data folder and a database of its own.

    Args:
        records: in the box, and as many that stay.
        notice: told how far it is.
    """
    where, started = Path(tempfile.mkdtemp(prefix="lantai-bench-")), time.monotonic()
    (where / "home").mkdir()
    try:
        with scratch_database("evidence") as database:
            told = measured(
                where,
                "lantai.bench.evidencework",
                str(records),
                every_s=0.5,
                observe=lambda _mib: notice("evidence", count_in(where / "home" / "stored"), STEPS),
                settings=database,
            )
    finally:
        shutil.rmtree(where, ignore_errors=True)
    proven = all(proof["holds"] for proof in (*told["destroyed"], *told["disc"]))
    return {**told, "proven": proven, "seconds": round(time.monotonic() - started, 1)}
