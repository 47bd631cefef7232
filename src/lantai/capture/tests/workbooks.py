"""A catalogue as record offices keep it in a spreadsheet, with its scans; right, or odd in every way."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pikepdf
import xlsxwriter

HEADINGS = ("件号", "题名", "责任者", "文号", "日期", "年度", "保管期限", "密级", "页数", "电子文件")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the catalogue: what it says, and the scan that really lies beside it.

    Attributes:
        day: as the cell holds it: a date, a number, or text.
        pages: as the row says.
        scanned: pages of the scan; 0 where there is none.
        scan: its name.
    """

    number: int
    title: str
    day: datetime.date | int | str = "20190301"
    pages: int = 1
    scanned: int = 1
    scan: str = ""

    @property
    def file(self) -> str:
        """Where the scan lies."""
        return f"扫描/{self.scan or f'{self.number:04d}'}.pdf"


GOOD = tuple(
    Entry(number, f"东屿市水务局关于第{number}号水闸年检的通知", day)
    for number, day in enumerate((datetime.date(2019, 3, 1), "2019.5.6", 20190607), 1)
)
"""Dates as spreadsheets hold them: a date, text, a number that is one."""
ODD = (
    GOOD[0],
    replace(GOOD[1], day=43831),  # days since 1900, not a date
    replace(GOOD[2], scanned=0),  # the scan is missing
    Entry(4, "东屿市水务局关于第4号水闸年检的通知", pages=2, scanned=3),
    Entry(4, "东屿市水务局关于第5号水闸年检的通知", scan="0005"),  # the number of the row before
)


def catalogue(entries: Sequence[Entry], *, merged_row: int = 0) -> bytes:
    """The workbook: a title over all columns, headings merged over two rows, then one row each.

    Args:
        entries: its rows.
        merged_row: row (from 1) whose first two cells are merged with those below; 0 for none.
    """
    output = io.BytesIO()
    with xlsxwriter.Workbook(output) as book:
        sheet, as_date = book.add_worksheet("目录"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range(0, 0, 0, len(HEADINGS) - 1, "东屿市水务局2019年归档文件目录")
        for place, heading in enumerate(HEADINGS):
            sheet.merge_range(1, place, 2, place, heading)
        for row, entry in enumerate(entries, 3):
            values = (
                entry.number, entry.title, "东屿市水务局", f"东水〔2019〕{row}号", entry.day, 2019, "永久", "公开",
                entry.pages, entry.file,
            )  # fmt: skip
            for place, value in enumerate(values):
                if isinstance(value, datetime.date):
                    sheet.write_datetime(row, place, value, as_date)
                else:
                    sheet.write(row, place, value)
        if merged_row:
            sheet.merge_range(merged_row - 1, 2, merged_row, 2, "东屿市水务局")
    return output.getvalue()


def package(entries: Sequence[Entry], *, stray: str = "", merged_row: int = 0) -> bytes:
    """Catalogue and scans as one ZIP file.

    Args:
        entries: rows of the catalogue.
        stray: a scan that no row lists; empty for none.
        merged_row: see :func:`catalogue`.
    """
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("目录.xlsx", catalogue(entries, merged_row=merged_row))
        for entry in entries:
            if entry.scanned:
                archive.writestr(entry.file, scan(entry.title, entry.scanned))
        if stray:
            archive.writestr(stray, scan(stray, 1))
    return output.getvalue()


def scan(title: str, pages: int) -> bytes:
    """A PDF of blank pages that no other scan equals."""
    output = io.BytesIO()
    with pikepdf.new() as document:
        for _page in range(pages):
            document.add_blank_page(page_size=(595, 842))
        document.docinfo["/Title"] = title
        document.save(output)
    return output.getvalue()
