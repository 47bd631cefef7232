"""A register of closed matters read from a spreadsheet (XLSX, XLS, ET, ODS) or a CSV file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.packages.api import fold_heading, open_catalogue

from .register import MatterDraft
from .rules import rules

_HEADING_WITHIN = 20
_CUT = re.compile(r"[、;；\n|]+")
REQUIRED = {"number", "title", "closed_on"}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of the sheet, counted from 1, that is no matter, and why."""

    row: int
    text: str
    problem: str


@dataclass(slots=True)
class MatterTable:
    """What a sheet holds."""

    matters: list[MatterDraft] = field(default_factory=list)
    problems: list[BadRow] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Headings nobody understands; their columns are left out."""


def read_matters(path: Path) -> MatterTable:
    """The matters in a file; nothing is saved.

    Raises:
        Invalid: no row names number, title and closing date, or the file cannot be read.
    """
    table = MatterTable()
    places: dict[str, int] = {}
    for number, row in enumerate(open_catalogue(path).rows(), 1):
        if places:
            _read(table, places, number, row)
        elif number <= _HEADING_WITHIN:
            found = _headings(row)
            if found.keys() >= REQUIRED:
                places = found
                table.unknown = [
                    text for place, text in enumerate(row) if text.strip() and place not in places.values()
                ]
    if not places:
        raise Invalid(
            _("前 %(count)s 行里没有找到表头。") % {"count": _HEADING_WITHIN},
            remedy=_("请使一行里有“办件号”（或“文号”）、“题名”和“办结日期”三个列名。"),
        )
    return table


def _headings(row: Sequence[str]) -> dict[str, int]:
    known = {fold_heading(text): name for name, texts in rules("columns").items() for text in texts}
    places: dict[str, int] = {}
    for place, text in enumerate(row):
        if name := known.get(fold_heading(text)):
            places.setdefault(name, place)
    return places


def _read(table: MatterTable, places: dict[str, int], number: int, row: Sequence[str]) -> None:
    cells = {name: row[place].strip() if place < len(row) else "" for name, place in places.items()}
    if not any(cells.values()):
        return
    lacking = sorted(name for name in REQUIRED if not cells[name])
    if lacking:
        headings = [rules("columns")[name][0] for name in lacking]
        _refuse(table, number, row, _("缺%(columns)s。") % {"columns": "、".join(headings)})
        return
    try:
        closed_on = _day(cells["closed_on"])
    except Invalid as error:
        _refuse(table, number, row, str(error))
        return
    documents = tuple(name.strip() for name in _CUT.split(cells.get("documents", "")) if name.strip())
    table.matters.append(
        MatterDraft(
            number=cells["number"],
            title=cells["title"],
            closed_on=closed_on,
            department=cells.get("department", ""),
            category=cells.get("category", ""),
            documents=documents,
            classification=cells.get("classification", ""),
        )
    )


def _day(text: str) -> date:
    found = parse_date(text)
    if found.start != found.end:
        raise Invalid(_("办结日期“%(text)s”没有写到日。") % {"text": text})
    return found.start


def _refuse(table: MatterTable, number: int, row: Sequence[str], problem: str) -> None:
    table.problems.append(BadRow(number, " · ".join(cell for cell in row if cell.strip())[:120], problem))
