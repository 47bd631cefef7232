"""A collecting scope and roster read from its table.

One row names a body and the classes it hands over; rows without a name go on with the body above.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.institutions.api import Organisation
from lantai.records.api import categories, retention_term, retention_terms

from ..tables.reading import Cells, HeadedTable, Headings, refuse_long
from .models import RosterClass, RosterUnit
from .specialised import class_named

_CUT = re.compile(r"[、，,；;/\n]|(?<=档案)和")
_YEAR = re.compile(r"(1[0-9]{3}|2[0-9]{3})\s*年?(度)?")
_LIMITS = {"name": 200, "code": 40, "heading": 60, "note": 200}


@dataclass(slots=True)
class ScopeTable(HeadedTable):
    """What a sheet holds: bodies, each with its classes."""

    units: list[tuple[RosterUnit, list[RosterClass]]] = field(default_factory=list)

    @property
    def classes(self) -> int:
        """How many classes the bodies hand over, together."""
        return sum(len(found) for _unit, found in self.units)

    @property
    def elsewhere(self) -> list[str]:
        """Names of the bodies that are not on this platform."""
        return [unit.name for unit, _classes in self.units if unit.agency is None]


def read_scope(path: Path, archive: Organisation) -> ScopeTable:
    """The roster in a file, its bodies looked up among those of ``archive``; nothing is saved.

    Raises:
        Invalid: no row names body and class, or the file cannot be read.
    """
    table = ScopeTable()
    bodies = Organisation.objects.filter(kind__in=("agency", "village"))
    reader = _Reader(
        table, archive, {row.code: row for row in bodies}, {row.name: row for row in bodies}, _headings()
    )
    for number, cells in table.rows(path, reader.headings):
        reader.read(number, cells)
    return table


@cache
def _vocabulary() -> dict[str, Any]:
    path = Path(__file__).parents[1] / "data" / "collecting_columns.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _headings() -> Headings:
    return Headings(
        _vocabulary()["columns"],
        needed=({"name"}, {"categories", "specialised"}),
        remedy=_("请使一行里有“单位名称”和“门类”（或“专业档案”）两个列名。"),
    )


@dataclass(slots=True)
class _Reader:
    table: ScopeTable
    archive: Organisation
    by_code: dict[str, Organisation]
    by_name: dict[str, Organisation]
    headings: Headings
    seen: set[tuple[str, str]] = field(default_factory=set)

    def read(self, number: int, cells: Cells) -> None:
        """Takes one row in, or names what is wrong with it."""
        try:
            self._take(cells)
        except Invalid as error:
            self.table.refuse(number, cells, str(error))

    def _take(self, cells: Cells) -> None:
        found = list(_classes(cells))
        if not cells["name"] and not self.table.units:
            raise Invalid(_("没有写单位名称，请补上。"))
        if cells["name"]:
            self.table.units.append((self._unit(cells), []))
        held = self.table.units[-1][1]
        for each in found:
            if any(_overlap(each, other) for other in held):
                raise Invalid(_("这个单位的同一门类在同一年度写了两次，请合成一行。"))
            held.append(each)

    def _unit(self, cells: Cells) -> RosterUnit:
        refuse_long(cells, _LIMITS, self.headings)
        name, code = cells["name"], cells.get("code", "")
        if (name, code) in self.seen:
            raise Invalid(_("单位“%(name)s”写了两次，请合到一处。") % {"name": name})
        body = self.by_code.get(code) if code else self.by_name.get(name)
        if body is not None and body.archive_id != self.archive.id:
            raise Invalid(
                _("“%(name)s”的进馆档案馆不是本馆，请核对，或请系统管理员在“机构”中改正。")
                % {"name": body.name}
            )
        self.seen.add((name, code))
        return RosterUnit(
            number=len(self.table.units) + 1, name=name, code=code, agency=body,
            heading=cells.get("heading", ""), note=cells.get("note", ""),
        )  # fmt: skip


def _classes(cells: Cells) -> Iterable[RosterClass]:
    first, last = _year(cells.get("year_from", "")), _year(cells.get("year_to", ""))
    if first and last and last < first:
        raise Invalid(_("终止年度早于起始年度，请核对。"))
    terms = _terms(cells.get("terms", ""))
    kinds = [*_categories(cells.get("categories", "")), *_specialised(cells.get("specialised", ""))]
    if not kinds:
        raise Invalid(_("没有写门类，也没有写专业档案种类，请至少写一样。"))
    for category, specialised in dict.fromkeys(kinds):
        yield RosterClass(
            category=category, specialised=specialised, year_from=first, year_to=last, terms=terms
        )


def _categories(text: str) -> Iterable[tuple[str, str]]:
    """Categories by name or code; what is none may be a kind of specialised records."""
    names = {name: code for code, name in categories().items()}
    for word in _words(text):
        code = names.get(word.removesuffix("档案").removesuffix("类")) or word.upper()
        if code in names.values():
            yield code, ""
        elif found := class_named(word):
            yield found.category, found.key
        else:
            known = "、".join(names)
            raise Invalid(
                _("门类“%(text)s”不认识，请写门类（%(known)s）或专业档案种类。")
                % {"text": word, "known": known}
            )


def _specialised(text: str) -> Iterable[tuple[str, str]]:
    for word in _words(text):
        found = class_named(word)
        if found is None:
            raise Invalid(
                _("专业档案种类“%(text)s”不在目录里，请照“专业档案”页上的名称写。") % {"text": word}
            )
        yield found.category, found.key


def _words(text: str) -> list[str]:
    return [word.strip() for word in _CUT.split(text) if word.strip()]


def _year(text: str) -> int | None:
    if not text or text in _vocabulary()["open"]["words"]:
        return None
    found = _YEAR.fullmatch(text.removesuffix(".0"))
    if found is None:
        raise Invalid(_("年度“%(text)s”不认识，请写四位年份；没有起止的空着或写“历年”。") % {"text": text})
    return int(found[1])


def _terms(text: str) -> list[str]:
    """Codes of the terms; “30年以上” is every listed term at least as long, the old 长期 with them."""
    codes: list[str] = []
    for word in _words(text):
        term = retention_term(word.removesuffix("以上").removesuffix("及"))
        codes.append(term.code)
        if word.endswith("以上") and term.years:
            longer = [
                other.code
                for other in retention_terms().values()
                if other.code in {"Y", "长期"} or (other.years or 0) > term.years
            ]
            codes += longer
    return list(dict.fromkeys(codes))


def _overlap(one: RosterClass, other: RosterClass) -> bool:
    same = (one.category, one.specialised) == (other.category, other.specialised)
    begins = max(one.year_from or 0, other.year_from or 0)
    return same and begins <= min(one.year_to or 9999, other.year_to or 9999)
