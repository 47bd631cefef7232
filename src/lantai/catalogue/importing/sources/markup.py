"""What only calls itself a workbook: web pages and XML of 2003, which old systems save as ``.xls``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from ..charsets import guess_charset
from . import MERGED, Opened, Row, Source

SUFFIXES = (".html", ".htm", ".xml")
_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
_PAGE_MARKS = (b"<html", b"<table", b"<!doctype html", b"<meta", b"<head")
_MOST_COLUMNS, _MOST_ROWS_MERGED = 512, 10_000


def is_markup(head: bytes) -> bool:
    """Whether a file's beginning is that of a web page, or of a workbook as XML."""
    beginning = head.replace(b"\x00", b"").lower()
    return _SPREADSHEET.encode() in beginning or any(mark in beginning for mark in _PAGE_MARKS)


def open_markup(path: Path, _table: str, charset: str) -> Opened:
    """The rows of its tables, one below the other.

    Raises:
        Invalid: it cannot be read, or holds no table.
    """
    with path.open("rb") as stream:
        as_xml = _SPREADSHEET.encode() in stream.read(4096).replace(b"\x00", b"")
    found = "" if as_xml else charset or guess_charset(path)
    elements = _elements(path, found)
    return Opened(_rows(_spreadsheet_cells(elements) if as_xml else _page_cells(elements)), charset=found)


def _elements(path: Path, charset: str) -> Iterator[Any]:
    """Rows as they are read; each is forgotten before the next."""
    # No entity is resolved, nothing is fetched, and libxml2's limits on depth and length stand.
    options: dict[str, Any] = {"events": ("end",), "no_network": True, "resolve_entities": False}
    if charset:
        known = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16le", "utf-16-be": "utf-16be"}
        options |= {"html": True, "tag": "tr", "encoding": known.get(charset, charset)}
    else:
        options["tag"] = f"{{{_SPREADSHEET}}}Row"
    try:
        for _event, row in etree.iterparse(str(path), **options):
            yield row
            row.clear()
            while row.getprevious() is not None:
                del row.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise Invalid(
            _("这个文件是网页或 XML，读到一半出错：%(error)s。") % {"error": error.msg},
            remedy=_("请在表格软件中打开，另存为 .xlsx 后再导入。"),
        ) from error


_Cell = tuple[int | None, str, int, int]
"""Column, if it is told, from 0; text; columns and rows that it is merged with."""


def _page_cells(rows: Iterator[Any]) -> Iterator[list[_Cell]]:
    for row in rows:
        yield [
            (None, _text(cell), _count(cell.get("colspan")) - 1, _count(cell.get("rowspan")) - 1)
            for cell in row
            if cell.tag in {"td", "th"}
        ]


def _spreadsheet_cells(rows: Iterator[Any]) -> Iterator[list[_Cell]]:
    told = f"{{{_SPREADSHEET}}}"
    for row in rows:
        yield [
            (
                _count(index) - 1 if (index := cell.get(f"{told}Index")) else None,
                _text(cell),
                _count(cell.get(f"{told}MergeAcross"), least=0),
                _count(cell.get(f"{told}MergeDown"), least=0),
            )
            for cell in row.iterchildren(f"{told}Cell")
        ]


def _rows(cells: Iterator[list[_Cell]]) -> Iterator[Row]:
    """Cells in their columns; what a merged neighbour covers is marked."""
    below: dict[int, int] = {}
    found = False
    for told in cells:
        found = True
        covered = set(below)
        below = {column: left - 1 for column, left in below.items() if left > 1}
        row: dict[int, str] = dict.fromkeys(covered, MERGED)
        at = 0
        for index, text, across, down in told:
            at = at if index is None else index
            while at in covered:
                at += 1
            for column in range(at, min(at + across, _MOST_COLUMNS) + 1):
                row[column] = text if column == at else MERGED
                if down:
                    below[column] = min(down, _MOST_ROWS_MERGED)
            at += across + 1
        yield [row.get(column, "") for column in range(min(max(row, default=-1), _MOST_COLUMNS) + 1)]
    if not found:
        raise Invalid(
            _("这个文件是网页或 XML，里面没有表格。"), remedy=_("请在表格软件中另存为 .xlsx 后再导入。")
        )


def _text(cell: Any) -> str:
    return " ".join("".join(cell.itertext()).split())


def _count(text: str | None, least: int = 1) -> int:
    return max(least, int(text)) if text and text.isdecimal() and len(text) < 7 else least


SOURCE = Source(
    "markup", gettext_noop("网页表格（HTML、XML 表格）"), SUFFIXES, lambda _path: [""], open_markup
)
