"""Spreadsheets as rows of text.

The reader lays a sheet out as a full rectangle, so that a file of 5 KB with one cell in its
farthest corner asks for half a terabyte and ends the process. It runs in the pool for that reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import python_calamine

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

Row = list[str]
MAX_CHARACTERS = 256 * 2**20
"""How much text a table may hold; a catalogue of half a million records has less."""


@dataclass(frozen=True, slots=True)
class Table:
    """The first sheet of a workbook.

    Attributes:
        rows: every row from the top of the sheet; empty cells at its end are left out.
        merged: first and last row (from 1) of each range of merged cells.
    """

    rows: list[Row]
    merged: list[tuple[int, int]]


def read_sheet(path: Path) -> Table:
    """Reads the first sheet in this process; see :func:`lantai.formats.api.read_table`.

    Raises:
        Invalid: it is locked, damaged or too large.
    """
    try:
        with path.open("rb") as stream:
            sheet = python_calamine.CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0)
    except python_calamine.PasswordError as error:
        raise Invalid(_("目录表格设有口令。"), remedy=_("请取消工作簿的打开口令后重新打包。")) from error
    except (python_calamine.CalamineError, IndexError, OSError) as error:
        raise Invalid(
            _("目录表格无法打开：%(error)s。") % {"error": error},
            remedy=_("请在表格软件中另存为 .xlsx 后重新打包。"),
        ) from error
    ranges = getattr(sheet, "merged_cell_ranges", None) or []
    merged = [(first[0] + 1, last[0] + 1) for first, last in ranges]
    margin = [""] * (sheet.start or (0, 0))[1]
    return Table(_bounded(margin + [_text(cell) for cell in cells] for cells in sheet.iter_rows()), merged)


def _bounded(rows: Iterable[Row]) -> list[Row]:
    kept: list[Row] = []
    characters = 0
    for row in _trimmed(rows):
        characters += sum(map(len, row))
        if characters > MAX_CHARACTERS:
            raise Invalid(_("目录表格的内容过多，没有读取。"), remedy=_("请按年度分成几个包，分几次提交。"))
        kept.append(row)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _trimmed(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        end = len(row)
        while end and not row[end - 1]:
            end -= 1
        yield row[:end]


def _text(cell: object) -> str:
    match cell:
        case bool():
            return "是" if cell else "否"
        case datetime() if (cell.hour, cell.minute, cell.second) != (0, 0, 0):
            return f"{cell:%Y%m%dT%H%M%S}"
        case date():
            return f"{cell:%Y%m%d}"
        case time():
            return cell.isoformat()
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)
