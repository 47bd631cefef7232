"""The roster, and the list of specialised records, as a spreadsheet; the roster's can be imported again."""

from __future__ import annotations

import io
from collections.abc import Sequence

from lantai.core.language import gettext as _
from lantai.records.api import categories, retention_term

from .coverage import ClassLine, SpecialisedLine, UnitLine
from .models import CollectingScope

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int


def roster_xlsx(scope: CollectingScope, lines: Sequence[UnitLine]) -> bytes:
    """One row a class; a body is named on each of its rows' first."""
    headings: list[Cell] = [
        _("序号"), _("单位名称"), _("机构代码"), _("单位类别"), _("门类"), _("专业档案"), _("起始年度"), _("终止年度"),
        _("保管期限"), _("平台上件数"), _("其中在单位"), _("最近年度"), _("备注"),
    ]  # fmt: skip
    rows = [
        row
        for line in lines
        for row in ([_roster_row(line, each, place) for place, each in enumerate(line.classes)])
    ]
    return _workbook(f"{_('进馆名册')} {scope.version}"[:31], [headings, *rows], (1, 30))


def specialised_xlsx(lines: Sequence[SpecialisedLine], standings: dict[str, str]) -> bytes:
    """One row a kind of specialised records; ``standings`` names them."""
    headings: list[Cell] = [
        _("专业档案"), _("领域"), _("门类"), _("形成单位"), _("民生"), _("收集情况"), _("列入收集范围的单位"), _("分类方案"),
        _("平台上件数"), _("其中在单位"), _("最近年度"),
    ]  # fmt: skip
    names = categories()
    rows: list[list[Cell]] = [
        [
            line.found.name, line.found.field, names.get(line.found.category, line.found.category),
            line.found.makers, _("是") if line.found.livelihood else "", standings[line.standing],
            "、".join(unit.name for unit in line.units), "、".join(f"{row.fonds.code} {row.name}" for row in line.schemes),
            line.figures.records, line.figures.waiting, line.figures.last_year or "",
        ]
        for line in lines
    ]  # fmt: skip
    return _workbook(_("专业档案"), [headings, *rows], (0, 30))


def _roster_row(line: UnitLine, each: ClassLine, place: int) -> list[Cell]:
    unit, asked, figures = line.unit, each.asked, each.figures
    named = [unit.number, unit.name, unit.code, unit.heading] if place == 0 else ["", "", "", ""]
    category = "" if asked.specialised else categories().get(asked.category, asked.category)
    return [
        *named, category, each.name if asked.specialised else "", asked.year_from or "", asked.year_to or "",
        "、".join(retention_term(code).name for code in asked.terms), figures.records, figures.waiting,
        figures.last_year or "", unit.note if place == 0 else "",
    ]  # fmt: skip


def _workbook(title: str, rows: Sequence[Sequence[Cell]], wide: tuple[int, int]) -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet(title)
        head = book.add_format({"bold": True})
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row, head if number == 0 else None)
        sheet.freeze_panes(1, 1)
        sheet.set_column(wide[0], wide[0], wide[1])
    return stream.getvalue()
