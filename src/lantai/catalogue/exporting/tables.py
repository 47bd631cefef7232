"""Writing entries as tables: XLSX, CSV, dBASE, flat XML; row by row."""

from __future__ import annotations

import csv
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from django.utils import timezone

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .entries import Entry
from .layouts import Column, Layout

SHEET_ROWS = 1_000_000
"""Rows of one sheet; the next sheet takes the rest."""
GBK_DRIVER = 0x4D
TOLD = 100
"""Cells that were cut, named one by one."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BAD_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAME = re.compile(r"[^\W\d][\w.-]*")


Tell = Callable[[int], None]
"""Hears of entries that are written."""


def nobody(_entries: int) -> None:
    """Hears nothing."""


@dataclass(slots=True)
class Written:
    """What became of an export: how many entries, and which values did not fit their column."""

    records: int = 0
    cut: int = 0
    cut_examples: list[str] = field(default_factory=list)

    def note_cut(self, entry: Entry, heading: str) -> None:
        """Remembers a value that had to be shortened."""
        self.cut += 1
        if len(self.cut_examples) < TOLD:
            self.cut_examples.append(f"{entry.text('reference_code')} {heading}")


def write_table(
    entries: Iterable[Entry], layout: Layout, kind: str, target: Path, tell: Tell = nobody
) -> Written:
    """Writes a table of one of the kinds, ``tell`` hears of every entry; memory does not grow with it."""

    def told() -> Iterator[Entry]:
        for entry in entries:
            tell(1)
            yield entry

    return {"xlsx": _xlsx, "csv": _csv, "dbf": _dbf, "xml": _xml}[kind](told(), layout, target)


def _xlsx(entries: Iterable[Entry], layout: Layout, target: Path) -> Written:
    """Cells are text, so that nothing in them is reckoned and no number loses its zeros."""
    import xlsxwriter

    written = Written()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(target), options) as book:
        bold = book.add_format({"bold": True})
        sheet: Any = None
        row = SHEET_ROWS
        for entry in entries:
            if row == SHEET_ROWS:
                sheet, row = _sheet(book, layout, bold), 0
            row += 1
            written.records += 1
            for place, column in enumerate(layout.columns):
                text = entry.text(column.field)
                if text and sheet.write_string(row, place, text):  # longer than a cell holds
                    written.note_cut(entry, column.heading)
        if sheet is None:
            _sheet(book, layout, bold)
    return written


def _sheet(book: Any, layout: Layout, bold: Any) -> Any:
    sheet = book.add_worksheet(f"{_('目录')}{len(book.worksheets()) + 1}")
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(layout.columns):
        sheet.set_column(place, place, 60 if column.field == "title" else 18)
        sheet.write_string(0, place, column.heading, bold)
    return sheet


def _csv(entries: Iterable[Entry], layout: Layout, target: Path) -> Written:
    """A cell that an office program would take for a formula is led by an apostrophe."""
    written = Written()
    with target.open("w", encoding=layout.encoding, newline="", errors="xmlcharrefreplace") as file:
        table = csv.writer(file)
        table.writerow([column.heading for column in layout.columns])
        for entry in entries:
            written.records += 1
            cells = [entry.text(column.field) for column in layout.columns]
            table.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return written


def _xml(entries: Iterable[Entry], layout: Layout, target: Path) -> Written:
    """A root, an element an entry, an element a column; empty columns stand, so that all rows are alike."""
    names = [layout.root, layout.row, *(column.heading for column in layout.columns)]
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise Invalid(_("导出格式里有不能用作 XML 元素的名称。"), subject="、".join(wrong))
    written = Written()
    with target.open("w", encoding=layout.encoding, errors="xmlcharrefreplace") as file:
        file.write(f'<?xml version="1.0" encoding="{layout.encoding}"?>\n<{layout.root}>\n')
        for entry in entries:
            written.records += 1
            cells = (
                f"<{column.heading}>{escape(clean(entry.text(column.field)))}</{column.heading}>"
                for column in layout.columns
            )
            file.write(f"<{layout.row}>{''.join(cells)}</{layout.row}>\n")
        file.write(f"</{layout.root}>\n")
    return written


def clean(text: str) -> str:
    """The text without what XML 1.0 cannot hold."""
    return _BAD_XML.sub("", text)


def _dbf(entries: Iterable[Entry], layout: Layout, target: Path) -> Written:
    """DBASE III, texts alone; what does not fit a column is cut at a whole character and told."""
    written = Written()
    with target.open("wb") as file:
        _dbf_head(file, layout, 0)
        for entry in entries:
            file.write(
                b" " + b"".join(_dbf_cell(entry, column, layout, written) for column in layout.columns)
            )
            written.records += 1
        file.write(b"\x1a")
        file.seek(0)
        _dbf_head(file, layout, written.records)
    return written


def _dbf_head(file: BinaryIO, layout: Layout, records: int) -> None:
    today = timezone.localdate()
    head = struct.pack(
        "<B3BIHH16xBB2x", 3, today.year - 1900, today.month, today.day, records, 33 + 32 * len(layout.columns),
        1 + sum(column.width for column in layout.columns), 0, GBK_DRIVER,
    )  # fmt: skip
    fields = (
        struct.pack("<11sc4xB15x", column.heading.encode(layout.encoding)[:10], b"C", column.width)
        for column in layout.columns
    )
    file.write(head + b"".join(fields) + b"\r")


def _dbf_cell(entry: Entry, column: Column, layout: Layout, written: Written) -> bytes:
    text, width = " ".join(entry.text(column.field).split("\n")), column.width
    raw = text.encode(layout.encoding, "replace")
    if len(raw) > width:
        written.note_cut(entry, column.heading)
        while len(raw) > width:
            text = text[: max(len(text) - max((len(raw) - width) // 2, 1), 0)]
            raw = text.encode(layout.encoding, "replace")
    return raw.ljust(width)
