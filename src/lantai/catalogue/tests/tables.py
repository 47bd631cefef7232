"""Small catalogues in the kinds of files they come in, and somebody to import them."""

from __future__ import annotations

import csv
import io
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import xlsxwriter

from lantai.catalogue.importing import services
from lantai.catalogue.models import Import
from lantai.core.actors import SYSTEM
from lantai.core.jobs import run_inline
from lantai.records.tests.factories import fonds, scheme

HEADINGS = ["档号", "题名", "责任者", "文号", "日期", "年度", "保管期限", "页数", "备注"]


def row(number, **cells):
    """A row that keeps every rule, but for the cells that are given."""
    usual = {
        "档号": f"J001-WS·2012-D30-BGS-{number:04d}",
        "题名": f"关于第{number}项工程立项的批复",
        "责任者": "云州市发展和改革委员会",
        "文号": f"云发改〔2012〕{number}号",
        "日期": f"201203{number % 28 + 1:02d}",
        "年度": "2012",
        "保管期限": "30年",
        "页数": "5",
        "备注": "",
    }
    return [{**usual, **cells}.get(heading, "") for heading in HEADINGS]


def prepared():
    """A fonds with a scheme by item since 2003 and one by volume before."""
    found = fonds()
    if not found.schemes.exists():
        scheme(fonds=found)
        scheme(
            "dat22.volume_item",
            year_from=1949,
            year_to=2002,
            fonds=found,
            arrangement="volume_item",
            number_width=3,
        )
    return found


def csv_file(folder: Path, rows, name="目录.csv", charset="utf-8", headings=HEADINGS, separator=","):
    """A text table."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([headings, *rows])
    path = folder / name
    path.write_bytes(text.getvalue().encode(charset))
    return path


def sheet_file(folder: Path, rows, name="目录.xlsx", headings=HEADINGS):
    """A workbook."""
    path = folder / name
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("目录")
        for place, cells in enumerate([headings, *rows]):
            sheet.write_row(place, 0, cells)
    return path


def dbf_file(folder: Path, rows, names=("DH", "TM", "ND", "BGQX", "YS"), charset="gb18030", driver=0x4D):
    """A dBASE III table of texts, 60 bytes each."""
    width = 60
    head = struct.pack(
        "<B3BIHH16xBB2x", 3, 126, 1, 1, len(rows), 33 + 32 * len(names), 1 + width * len(names), 0, driver
    )
    fields = b"".join(struct.pack("<11sc4xB15x", name.encode(), b"C", width) for name in names)
    body = b"".join(b" " + b"".join(cell.encode(charset).ljust(width) for cell in cells) for cells in rows)
    path = folder / "目录.dbf"
    path.write_bytes(head + fields + b"\r" + body + b"\x1a")
    return path


def database_file(folder: Path, rows, headings=HEADINGS):
    """An SQLite database with one table."""
    path = folder / "旧系统.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = ", ".join(f'"{heading}"' for heading in headings)
        connection.execute(f"CREATE TABLE 档案目录 ({columns})")
        places = ", ".join("?" * len(headings))
        connection.executemany(f"INSERT INTO 档案目录 VALUES ({places})", rows)
    return path


def checked(path: Path, **given) -> Import:
    """An import after its dry run."""
    batch = services.receive_file(file=path, fonds=prepared(), actor=SYSTEM, **given)
    services.start_check(batch=batch, actor=SYSTEM, enqueue=False)
    run_inline(services.CHECK, SYSTEM, progress=False, import_id=str(batch.id))
    batch.refresh_from_db()
    return batch


def loaded(path: Path, **given) -> Import:
    """An import that is done; rows with problems stay out."""
    batch = checked(path, **given)
    services.start_load(batch=batch, actor=SYSTEM, accept=True, enqueue=False)
    run_inline(services.LOAD, SYSTEM, progress=False, import_id=str(batch.id))
    batch.refresh_from_db()
    return batch


def undone(batch: Import, **given) -> Import:
    """The same import taken back."""
    services.start_undo(batch=batch, actor=SYSTEM, enqueue=False, **given)
    run_inline(services.TAKE_BACK, SYSTEM, progress=False, import_id=str(batch.id))
    batch.refresh_from_db()
    return batch


def kinds_by_row(batch: Import) -> dict[int, set[str]]:
    """What is wrong, by row."""
    found: dict[int, set[str]] = {}
    for problem in batch.problems.all():
        found.setdefault(problem.row, set()).add(problem.kind)
    return found
