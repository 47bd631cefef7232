"""Spreadsheets: XLSX, XLS, XLSB, ODS."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import python_calamine
from lxml import etree

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from . import MERGED, Opened, Row, Source
from .beginnings import beginning_of, stretches_of

MOST_UNPACKED_BYTES = 3 * 2**30
MOST_RATIO = 400
"""Unpacked bytes a packed one may have: tables of a million alike rows come to 60, bombs to 1000."""
MOST_COLUMNS = 512
_LOOKED_AT_BYTES = 4 * 2**20
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3}[0-9]{1,7})"[^<>]*t="e"[^<>]*>.{0,8192}?v>(#[^<]{1,12})<', re.DOTALL
)
_LONGEST_CELL = 16_384


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
        has_formulas, told = _formulas(path, name)
        if not has_formulas and (stretches := _stretches(path, name)):
            return Opened(_rows_in_stretches(stretches, name), table=name)
        sheet = _sheet(book, name)
    remarks = ["formulas"] if has_formulas else []
    merged = {
        (row, column): MERGED
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
        for row in range(top, min(bottom, top + 10_000) + 1)
        for column in range(left, min(right, left + MOST_COLUMNS) + 1)
        if (row, column) != (top, left)
    }
    if merged or _covered(path):
        remarks.append("merged")
    return Opened(_rows(sheet, merged | told), table=name, remarks=remarks)


def open_beginning(path: Path, table: str) -> Opened | None:
    """The first rows of one sheet; ``None`` where the whole must be read for them, or will not be."""
    refuse_bombs(path)
    names = tables(path)
    name = table or names[0]
    member = _member_of(path, name) if name in names else None
    beginning = beginning_of(path, member) if member else None
    if beginning is None:
        return None
    try:
        sheet = python_calamine.load_workbook(beginning).get_sheet_by_name(name)
    except (python_calamine.CalamineError, ValueError):
        return None
    return Opened(_rows(sheet, {}), table=name) if sheet.total_width <= MOST_COLUMNS else None


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
    """A workbook, whatever its name says of its kind."""
    try:
        return python_calamine.load_workbook(str(path))
    except python_calamine.PasswordError as error:
        raise _locked() from error
    except (python_calamine.CalamineError, OSError) as error:
        if _is_locked(path):
            raise _locked() from error
        try:
            with path.open("rb") as stream:
                return python_calamine.load_workbook(stream)
        except (python_calamine.CalamineError, OSError):
            raise _unreadable(error) from error


def _opened(stretch: BytesIO) -> Any:
    try:
        return python_calamine.load_workbook(stretch)
    except python_calamine.CalamineError as error:
        raise _unreadable(error) from error


def _sheet(book: Any, name: str) -> Any:
    try:
        sheet = book.get_sheet_by_name(name)
    except (python_calamine.CalamineError, ValueError) as error:
        raise _unreadable(error) from error
    if sheet.total_width > MOST_COLUMNS:
        raise Invalid(
            _("工作表有 %(width)s 列，没有读取。") % {"width": sheet.total_width},
            remedy=_("请检查表格右方很远处是否留有内容，删去多余的列后再导入。"),
        )
    return sheet


def _is_locked(path: Path) -> bool:
    """Whether it is the envelope in which Office puts a workbook under a password."""
    with path.open("rb") as stream:
        if stream.read(4) != b"\xd0\xcf\x11\xe0":
            return False
        with mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
            return content.find("EncryptedPackage".encode("utf-16-le")) >= 0


def _locked() -> Invalid:
    return Invalid(_("表格设有打开口令。"), remedy=_("请取消口令后再导入。"))


def _unreadable(error: Exception) -> Invalid:
    return Invalid(
        _("表格无法打开：%(error)s。") % {"error": error},
        remedy=_("请在表格软件中打开，另存为 .xlsx 后再导入。"),
    )


def _formulas(path: Path, table: str) -> tuple[bool, dict[tuple[int, int], str]]:
    """Whether the beginning of a sheet holds formulas, and the errors they came to, by row and column from 0.

    The reader gives the last result of a formula, and nothing where that was an error.
    """
    errors: dict[tuple[int, int], str] = {}
    if not zipfile.is_zipfile(path):
        return False, errors
    with zipfile.ZipFile(path) as archive:
        member = _member(archive, table)
        if member is None:
            return False, errors
        with archive.open(member) as stream:
            rest = stream.read(_LOOKED_AT_BYTES)
            if not _FORMULA.search(rest):
                return False, errors
            while rest:
                for found in _ERROR_CELL.finditer(rest):
                    errors[_place(found[1].decode())] = found[2].decode()
                more = stream.read(_LOOKED_AT_BYTES)
                rest = rest[-_LONGEST_CELL:] + more if more else b""
    return True, errors


def _covered(path: Path) -> bool:
    """Whether an ODS has merged cells: its reader leaves empty what they cover, and says nothing."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        if "content.xml" not in archive.namelist():
            return False
        with archive.open("content.xml") as stream:
            rest = b""
            while more := stream.read(_LOOKED_AT_BYTES):
                if b"covered-table-cell" in rest + more:
                    return True
                rest = more[-32:]
    return False


def _stretches(path: Path, table: str) -> Iterator[BytesIO] | None:
    member = _member_of(path, table)
    return stretches_of(path, member) if member else None


def _member_of(path: Path, table: str) -> str | None:
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        return _member(archive, table)


def _member(archive: zipfile.ZipFile, table: str) -> str | None:
    """The part of a workbook that holds a sheet; ``None`` in other kinds of files."""
    try:
        book, relations = (
            etree.fromstring(archive.read(name), _parser())
            for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
        )
    except (KeyError, etree.XMLSyntaxError):
        return None
    targets = {node.get("Id"): node.get("Target", "") for node in relations}
    for sheet in book.iter("{*}sheet"):
        if sheet.get("name") == table:
            key = next((str(value) for name, value in sheet.attrib.items() if str(name).endswith("}id")), "")
            member = targets.get(key, "")
            member = member.lstrip("/") if member.startswith("/") else f"xl/{member}"
            return member if member in archive.namelist() else None
    return None


def _parser() -> etree.XMLParser:
    """For XML of an unknown hand: no entity, no document type, no network."""
    return etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)


def _place(reference: str) -> tuple[int, int]:
    """Row and column, from 0, of a cell named like ``AB12``."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(reference[len(letters) :]) - 1, column - 1


def _rows_in_stretches(stretches: Iterator[BytesIO], table: str) -> Iterator[Row]:
    """Rows of a sheet that is read a stretch at a time; empty ones between two stretches count."""
    place = 0
    for stretch in stretches:
        sheet = _sheet(_opened(stretch), table)
        above, left = sheet.start or (place, 0)
        for _empty in range(place, above):
            yield []
        margin, rows = [""] * left, sheet.to_python()
        yield from (_row(margin, cells) for cells in rows)
        place = max(place, above) + len(rows)


def _rows(sheet: Any, told: dict[tuple[int, int], str]) -> Iterator[Row]:
    """Rows from the top of the sheet; empty ones above and to the left of the data count.

    ``told`` holds what stands in cells of which the reader knows nothing.
    """
    margin = [""] * (sheet.start or (0, 0))[1]
    for number, cells in enumerate(sheet.iter_rows()):
        row = _row(margin, cells)
        if told:
            for column in range(len(row)):
                row[column] = told.get((number, column), row[column])
        yield row


def _row(margin: Row, cells: list[Any]) -> Row:
    return margin + [cell if type(cell) is str else _text(cell) for cell in cells]


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
    gettext_noop("电子表格（XLSX、XLS、ODS）"),
    (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et"),
    tables,
    open_sheet,
    open_beginning,
)
