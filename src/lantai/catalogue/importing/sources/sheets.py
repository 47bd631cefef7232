"""Spreadsheets: XLSX, XLS, XLSB, ODS."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import python_calamine

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from . import MERGED, Opened, Row, Source

MOST_UNPACKED_BYTES = 3 * 2**30
MOST_RATIO = 400
"""Unpacked bytes a packed one may have: tables of a million alike rows come to 60, bombs to 1000."""
MOST_COLUMNS = 512
_LOOKED_AT_BYTES = 4 * 2**20
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")


def tables(path: Path) -> list[str]:
    """Names of the sheets that are shown."""
    refuse_bombs(path)
    with _workbook(path) as book:
        return [
            str(sheet.name)
            for sheet in book.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]


def open_sheet(path: Path, table: str, _charset: str) -> Opened:
    """The rows of one sheet as people see them, from its first row."""
    refuse_bombs(path)
    with _workbook(path) as book:
        names = book.sheet_names
        if table and table not in names:
            raise Invalid(_("没有名为“%(table)s”的工作表。") % {"table": table}, remedy="、".join(names))
        name = table or tables(path)[0]
        try:
            sheet = book.get_sheet_by_name(name)
        except (python_calamine.CalamineError, ValueError) as error:
            raise _unreadable(error) from error
    width = sheet.total_width
    if width > MOST_COLUMNS:
        raise Invalid(
            _("工作表有 %(width)s 列，没有读取。") % {"width": width},
            remedy=_("请检查表格右方很远处是否留有内容，删去多余的列后再导入。"),
        )
    remarks = ["formulas"] if _has_formulas(path) else []
    merged = {
        (row, column)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
        for row in range(top, min(bottom, top + 10_000) + 1)
        for column in range(left, min(right, left + MOST_COLUMNS) + 1)
        if (row, column) != (top, left)
    }
    if merged:
        remarks.append("merged")
    return Opened(_rows(sheet, merged), table=name, remarks=remarks)


def refuse_bombs(path: Path) -> None:
    """Refuses an archive that would unpack to more than anybody could have meant.

    Raises:
        Invalid: it is too large, or no workbook.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        packed = sum(info.compress_size for info in archive.infolist())
        unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > MOST_UNPACKED_BYTES or (unpacked > 50 * 2**20 and unpacked > MOST_RATIO * max(packed, 1)):
        raise Invalid(
            _("表格解开后有 %(size)s MiB，与文件大小不相称，没有读取。") % {"size": unpacked // 2**20},
            remedy=_("请在表格软件中打开，只留数据，另存为新文件或 CSV 后再导入。"),
        )


def _workbook(path: Path) -> Any:
    try:
        return python_calamine.load_workbook(str(path))
    except python_calamine.PasswordError as error:
        raise Invalid(_("表格设有打开口令。"), remedy=_("请取消口令后再导入。")) from error
    except (python_calamine.CalamineError, OSError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> Invalid:
    return Invalid(
        _("表格无法打开：%(error)s。") % {"error": error},
        remedy=_("请在表格软件中打开，另存为 .xlsx 后再导入。"),
    )


def _has_formulas(path: Path) -> bool:
    """Whether the beginning of a sheet holds formulas; their last results are what is read."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                with archive.open(info) as stream:
                    if _FORMULA.search(stream.read(_LOOKED_AT_BYTES)):
                        return True
    return False


def _rows(sheet: Any, merged: set[tuple[int, int]]) -> Iterator[Row]:
    """Rows from the top of the sheet; empty ones above and to the left of the data count."""
    above, left = sheet.start or (0, 0)
    for _empty in range(above):
        yield []
    margin = [""] * left
    for number, cells in enumerate(sheet.iter_rows(), above):
        row = margin + [cell if type(cell) is str else _text(cell) for cell in cells]
        if merged:
            for column in range(len(row)):
                if (number, column) in merged:
                    row[column] = MERGED
        yield row


def _text(cell: object) -> str:
    match cell:
        case bool():
            return "是" if cell else "否"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return f"{cell:%Y%m%d}"
        case date():
            return f"{cell:%Y%m%d}"
        case time():
            return cell.isoformat()
        case _:
            return str(cell)


SOURCE = Source(
    "sheets",
    "电子表格（XLSX、XLS、ODS）",
    (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et"),
    tables,
    open_sheet,
)
