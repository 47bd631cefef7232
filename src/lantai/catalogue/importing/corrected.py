"""The corrected-file download: rows with problems as a table to be mended and handed in again.

Columns stand as they came; two more say what is wrong. Where the mending is certain (a date that
is a spreadsheet's number) the cell is mended already, and marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from lantai.core.language import gettext as _

from ..models import Import, ImportProblem
from .fields import OPINION, ROW_BEFORE
from .problems import describe
from .rules import LONGEST
from .sources import MERGED
from .spool import ROWS, Spool

MOST_ROWS = 1_000_000
"""Rows a sheet holds; who has more problems begins with these."""
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTH = 20


def write_corrected(batch: Import, target: Path | IO[bytes]) -> int:
    """Writes the rows with problems; returns how many.

    Args:
        batch: a checked import whose rows are still kept.
        target: an ``.xlsx`` file, or a stream for one.
    """
    with xlsxwriter.Workbook(
        str(target) if isinstance(target, Path) else target,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    ) as book:
        sheet = book.add_worksheet(_("待改正"))
        heading = book.add_format({"bold": True, "bottom": 1})
        wrong = book.add_format({"bg_color": "#F7E3C5"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(batch.headings), _WIDTH)
        sheet.set_column(len(batch.headings), len(batch.headings) + 1, 4 * _WIDTH)
        sheet.write_row(0, 0, [*batch.headings, _(OPINION), _(ROW_BEFORE)], heading)
        count = 0
        for count, (number, cells, problems) in enumerate(_rows_with_problems(batch), 1):
            _write_row(sheet, count, _mended(batch, cells, problems), problems, batch, wrong)
            sheet.write_number(count, len(batch.headings) + 1, number)
            if count == MOST_ROWS:
                break
    return count


def _rows_with_problems(batch: Import) -> Iterator[tuple[int, list[str], list[ImportProblem]]]:
    spool = Spool(batch.id)
    problems = batch.problems.filter(row__gt=0).order_by("row", "id").iterator(chunk_size=2_000)
    pieces = iter(spool.pieces(ROWS))
    piece, rows = None, []
    for number, found in groupby(problems, key=lambda problem: problem.row):
        while piece is None or number > piece.last_row:
            piece = next(pieces)
            if number <= piece.last_row:
                rows = spool.read(piece)
        yield number, rows[number - piece.first_row], list(found)


def _mended(batch: Import, cells: list[str], problems: list[ImportProblem]) -> list[str]:
    row = ["" if cell == MERGED else cell for cell in cells[: len(batch.headings)]]
    for problem in problems:
        if problem.kind == "date_serial" and problem.field in batch.columns:
            row[batch.columns.index(problem.field)] = str(problem.details["day"])
    return row


def _write_row(
    sheet: Any, place: int, cells: list[str], problems: list[ImportProblem], batch: Import, wrong: Any
) -> None:
    marked = {problem.field for problem in problems}
    for column, key in enumerate(batch.columns):
        text = cells[column][:LONGEST] if column < len(cells) else ""
        if key and key in marked:
            sheet.write_string(place, column, text, wrong)
        elif text:
            sheet.write_string(place, column, text)
    told = "\n".join(describe(problem.kind, problem.details) for problem in problems)
    sheet.write_string(place, len(batch.headings), told[:LONGEST])
