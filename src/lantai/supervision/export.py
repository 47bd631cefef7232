"""The page of all agencies as a file: CSV, or a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from django.utils import timezone

from lantai.catalogue.api import QualityLine
from lantai.core.language import gettext as _

from .selectors import Line

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def table_of(lines: Sequence[Line]) -> list[list[str | int | float]]:
    """Headings and rows."""
    headings: list[str | int | float] = [
        _("单位"), _("机构代码"), _("行政区域"), _("类型"), _("应归"), _("按期已归"), _("逾期后归"), _("已说明"),
        _("未到期"), _("逾期未归"), _("其中"), _("最早应归日期"), _("检测件数"), _("退回件数"), _("退回率"),
        _("检查著录件数"), _("著录有问题"), _("著录得分"), _("主要问题"), _("最早发现"), _("最近催办"),
    ]  # fmt: skip
    return [headings, *(_row(line) for line in lines)]


def as_csv(lines: Sequence[Line]) -> bytes:
    """UTF-8 with a byte order mark, as spreadsheets here expect it."""
    stream = io.StringIO()
    csv.writer(stream).writerows([[_harmless(cell) for cell in row] for row in table_of(lines)])
    return stream.getvalue().encode("utf-8-sig")


def as_xlsx(lines: Sequence[Line]) -> bytes:
    """One sheet with a frozen head."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet(_("归档情况"))
        head = book.add_format({"bold": True})
        for number, row in enumerate(table_of(lines)):
            sheet.write_row(number, 0, row, head if number == 0 else None)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 30)
        sheet.set_column(10, 10, 40)
    return stream.getvalue()


def _row(line: Line) -> list[str | int | float]:
    grounds = "；".join(f"{words} {count}" for words, count in line.grounds)
    return [
        line.agency.name, line.agency.code, line.agency.region.name, str(line.agency.get_kind_display()),
        line.expected, line.met, line.late, line.explained, line.waiting, line.overdue, grounds,
        line.since.isoformat() if line.since else "", line.handed_in, line.returned, round(line.return_rate, 4),
        *_described(line.described), line.reminded_on.isoformat() if line.reminded_on else "",
    ]  # fmt: skip


def _described(told: QualityLine | None) -> list[str | int | float]:
    """Records looked at, failing, score, why, since when."""
    if told is None:
        return ["", "", "", "", ""]
    causes = "；".join(f"{words} {count}" for words, count in told.causes)
    since = timezone.localdate(told.since).isoformat() if told.since else ""
    return [told.records, told.failing, told.score, causes, since]


def _harmless(cell: str | int | float) -> str | int | float:
    """A text that a spreadsheet would run as a formula is shown as text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t")) else cell
