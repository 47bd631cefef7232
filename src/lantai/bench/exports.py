"""How fast a catalogue of a million entries leaves, in each form, and what memory that takes.

Usage of the inner process: ``python -m lantai.bench.exports fill ROWS`` and ``… LAYOUT``.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from lantai.core.cli import FINDINGS, Json, emit, print_table

from .processes import count_in, measured
from .tree import Notice, fill

LAYOUTS = ("xlsx", "csv", "ead2002", "ead3")
SAMPLE_S = 0.5


def export(
    rows: Annotated[int, typer.Option(help="目录条数。", min=1_000)] = 1_000_000,
    as_json: Json = False,
) -> None:
    """导出测速：把一个全宗的目录逐一导出为 XLSX、CSV、EAD 2002、EAD3，与页面上的导出是同一个任务。条数不符时退出码为 1。

    JSON：`rows`、`rows_per_s`（最慢的一种）、`peak_rss_mib`（最多的一种）、`cpus`；`xlsx`、`csv`、`ead2002`、`ead3`，每种含
    `records`、`told`（任务报的进度）、`bytes`、`seconds`、`rows_per_s`、`peak_rss_mib`。
    """
    from .commands import notices

    with notices(shown=True) as notice:
        result = measure(rows, notice)
    if not as_json:
        print_table(["项", "值"], result.items())
    emit(result, as_json)
    if any(result[layout]["records"] != rows for layout in LAYOUTS):
        raise typer.Exit(FINDINGS)


def measure(rows: int, notice: Notice) -> dict[str, Any]:
    """Fills a fonds, then exports it in each form, each in a process of its own.

    Args:
        rows: entries.
        notice: told the step, how much is done and how much there is.
    """
    where = Path(tempfile.mkdtemp(prefix="lantai-bench-"))
    home = where / "home"
    home.mkdir()
    found: dict[str, dict[str, Any]] = {}
    try:
        _watched(where, ["fill", str(rows)], lambda _mib: notice("fill", count_in(home / "done"), rows))
        for place, layout in enumerate(LAYOUTS):
            notice("exports", place, len(LAYOUTS))
            held: list[float] = [0.0]
            found[layout] = _watched(where, [layout], held.append) | {"peak_rss_mib": round(max(held), 1)}
    finally:
        shutil.rmtree(where, ignore_errors=True)
    return {
        "rows": rows,
        "rows_per_s": min(told["rows_per_s"] for told in found.values()),
        "peak_rss_mib": max(told["peak_rss_mib"] for told in found.values()),
        **found,
        "cpus": os.cpu_count(),
    }


def _watched(where: Path, arguments: list[str], observe: Any) -> dict[str, Any]:
    return measured(
        where, "lantai.bench.exports", *arguments, every_s=SAMPLE_S, observe=observe, kept=("LANTAI_DATABASE_URL",)
    )  # fmt: skip


def _fill(rows: int) -> dict[str, Any]:
    from django.core.management import call_command

    from .imports import archive_and_fonds

    call_command("migrate", verbosity=0)
    fill(archive_and_fonds(), rows)
    return {"rows": rows}


def _export(layout: str) -> dict[str, Any]:
    """The job people start from the page."""
    from lantai.catalogue.api import Choice, ask_for_export
    from lantai.core.actors import SYSTEM
    from lantai.core.jobs import run_inline
    from lantai.records.api import Fonds

    asked = ask_for_export(fonds=Fonds.objects.get(), layout=layout, choice=Choice(), actor=SYSTEM)
    started = time.perf_counter()
    job = run_inline("catalogue.export", SYSTEM, progress=False, export_id=str(asked.id))
    seconds = time.perf_counter() - started
    asked.refresh_from_db()
    return {
        "records": asked.records,
        "told": job.done,
        "bytes": asked.size_bytes,
        "seconds": round(seconds, 1),
        "rows_per_s": round((asked.records or 0) / seconds, 1),
    }


def main() -> None:
    """The inner process."""
    import django

    django.setup()
    given = sys.argv[1:]
    print(json.dumps(_fill(int(given[1])) if given[0] == "fill" else _export(given[0])))  # noqa: T201


if __name__ == "__main__":
    main()
