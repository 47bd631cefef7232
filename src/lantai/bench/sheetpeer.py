"""SQLite's own full text as a peer of the import: the same sheet to rows that are found, in the same run.

The peer reads the sheet whole, holds rows to no rule but that no code comes twice, keeps one table with one
index, finds titles by every three characters, and has one process. Usage of that process:
``python -m lantai.bench.sheetpeer FILE FOLDER``.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from .processes import measured

CODE, TITLE = 0, 1
"""Columns of the sheet."""
ASKED = "的通知"
LOOKED_EVERY_S = 1.0


def measure(sheet: Path, folder: Path, number: int) -> dict[str, float]:
    """What the peer makes of a sheet of ``number`` rows, in a folder that is there.

    Raises:
        LantaiError: it failed, as where SQLite was built without its full text.
    """
    peaks = [0.0]
    told = measured(folder, __name__, str(sheet), str(folder), every_s=LOOKED_EVERY_S, observe=peaks.append)
    return {
        "rows_per_s": round(number / told["seconds"], 1),
        "cpu_us_per_row": round(told["cpu_s"] / number * 1e6, 1),
        "found": told["found"],
        "peak_rss_mib": round(max(peaks), 1),
    }


def _run(sheet: Path, folder: Path) -> dict[str, float]:
    import python_calamine

    began, cpu = time.perf_counter(), time.process_time()
    rows = python_calamine.load_workbook(str(sheet)).get_sheet_by_index(0).iter_rows()
    columns = [f"c{place}" for place in range(len(next(rows)))]
    with closing(sqlite3.connect(folder / "peer.sqlite3", isolation_level=None)) as database:
        for statement in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = NORMAL",
            f"CREATE TABLE entry ({', '.join(columns)})",
            f"CREATE UNIQUE INDEX entry_by_code ON entry ({columns[CODE]})",
            f"CREATE VIRTUAL TABLE title USING fts5({columns[TITLE]}, content = 'entry', tokenize = 'trigram')",
            "BEGIN",
        ):
            database.execute(statement)
        database.executemany(f"INSERT INTO entry VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608
        database.execute("INSERT INTO title (title) VALUES ('rebuild')")
        database.execute("COMMIT")
        seconds, spent = time.perf_counter() - began, time.process_time() - cpu
        found = database.execute("SELECT count(*) FROM title WHERE title MATCH ?", [f'"{ASKED}"']).fetchone()[
            0
        ]
    return {"seconds": seconds, "cpu_s": spent, "found": found}


if __name__ == "__main__":
    print(json.dumps(_run(Path(sys.argv[1]), Path(sys.argv[2]))))  # noqa: T201
