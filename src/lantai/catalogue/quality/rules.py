"""Rules of quality, and judging one record after another by them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from ..authorities.names import fold, known_names
from ..description.elements import split_values
from ..description.models import Level, Term
from ..description.templates import template_for
from ..tables import parse_table, table_version

MOST_DETAIL = 120
_ODD = ("private_use", "surrogate", "replacement", "control")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what is looked at, what it costs, what to do."""

    key: str
    name: str
    kind: str
    weight: int
    remedy: str
    given: Mapping[str, Any] = field(default_factory=dict)


class Row(NamedTuple):
    """What of a record the rules look at, as it is read."""

    id: UUID
    reference_code: str
    title: str
    responsible: str
    document_number: str
    date_text: str
    date_start: date | None
    date_end: date | None
    date_certainty: str
    year: int | None
    retention: str
    page_count: int
    metadata: Mapping[str, Any]
    flags: Sequence[str]
    category: str | None
    agency_id: UUID


COLUMNS = tuple("scheme__category" if name == "category" else name for name in Row._fields)


def rules() -> Mapping[str, Rule]:
    """The rules in force, by key.

    Raises:
        Invalid: a rule, as edited, is incomplete or of no kind that is known.
    """
    return _rules(table_version("quality"))


@lru_cache(maxsize=4)
def _rules(version: tuple[str, int]) -> Mapping[str, Rule]:
    found: dict[str, Rule] = {}
    for row in parse_table(*version)["rule"]:
        own = {name: row[name] for name in ("key", "name", "kind", "weight", "remedy") if name in row}
        if len(own) < 5 or own["kind"] not in _LOOKS or own["key"] in found:
            raise Invalid(
                _("质量规则“%(name)s”不完整、重复或种类不对。") % {"name": row.get("key", "？")},
                subject=version[0],
            )
        found[own["key"]] = Rule(**own, given={name: value for name, value in row.items() if name not in own})
    return found


class Judge:
    """Judges records one after another, those of a fonds and year together (:meth:`begin`).

    Args:
        archive_id: whose templates, names and places count.
        today: what comes after is the future.
    """

    def __init__(self, archive_id: UUID, today: date) -> None:
        self.archive_id = archive_id
        self.today = today
        self.names = known_names(archive_id)
        self._demanded: dict[str, list[tuple[str, str, str]]] = {}
        self._codes: dict[str, str] = {}
        self._entries: dict[int, UUID] = {}
        self._places: dict[str, frozenset[str]] = {}
        self._looks = [(rule, _LOOKS[rule.kind]) for rule in rules().values()]

    def begin(self) -> None:
        """Another fonds and year: twins are looked for within one."""
        self._codes.clear()
        self._entries.clear()

    def faults(self, row: Row) -> list[tuple[Rule, str]]:
        """Every rule the record fails, with what is wrong as far as the rule does not say it."""
        return [
            (rule, detail[:MOST_DETAIL])
            for rule, look in self._looks
            if (detail := look(self, row, rule.given)) is not None
        ]

    def demanded(self, category: str) -> list[tuple[str, str, str]]:
        """Name, column and key of the mandatory elements of a category."""
        if category not in self._demanded:
            asked = template_for(self.archive_id, category, Level.ITEM)
            self._demanded[category] = [
                (row.name, row.element.field, row.element.key)
                for row in asked.rows
                if row.obligation == "mandatory" and row.element.field not in ("level", "opening_mark")
            ]
        return self._demanded[category]

    def places(self, vocabulary: str) -> frozenset[str]:
        """The words of a vocabulary; none where there is no such vocabulary."""
        if vocabulary not in self._places:
            words = Term.objects.filter(vocabulary__archive_id=self.archive_id, vocabulary__key=vocabulary)
            self._places[vocabulary] = frozenset(words.values_list("word", flat=True))
        return self._places[vocabulary]

    def twin_of_code(self, code: str) -> str | None:
        """An earlier code that differs from this one in its separators alone."""
        bared = _SEPARATORS.sub("", code).casefold()
        earlier = self._codes.setdefault(bared, code)
        return earlier if earlier != code else None

    def twin_of_entry(self, row: Row) -> bool:
        """Whether an earlier entry said the same."""
        said = hash((row.title, row.date_text, row.responsible, row.document_number))
        return self._entries.setdefault(said, row.id) != row.id


_SEPARATORS = re.compile(r"[\s\-–—―·•・．.／/\\_~:：]+")
Look = Callable[[Judge, Row, Mapping[str, Any]], "str | None"]
"""Looks at a record: ``None`` is no fault, a text what is wrong."""


def _mandatory(judge: Judge, row: Row, _given: Mapping[str, Any]) -> str | None:
    missing = [
        name
        for name, column, key in judge.demanded(row.category or "")
        if not (getattr(row, column, None) if column else row.metadata.get(key))
    ]
    return "、".join(missing) if missing else None


def _unreadable_date(_judge: Judge, row: Row, _given: Mapping[str, Any]) -> str | None:
    return row.date_text if row.date_text and row.date_start is None else None


def _future_date(judge: Judge, row: Row, _given: Mapping[str, Any]) -> str | None:
    return row.date_text if row.date_start and row.date_start > judge.today else None


def _early_date(_judge: Judge, row: Row, given: Mapping[str, Any]) -> str | None:
    start = row.date_start
    return row.date_text if start and date.min < start and start.year < int(given["earliest"]) else None


def _year(_judge: Judge, row: Row, given: Mapping[str, Any]) -> str | None:
    if not row.year or not row.date_start or not row.date_end or row.date_start == date.min:
        return None
    off = max(row.date_start.year - row.year, row.year - row.date_end.year)
    return f"{row.year} / {row.date_text}" if off > int(given["years"]) else None


def _short_title(_judge: Judge, row: Row, given: Mapping[str, Any]) -> str | None:
    return row.title if len(row.title.strip()) < int(given["shortest"]) else None


def _placeholder(_judge: Judge, row: Row, given: Mapping[str, Any]) -> str | None:
    title = row.title.strip().casefold()
    if title in given["words"] or _compiled(tuple(given["patterns"])).search(title):
        return row.title
    return None


@lru_cache(maxsize=8)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Groups of each pattern count on their own, so none may refer beyond itself."""
    parts, groups = [], 0
    for pattern in patterns:
        shifted = re.sub(r"\\(\d)", lambda found, by=groups: f"\\{int(found[1]) + by + 1}", pattern)  # type: ignore[misc]
        parts.append(f"({shifted})")
        groups += re.compile(pattern).groups + 1
    return re.compile("|".join(parts))


def _twin_code(judge: Judge, row: Row, _given: Mapping[str, Any]) -> str | None:
    return judge.twin_of_code(row.reference_code) if row.reference_code else None


def _twin_entry(judge: Judge, row: Row, _given: Mapping[str, Any]) -> str | None:
    return "" if judge.twin_of_entry(row) else None


def _no_pages(_judge: Judge, row: Row, _given: Mapping[str, Any]) -> str | None:
    return "" if not row.page_count else None


def _unknown_name(judge: Judge, row: Row, _given: Mapping[str, Any]) -> str | None:
    """Nothing is unknown to an archive that keeps no authority file."""
    if not judge.names or not row.responsible:
        return None
    unknown = [name for name in split_values(row.responsible) if _folded(name) not in judge.names]
    return "、".join(unknown) if unknown else None


@lru_cache(maxsize=50_000)
def _folded(name: str) -> str:
    return fold(name)


def _unknown_place(judge: Judge, row: Row, given: Mapping[str, Any]) -> str | None:
    words = [word for key in given["elements"] for word in split_values(str(row.metadata.get(key, "") or ""))]
    known = judge.places(given["vocabulary"]) if words else frozenset()
    unknown = [word for word in words if known and word not in known]
    return "、".join(unknown) if unknown else None


def _characters(_judge: Judge, row: Row, _given: Mapping[str, Any]) -> str | None:
    odd = [flag for flag in row.flags if any(kind in flag for kind in _ODD)]
    if "\ufffd" in row.title:
        odd.append("\ufffd")
    return "、".join(odd) if odd else None


def _brackets(_judge: Judge, row: Row, given: Mapping[str, Any]) -> str | None:
    title = row.title
    wrong = [pair for pair in given["pairs"] if title.count(pair[0]) != title.count(pair[1])]
    return "、".join(wrong) if wrong else None


_ROUND = re.compile(r"[\[(（【［]\s*(?:19|20)\d\d\s*[\])）】］]")


def _number_form(_judge: Judge, row: Row, _given: Mapping[str, Any]) -> str | None:
    return row.document_number if row.document_number and _ROUND.search(row.document_number) else None


_LOOKS: Mapping[str, Look] = {
    "mandatory": _mandatory, "unreadable_date": _unreadable_date, "future_date": _future_date, "early_date": _early_date,
    "year": _year, "short_title": _short_title, "placeholder": _placeholder, "twin_code": _twin_code,
    "twin_entry": _twin_entry, "no_pages": _no_pages, "unknown_name": _unknown_name, "unknown_place": _unknown_place,
    "characters": _characters, "brackets": _brackets, "number_form": _number_form,
}  # fmt: skip


def points(faults: Iterable[tuple[Rule, str]]) -> int:
    """What is left of a hundred."""
    return max(0, 100 - sum(rule.weight for rule, _detail in faults))
