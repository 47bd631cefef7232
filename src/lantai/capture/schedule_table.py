"""A retention schedule read from a spreadsheet (XLSX, XLS, ET, ODS) or a CSV file.

The columns are told by their headings, wherever the heading row stands; a row without a term is
the heading of those below it. Every row that cannot be a rule is named with what to do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.institutions.api import Department
from lantai.packages.api import fold_heading, open_catalogue
from lantai.records.api import RetentionRule, retention_term

_HEADING_WITHIN = 20
_SAID_NO = {"否", "不", "不进馆", "不移交", "n", "no", "0", "×"}
_LISTS = {"keywords", "document_types", "issuers"}
_LIMITS = {"number": 20, "heading": 60, "material": 300, "note": 200}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of the sheet, counted from 1, that is no rule, and why."""

    row: int
    text: str
    problem: str


@dataclass(slots=True)
class ScheduleTable:
    """What a sheet holds.

    Attributes:
        columns: field by the heading it was told from.
        unknown: headings nobody understands; their columns are left out.
        guessed: whether the matching words were cut from the materials' names.
    """

    rules: list[RetentionRule] = field(default_factory=list)
    problems: list[BadRow] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    guessed: bool = False


def read_schedule(path: Path, agency_id: UUID) -> ScheduleTable:
    """The rules in a file; nothing is saved.

    Raises:
        Invalid: no row names both the material and the term, or the file cannot be read.
    """
    rows = list(open_catalogue(path).rows())
    start, places = _find_headings(rows)
    table = ScheduleTable(columns={rows[start][place]: name for name, place in places.items()})
    table.unknown = [text for place, text in enumerate(rows[start]) if text.strip() and place not in places.values()]  # fmt: skip
    table.guessed = "keywords" not in places
    departments = {
        key: row
        for row in Department.objects.filter(organisation_id=agency_id)
        for key in (row.name, row.code)
    }
    reader = _Reader(table, places, departments)
    for number, row in enumerate(rows[start + 1 :], start + 2):
        reader.read(number, row)
    return table


@cache
def _vocabulary() -> dict[str, Any]:
    path = Path(__file__).parent / "data" / "schedule_columns.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _find_headings(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    known = {fold_heading(text): name for name, texts in _vocabulary()["columns"].items() for text in texts}
    for number, row in enumerate(rows[:_HEADING_WITHIN]):
        places: dict[str, int] = {}
        for place, text in enumerate(row):
            if name := known.get(fold_heading(text)):
                places.setdefault(name, place)
        if {"material", "retention"} <= places.keys():
            return number, places
    raise Invalid(
        _("前 %(count)s 行里没有找到表头。") % {"count": _HEADING_WITHIN},
        remedy=_("请使一行里有“归档文件材料名称”和“保管期限”两个列名。"),
    )


@dataclass(slots=True)
class _Reader:
    table: ScheduleTable
    places: dict[str, int]
    departments: dict[str, Department]
    heading: str = ""
    seen: dict[str, int] = field(default_factory=dict)

    def read(self, number: int, row: Sequence[str]) -> None:
        """Takes one row as a rule, as a heading, or as a problem; an empty one is passed over."""
        cells = {name: row[place].strip() if place < len(row) else "" for name, place in self.places.items()}
        if not any(cells.values()):
            return
        if not cells["retention"]:
            texts = [text for text in cells.values() if text]
            if len(texts) <= 2 and not cells.get("keywords"):
                self.heading = max(texts, key=len)[:60]
                return
        problem = self._problem(number, cells)
        if problem:
            told = cells["material"] or " ".join(filter(None, cells.values()))
            self.table.problems.append(BadRow(number, told[:80], problem))
        else:
            self.table.rules.append(self._rule(cells))

    def _problem(self, row: int, cells: dict[str, str]) -> str:
        cells["number"] = cells.get("number") or str(len(self.table.rules) + 1)
        if not cells["material"]:
            return _("没有写归档文件材料名称，请补上。")
        for name, most in _LIMITS.items():
            if len(cells.get(name, "")) > most:
                return _("“%(name)s”超过 %(most)s 字，请缩短。") % {
                    "name": _vocabulary()["columns"][name][0],
                    "most": most,
                }
        try:
            cells["retention"] = retention_term(cells["retention"]).code
        except Invalid:
            return _("保管期限“%(text)s”不认识，请写永久、30年、10年等。") % {"text": cells["retention"]}
        if earlier := self.seen.get(cells["number"]):
            return _("条款号“%(number)s”与第 %(row)s 行重复，请另编。") % {
                "number": cells["number"],
                "row": earlier,
            }
        name = cells.get("department", "")
        if name and name not in self.departments:
            return _("本单位没有处室“%(name)s”，请核对，或在“机构”中先登记。") % {"name": name}
        self.seen[cells["number"]] = row
        return ""

    def _rule(self, cells: dict[str, str]) -> RetentionRule:
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
