"""What is due at the archive, and when (移交计划): computed from records and ``data/due.toml``.

Nothing is planned by hand: a record's year, retention and kind say when it is due. Only what an agency
and its archive agree on, earlier or later, is written down (:class:`~.models.Agreement`). Where the
archive has an approved collecting scope (收集范围), only what that asks for is due; the rest is told.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from lantai.capture.api import collecting
from lantai.institutions.api import Organisation, answers_for
from lantai.records.api import Fonds, Scheme

from .asking import asks_for
from .models import Agreement
from .staying import Staying, staying_with, staying_with_agencies_of

DATA = Path(__file__).parent / "data"
SOON_YEARS = 1
"""What is due within so many years is shown as coming up."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of ``data/due.toml``."""

    key: str
    name: str
    kind: str
    levels: tuple[str, ...]
    years: int
    early: bool
    clause: str


@dataclass(frozen=True, slots=True)
class Level:
    """One level of archive, with the retention terms it takes in."""

    key: str
    name: str
    digits: int
    terms: tuple[str, ...]


@cache
def due_rules() -> tuple[tuple[Level, ...], tuple[Rule, ...]]:
    """Levels and rules as declared."""
    data = tomllib.loads((DATA / "due.toml").read_text(encoding="utf-8"))
    levels = tuple(Level(**{**row, "terms": tuple(row["terms"])}) for row in data["level"])
    rules = tuple(Rule(**{**row, "levels": tuple(row["levels"])}) for row in data["rule"])
    return levels, rules


def level_of(archive: Organisation) -> Level:
    """The archive's level, from the significant digits of its division code."""
    levels, _rules = due_rules()
    digits = len(archive.region.path)
    return next((level for level in levels if digits <= level.digits), levels[-1])


def rule_for(archive: Organisation, kind: str) -> Rule:
    """The rule for a kind of record at that archive."""
    level = level_of(archive)
    return next(rule for rule in due_rules()[1] if rule.kind == kind and level.key in rule.levels)


@dataclass(frozen=True, slots=True)
class DueLine:
    """Records of one fonds, year and kind.

    Attributes:
        records: how many are to be handed over.
        ready: how many of them may go now: filed, their numbers fixed.
        outside: how many more there are that the archive's collecting scope does not ask for.
        due_on: by when, as agreed or by rule.
        agreement: what was agreed or is being asked, if anything.
    """

    fonds: Fonds
    year: int
    kind: str
    rule: Rule
    records: int
    ready: int
    due_on: date
    agreement: Agreement | None = None
    outside: int = 0

    @property
    def standing(self) -> str:
        """``overdue``, ``due`` this year, ``soon``, ``later``, or ``outside`` the collecting scope."""
        if not self.records:
            return "outside"
        today = timezone.localdate()
        if self.due_on < today:
            return "overdue"
        ahead = self.due_on.year - today.year
        return "due" if not ahead else "soon" if ahead <= SOON_YEARS else "later"

    @property
    def is_early(self) -> bool:
        """Whether handing over now would be before its time."""
        return (
            not self.rule.early
            and self.due_on >= timezone.localdate().replace(month=1, day=1)
            and (self.due_on.year > timezone.localdate().year)
        )


def plan(*, agency_id: UUID | None = None, archive_id: UUID | None = None) -> list[DueLine]:
    """What an agency owes its archive, or what agencies owe an archive; the most urgent first.

    What agencies owe is as of the last count, where there is much of it (:mod:`.staying`).
    """
    if agency_id:
        mine = Fonds.objects.filter(creator__in=answers_for(agency_id))
        return _planned(staying_with(dict(mine.values_list("id", "creator_id"))))
    return plan_of_archive(archive_id)[0] if archive_id else []


def plan_of_archive(archive_id: UUID, *, fresh: bool = False) -> tuple[list[DueLine], datetime]:
    """What agencies owe an archive, and when that was counted; ``fresh`` counts now."""
    rows, counted_at = staying_with_agencies_of(archive_id, fresh=fresh)
    return _planned(rows), counted_at


def _planned(rows: Sequence[Staying]) -> list[DueLine]:
    fonds = Fonds.objects.select_related("archive__region", "creator").in_bulk({row.fonds_id for row in rows})
    agreed = _agreements(fonds)
    lines = [
        _line(fonds[fonds_id], year, kind, counted, agreed)
        for (fonds_id, year, kind), counted in _summed(rows, fonds).items()
    ]
    return sorted(lines, key=lambda line: (line.due_on, line.fonds.code, line.year, line.kind))


@dataclass(slots=True)
class _Counted:
    records: int = 0
    ready: int = 0
    outside: int = 0


def _summed(rows: Iterable[Staying], fonds: dict[UUID, Fonds]) -> dict[tuple[UUID, int, str], _Counted]:
    """Records by fonds, year and kind, of the terms the archive takes in."""
    summed: dict[tuple[UUID, int, str], _Counted] = defaultdict(_Counted)
    asked = {archive_id: collecting(archive_id) for archive_id in {row.archive_id for row in fonds.values()}}
    schemes = (
        Scheme.objects.in_bulk({row.scheme_id for row in rows if row.scheme_id})
        if any(asked.values())
        else {}
    )
    usual_in = {mine.archive_id: level_of(mine.archive).terms for mine in fonds.values()}
    for row in rows:
        mine = fonds[row.fonds_id]
        usual, scheme = usual_in[mine.archive_id], schemes.get(row.scheme_id) if row.scheme_id else None
        is_asked = asks_for(asked[mine.archive_id], mine, scheme, row.year, row.retention, usual)
        if not is_asked and row.retention not in usual:
            continue
        for kind, records, ready in _by_kind(row):
            of_kind = summed[mine.id, row.year, kind]
            if is_asked:
                of_kind.records += records
                of_kind.ready += ready
            else:
                of_kind.outside += records
    return summed


def _by_kind(row: Staying) -> Iterator[tuple[str, int, int]]:
    """How many there are with documents and without, and how many of these may go."""
    for kind, records, ready in (
        ("electronic", row.electronic, row.electronic_ready),
        ("traditional", row.records - row.electronic, row.ready - row.electronic_ready),
    ):
        if records:
            yield kind, records, ready


def _line(fonds: Fonds, year: int, kind: str, counted: _Counted, agreed: dict[Any, Agreement]) -> DueLine:
    rule = rule_for(fonds.archive, kind)
    agreement = agreed.get((fonds.id, year, kind))
    due_on = date(year + rule.years, 12, 31)
    if agreement and agreement.state == Agreement.State.AGREED:
        due_on = agreement.wanted_by
    return DueLine(
        fonds, year, kind, rule, counted.records, counted.ready, due_on, agreement, counted.outside
    )


def _agreements(fonds: Iterable[UUID]) -> dict[Any, Agreement]:
    """The latest word on each fonds, year and kind."""
    rows = Agreement.objects.filter(fonds__in=list(fonds)).order_by("proposed_at")
    return {(row.fonds_id, row.year, row.kind): row for row in rows}


def schedule_of(fonds: Fonds, year_from: int, year_to: int) -> tuple[str, str]:
    """How a hand-over of those years stands to the plan: ``early``, ``late`` or on time; what was agreed."""
    lines = [line for line in plan(agency_id=fonds.creator_id) if line.fonds == fonds]
    mine = [line for line in lines if year_from <= line.year <= year_to and line.ready]
    reasons = [line.agreement.told for line in mine if line.agreement and line.agreement.is_agreed]
    kind = "late" if any(line.standing == "overdue" for line in mine) else ""
    kind = kind or ("early" if any(line.is_early for line in mine) else "")
    return kind, "；".join(dict.fromkeys(reasons))
