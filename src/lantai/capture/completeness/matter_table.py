"""A register of closed matters read from its table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from ..tables.reading import Cells, HeadedTable, Headings
from .register import MatterDraft
from .rules import rules

_CUT = re.compile(r"[、;；\n|]+")
REQUIRED = ("number", "title", "closed_on")


@dataclass(slots=True)
class MatterTable(HeadedTable):
    """What a sheet holds."""

    matters: list[MatterDraft] = field(default_factory=list)


def read_matters(path: Path) -> MatterTable:
    """The matters in a file; nothing is saved.

    Raises:
        Invalid: no row names number, title and closing date, or the file cannot be read.
    """
    table = MatterTable()
    headings = Headings(
        rules("columns"),
        needed=[{name} for name in REQUIRED],
        remedy=_("请使一行里有“办件号”（或“文号”）、“题名”和“办结日期”三个列名。"),
    )
    for number, cells in table.rows(path, headings):
        try:
            table.matters.append(_matter(cells, headings))
        except Invalid as error:
            table.refuse(number, cells, str(error))
    return table


def _matter(cells: Cells, headings: Headings) -> MatterDraft:
    lacking = [headings.names[name][0] for name in REQUIRED if not cells[name]]
    if lacking:
        raise Invalid(_("缺%(columns)s。") % {"columns": "、".join(lacking)})
    return MatterDraft(
        number=cells["number"],
        title=cells["title"],
        closed_on=_day(cells["closed_on"]),
        department=cells.get("department", ""),
        category=cells.get("category", ""),
        documents=tuple(name.strip() for name in _CUT.split(cells.get("documents", "")) if name.strip()),
        classification=cells.get("classification", ""),
    )


def _day(text: str) -> date:
    found = parse_date(text)
    if found.start != found.end:
        raise Invalid(_("办结日期“%(text)s”没有写到日。") % {"text": text})
    return found.start
