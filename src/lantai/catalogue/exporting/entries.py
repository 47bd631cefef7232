"""Entries of a fonds as plain values, one after another: volumes, then items in the order of their codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.institutions.api import record_filter
from lantai.records.api import Fonds, OpeningMark, Record, Scheme, State, Volume, retention_term

AT_ONCE = 2_000
"""Rows read from the database in one go."""
GONE = (State.DESTROYED, State.ISOLATED, State.COMBINED)
RECORD = (
    "reference_code", "level", "volume__reference_code", "scheme__category", "year", "retention", "unit_code", "title",
    "responsible", "document_number", "date_text", "date_start", "date_end", "page_count", "classification",
    "secrecy_period", "disclosure", "opening_mark", "item_number", "metadata", "volume_id",
)  # fmt: skip
"""Columns of a record that :func:`record_entry` reads."""
_VOLUME = (
    "reference_code", "scheme__category", "year", "retention", "unit_code", "title", "date_text", "date_start", "date_end",
    "number", "id",
)  # fmt: skip


@dataclass(slots=True)
class Choice:
    """Which entries of a fonds leave; all without a word."""

    year_from: int | None = None
    year_to: int | None = None
    category: str = ""
    levels: tuple[str, ...] = ("volume", "item")

    def as_dict(self) -> dict[str, Any]:
        """What was chosen, JSON-ready."""
        values = {"year_from": self.year_from, "year_to": self.year_to, "category": self.category}
        return {key: value for key, value in values.items() if value}

    def check(self) -> None:
        """Refuses years in the wrong order.

        Raises:
            Invalid: the first year is after the last.
        """
        if self.year_from and self.year_to and self.year_to < self.year_from:
            raise Invalid(_("年度的止年早于起年。"), subject=f"{self.year_from}–{self.year_to}")

    def narrows(self) -> Q:
        """The same as a filter on records or volumes."""
        where = Q()
        if self.year_from:
            where &= Q(year__gte=self.year_from)
        if self.year_to:
            where &= Q(year__lte=self.year_to)
        return where & Q(scheme__category=self.category) if self.category else where


@dataclass(slots=True)
class Entry:
    """One volume or item as it is written: texts ready for people, dates as days."""

    level: str
    values: dict[str, str]
    date_start: date | None = None
    date_end: date | None = None
    volume_id: Any = None
    metadata: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A value by its field, or by its code in the metadata; empty where there is none."""
        if name in self.values:
            return self.values[name]
        if name == "date":
            return f"{self.date_start:%Y%m%d}" if self.date_start else ""
        return str(self.metadata.get(name, "") or "")


def entries(fonds: Fonds, choice: Choice, actor: Actor) -> Iterator[Entry]:
    """What the actor may see of a fonds, as chosen; memory does not grow with it."""
    terms: dict[str, str] = {}
    if "volume" in choice.levels:
        for volume in _by_scheme(fonds, volumes_of(fonds, choice), _VOLUME):
            yield _volume_entry(fonds, volume, terms)
    if "item" in choice.levels:
        for row in _by_scheme(fonds, records_of(fonds, choice, actor), RECORD):
            yield record_entry(fonds, row, terms)


def records_of(fonds: Fonds, choice: Choice, actor: Actor) -> QuerySet[Record]:
    """The records that leave."""
    rows = Record.objects.filter(record_filter(actor), choice.narrows(), fonds=fonds)
    return rows.exclude(state__in=GONE)


def volumes_of(fonds: Fonds, choice: Choice) -> QuerySet[Volume]:
    """The volumes that leave."""
    return Volume.objects.filter(choice.narrows(), fonds=fonds)


def count(fonds: Fonds, choice: Choice, actor: Actor) -> int:
    """How many entries that is."""
    volumes = volumes_of(fonds, choice).count() if "volume" in choice.levels else 0
    return volumes + (records_of(fonds, choice, actor).count() if "item" in choice.levels else 0)


def _by_scheme(fonds: Fonds, rows: QuerySet[Any], names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Scheme by scheme and year by year, so that an index gives the order; what has no scheme comes last."""
    schemes: list[Any] = list(Scheme.objects.filter(fonds=fonds).values_list("id", flat=True))
    for scheme in [*schemes, None]:
        mine = rows.filter(scheme=scheme)
        for year in years_of(mine):
            yield from walk(mine.filter(year=year), names)


def years_of(rows: QuerySet[Any]) -> list[int | None]:
    """The years of records or volumes; none at all comes first."""
    found = set(rows.order_by().values_list("year", flat=True).distinct())
    return sorted(found, key=lambda year: (year is not None, year or 0))


def walk(rows: QuerySet[Any], names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Rows in the order of their codes, some at a time.

    Each time the database is asked anew: a question left open for minutes would forbid this process to
    write down how far it is, and keep the database from tidying up.
    """
    page = list(rows.order_by("reference_code", "id").values_list("id", *names)[:AT_ONCE])
    while page:
        for _id, *values in page:
            yield dict(zip(names, values, strict=True))
        key, code = page[-1][0], page[-1][1 + names.index("reference_code")]
        alike = rows.filter(reference_code=code, id__gt=key).order_by("id")
        page = list(alike.values_list("id", *names)[:AT_ONCE])
        if left := AT_ONCE - len(page):
            beyond = rows.filter(reference_code__gt=code).order_by("reference_code", "id")
            page += beyond.values_list("id", *names)[:left]


def record_entry(fonds: Fonds, row: dict[str, Any], terms: dict[str, str]) -> Entry:
    """A record's row as an entry; ``terms`` keeps names of retention terms from row to row."""
    return Entry(
        "volume" if row["level"] == "volume" else "item",
        {
            "reference_code": row["reference_code"],
            "level": _("案卷") if row["level"] == "volume" else _("文件"),
            "volume_code": row["volume__reference_code"] or "",
            "fonds": fonds.code,
            "category": row["scheme__category"] or "",
            "year": str(row["year"] or ""),
            "retention": _term(row["retention"], terms),
            "unit_code": row["unit_code"],
            "title": row["title"],
            "responsible": row["responsible"],
            "document_number": row["document_number"],
            "date_text": row["date_text"],
            "page_count": str(row["page_count"] or ""),
            "classification": row["classification"],
            "secrecy_period": row["secrecy_period"],
            "disclosure": row["disclosure"],
            "opening_mark": str(OpeningMark(row["opening_mark"]).label),
            "item_number": str(row["item_number"] or ""),
        },
        row["date_start"],
        row["date_end"],
        row["volume_id"],
        row["metadata"] or {},
    )


def _volume_entry(fonds: Fonds, row: dict[str, Any], terms: dict[str, str]) -> Entry:
    return Entry(
        "volume",
        {
            "reference_code": row["reference_code"],
            "level": _("案卷"),
            "volume_code": "",
            "fonds": fonds.code,
            "category": row["scheme__category"] or "",
            "year": str(row["year"] or ""),
            "retention": _term(row["retention"], terms),
            "unit_code": row["unit_code"],
            "title": row["title"],
            "date_text": row["date_text"],
            "item_number": str(row["number"] or ""),
        },
        row["date_start"],
        row["date_end"],
        row["id"],
    )


def _term(code: str, terms: dict[str, str]) -> str:
    if code and code not in terms:
        terms[code] = retention_term(code).name
    return terms.get(code, "")
