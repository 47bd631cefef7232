"""A retention schedule read from its table; a row without a term is the heading (类目) of those below it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.institutions.api import Department
from lantai.records.api import RetentionRule, retention_term

from ..tables.reading import Cells, HeadedTable, Headings, refuse_long

_SAID_NO = {"否", "不", "不进馆", "不移交", "n", "no", "0", "×"}
_LISTS = {"keywords", "document_types", "issuers"}
_LIMITS = {"number": 20, "heading": 60, "material": 300, "note": 200}


@dataclass(slots=True)
class ScheduleTable(HeadedTable):
    """What a sheet holds."""

    rules: list[RetentionRule] = field(default_factory=list)

    @property
    def guessed(self) -> bool:
        """Whether the matching words were cut from the materials' names."""
        return "keywords" not in self.columns.values()


def read_schedule(path: Path, agency_id: UUID) -> ScheduleTable:
    """The rules in a file; nothing is saved.

    Raises:
        Invalid: no row names both the material and the term, or the file cannot be read.
    """
    table = ScheduleTable()
    departments = {
        key: row
        for row in Department.objects.filter(organisation_id=agency_id)
        for key in (row.name, row.code)
    }
    reader = _Reader(table, departments, _headings())
    for number, cells in table.rows(path, reader.headings):
        reader.read(number, cells)
    return table


@cache
def _vocabulary() -> dict[str, Any]:
    path = Path(__file__).parents[1] / "data" / "schedule_columns.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _headings() -> Headings:
    return Headings(
        _vocabulary()["columns"],
        needed=({"material"}, {"retention"}),
        remedy=_("请使一行里有“归档文件材料名称”和“保管期限”两个列名。"),
    )


@dataclass(slots=True)
class _Reader:
    table: ScheduleTable
    departments: dict[str, Department]
    headings: Headings
    heading: str = ""
    seen: dict[str, int] = field(default_factory=dict)

    def read(self, number: int, cells: Cells) -> None:
        """Takes one row as a rule, as a heading, or as a problem."""
        if not cells["retention"]:
            texts = [text for text in cells.values() if text]
            if len(texts) <= 2 and not cells.get("keywords"):
                self.heading = max(texts, key=len)[:60]
                return
        try:
            self._check(number, cells)
            self.table.rules.append(self._rule(cells))
        except Invalid as error:
            self.table.refuse(number, cells, str(error))

    def _check(self, row: int, cells: Cells) -> None:
        cells["number"] = cells.get("number") or str(len(self.table.rules) + 1)
        if not cells["material"]:
            raise Invalid(_("没有写归档文件材料名称，请补上。"))
        refuse_long(cells, _LIMITS, self.headings)
        try:
            cells["retention"] = retention_term(cells["retention"]).code
        except Invalid as error:
            raise Invalid(
                _("保管期限“%(text)s”不认识，请写永久、30年、10年等。") % {"text": cells["retention"]}
            ) from error
        if earlier := self.seen.get(cells["number"]):
            told = {"number": cells["number"], "row": earlier}
            raise Invalid(_("条款号“%(number)s”与第 %(row)s 行重复，请另编。") % told)
        name = cells.get("department", "")
        if name and name not in self.departments:
            raise Invalid(_("本单位没有处室“%(name)s”，请核对，或在“机构”中先登记。") % {"name": name})
        self.seen[cells["number"]] = row

    def _rule(self, cells: Cells) -> RetentionRule:
        values: dict[str, Any] = {name: _split(cells.get(name, "")) for name in _LISTS}
        if self.table.guessed:
            values["keywords"] = words_of(cells["material"])
        return RetentionRule(
            number=cells["number"],
            heading=cells.get("heading") or self.heading,
            material=cells["material"],
            retention=cells["retention"],
            department=self.departments.get(cells.get("department", "")),
            to_archive=cells.get("to_archive", "").casefold() not in _SAID_NO,
            note=cells.get("note", ""),
            **values,
        )


def words_of(material: str) -> list[str]:
    """Words a title may hold, cut from a material's name: “干部任免、奖惩等文件” gives 任免 and 奖惩."""
    rules = _vocabulary()["words"]
    return list(
        dict.fromkeys(
            word
            for piece in _pieces(material, rules)
            if rules["shortest"] <= len(word := _bare(piece, rules)) <= rules["longest"]
            and word not in rules["ignored"]
        )
    )


def _pieces(material: str, rules: dict[str, Any]) -> Iterator[str]:
    pattern = "|".join([f"[{re.escape(rules['cut'])}]", *map(re.escape, rules["joints"])])
    yield from re.split(pattern, material)


def _bare(piece: str, rules: dict[str, Any]) -> str:
    text = piece.strip()
    for tail in rules["tails"]:
        text = text.removesuffix(tail)
    for head in rules["heads"]:
        text = text.removeprefix(head)
    return text.strip("的等")


def _split(text: str) -> list[str]:
    return [word.strip() for word in re.split(r"[、，,；;\n]", text) if word.strip()]
