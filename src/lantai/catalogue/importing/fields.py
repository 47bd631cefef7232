"""What columns mean: guessed from their headings, remembered once somebody confirmed it."""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from ..models import ColumnMapping

REQUIRED = ("reference_code", "title")
OPINION, ROW_BEFORE = gettext_noop("核对意见"), gettext_noop("原行号")
"""Headings of the two columns that a corrected-file download has more than the table it is of."""
NOBODY = UUID(int=0)
_IGNORED = re.compile(r"[\s\W_]+")
HEADINGS_WITHIN = 20
"""Rows from the top among which the headings are looked for; titles of the table may stand above."""


@dataclass(frozen=True, slots=True)
class Field:
    """A meaning a column can have; ``code`` keeps its value in the record's metadata."""

    key: str
    title: str
    code: str = ""

    @property
    def label(self) -> str:
        """Its title in the reader's language."""
        return _(self.title)


@cache
def fields() -> dict[str, Field]:
    """All fields by key, in the order of the data file."""
    return {row["key"]: Field(row["key"], row["title"], row.get("code", "")) for row in _rows()}


@cache
def _rows() -> list[dict[str, Any]]:
    path = Path(__file__).parent.parent / "data" / "fields.toml"
    return list(tomllib.loads(path.read_text(encoding="utf-8"))["field"])


@cache
def _meanings() -> dict[str, str]:
    known: dict[str, str] = {}
    for row in _rows():
        for heading in (row["title"], row["key"], *row.get("synonyms", [])):
            known.setdefault(fold(heading), row["key"])
    return known


def fold(text: str) -> str:
    """A heading without spaces, punctuation, case and width, for comparing; traditional forms too."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text)).casefold().translate(_SIMPLER)


_SIMPLER = str.maketrans(
    "檔號題責任者編頁數備註開盒級類別機構問題關鍵詞時間屬",
    "档号题责任者编页数备注开盒级类别机构问题关键词时间属",
)


def find_headings(rows: Sequence[Sequence[str]]) -> int:
    """Place of the row of headings: the one among the first with the most columns that are understood.

    Raises:
        Invalid: no row names at least two columns anybody knows.
    """
    best, place = 0, -1
    for index, row in enumerate(rows[:HEADINGS_WITHIN]):
        understood = len({_meanings().get(fold(cell)) for cell in row} - {None})
        if understood > best:
            best, place = understood, index
    if best < 2:
        raise Invalid(
            _("前 %(count)s 行里没有找到表头。") % {"count": min(len(rows), HEADINGS_WITHIN)},
            remedy=_("请在数据上方留一行列名，如“档号”“题名”“责任者”“日期”“年度”“保管期限”。"),
        )
    return place


def guess_columns(headings: Sequence[str], organisation_id: UUID | None = None) -> list[str]:
    """The field of each column: as confirmed for these headings before, otherwise by its name.

    Of two columns with one meaning the first has it; the other is left out.
    """
    remembered = ColumnMapping.objects.filter(
        organisation_id=organisation_id or NOBODY, headings_sha256=_signature(headings)
    ).first()
    wanted = [
        str(remembered.columns.get(heading, "")) if remembered else _meanings().get(fold(heading), "")
        for heading in headings
    ]
    taken: set[str] = set()
    columns = []
    for key in wanted:
        columns.append("" if key in taken or key not in fields() else key)
        taken.add(key)
    return columns


def remember_columns(headings: Sequence[str], columns: Sequence[str], organisation_id: UUID | None) -> None:
    """Keeps what somebody confirmed, for the next table with these headings from the same source."""
    ColumnMapping.objects.update_or_create(
        organisation_id=organisation_id or NOBODY,
        headings_sha256=_signature(headings),
        defaults={"columns": dict(zip(headings, columns, strict=True))},
    )


def require_columns(columns: Sequence[str]) -> None:
    """Refuses a mapping without what every entry must have, or with one meaning twice.

    Raises:
        Invalid: the message names the columns.
    """
    missing = [key for key in REQUIRED if key not in columns]
    if missing:
        raise Invalid(
            _("没有指明哪一列是%(missing)s。") % {"missing": _quoted(missing)},
            remedy=_("请在表中补上这一列，或在列的对应关系中选定。"),
        )
    twice = [key for key in fields() if columns.count(key) > 1]
    if twice:
        raise Invalid(
            _("有两列都对应%(twice)s。") % {"twice": _quoted(twice)},
            remedy=_("请把其中一列改为“不导入”。"),
        )


def _quoted(keys: Sequence[str]) -> str:
    return _("、").join(f"“{fields()[key].label}”" for key in keys)


def repeated_headings(headings: Sequence[str]) -> list[str]:
    """Headings whose meaning an earlier column has already."""
    seen: set[str] = set()
    repeated = []
    for heading in headings:
        meaning = _meanings().get(fold(heading)) or fold(heading)
        if meaning and meaning in seen:
            repeated.append(heading)
        seen.add(meaning)
    return repeated


def is_ours(heading: str) -> bool:
    """Whether a column is none of the table's own, but came with a corrected-file download."""
    return heading in (OPINION, ROW_BEFORE, _(OPINION), _(ROW_BEFORE))


def _signature(headings: Sequence[str]) -> str:
    own = [fold(heading) for heading in headings if not is_ours(heading)]
    return hashlib.sha256("\x1f".join(own).encode()).hexdigest()
