"""What is expected of one agency, recomputed from what was touched.

Matters and numbers are looked at one by one, and only those touched; the pattern, the scope table
and the agency's rhythm are a few rows each and looked at whole.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min, Q, Sum
from django.utils import timezone

from lantai.core.language import gettext as _
from lantai.institutions.api import Organisation, whole_heirs

from .models import Arrival, ClosedMatter, Expectation
from .numbers import missing_serials
from .patterns import expect_pattern, expect_scope, expect_sound
from .roster import expect_roster
from .rules import due_of, rules
from .tallies import sum_up

Ground = Expectation.Ground
State = Expectation.State
CHUNK = 500
_SETTLED = (
    "expected",
    "came",
    "met_on",
    "state",
    "late",
    "title",
    "due_on",
    "year",
    "category",
    "department",
)


@dataclass(slots=True)
class Touched:
    """What changed for an agency: numbers that came or went, and their series."""

    numbers: set[str] = field(default_factory=set)
    series: set[str] = field(default_factory=set)

    def add(self, row: Arrival | ClosedMatter) -> None:
        """Counts a row in."""
        if row.folded:
            self.numbers.add(row.folded)
        if row.series:
            self.series.add(row.series)

    def __or__(self, other: Touched) -> Touched:
        return Touched(self.numbers | other.numbers, self.series | other.series)


def refresh(agency_id: UUID, touched: Touched | None = None, today: datetime.date | None = None) -> None:
    """Recomputes an agency's expectations.

    Args:
        agency_id: whose.
        touched: numbers and series to look at; ``None`` looks at those of no matter.
        today: as of this day.
    """
    today = today or timezone.localdate()
    touched = touched or Touched()
    numbers = sorted(touched.numbers)
    for start in range(0, len(numbers), CHUNK):
        with transaction.atomic():
            expect_matters(agency_id, numbers[start : start + CHUNK], today)
    with transaction.atomic():
        for series in sorted(touched.series):
            expect_series(agency_id, series, today)
        save(
            agency_id,
            [
                *expect_pattern(agency_id, today),
                *expect_scope(agency_id, today),
                *expect_roster(agency_id, today),
                *expect_sound(agency_id, today),
            ],
            today,
        )
        sum_up(agency_id)


def sweep() -> int:
    """Every agency as of today: what fell due, last year's pattern, who has gone quiet; by the worker."""
    today = timezone.localdate()
    Expectation.objects.filter(state=State.OPEN, due_on__lt=today).update(state=State.OVERDUE)
    agencies = Organisation.objects.filter(kind__in=("agency", "village"), active=True)
    ids = list(agencies.values_list("id", flat=True))
    for agency_id in ids:
        refresh(agency_id, today=today)
    for ended_id in whole_heirs():
        sum_up(ended_id)
    return len(ids)


def expect_matters(agency_id: UUID, numbers: Sequence[str], today: datetime.date) -> None:
    """Compares the closed matters that bear these numbers with the records that bear them."""
    matters = ClosedMatter.objects.filter(agency_id=agency_id, folded__in=numbers)
    came = {
        row["folded"]: row
        for row in Arrival.objects.filter(agency_id=agency_id, folded__in=numbers)
        .values("folded")
        .annotate(documents=Sum("documents"), last=Max("filed_on"))
    }
    found = []
    for matter in matters:
        expected = max(len(matter.documents), 1)
        arrived = came.get(matter.folded)
        found.append(
            Expectation(
                agency_id=agency_id,
                department_id=matter.department_id,
                ground=Ground.MATTER,
                key=f"matter:{matter.folded}",
                number=matter.number,
                title=matter.title,
                year=matter.closed_on.year,
                category=matter.category,
                due_on=due_of(matter.closed_on.year),
                expected=expected,
                came=min(arrived["documents"] or 1, expected) if arrived else 0,
                met_on=arrived["last"] if arrived else None,
            )
        )
    save(agency_id, found, today)


def expect_series(agency_id: UUID, series: str, today: datetime.date) -> None:
    """The numbers that a series of the agency's own lacks, neither registered nor filed."""
    filed = Arrival.objects.filter(agency_id=agency_id, series=series)
    matters = ClosedMatter.objects.filter(agency_id=agency_id, series=series)
    if not (matters.exists() or filed.filter(issued=True).exists()):
        return
    came = dict(filed.values_list("serial").annotate(Min("filed_on")).order_by())
    registered = set(matters.values_list("serial", flat=True))
    rule = rules("gap")
    year = int(series[-5:-1])
    lacking = missing_serials(set(came) | registered, rule["least_known"], rule["least_share"])
    key = f"gap:{series}"
    known = Expectation.objects.filter(agency_id=agency_id, ground=Ground.GAP, key__startswith=f"{key}:")
    overtaken = registered - set(came)
    known.filter(key__in=[f"{key}:{serial}" for serial in overtaken]).delete()
    filled = set(came) & {int(text.rpartition(":")[2]) for text in known.values_list("key", flat=True)}
    save(
        agency_id,
        [
            Expectation(
                agency_id=agency_id,
                ground=Ground.GAP,
                key=f"{key}:{serial}",
                number=f"{series}{serial}号",
                title=_("%(number)s：前后各号都有，独缺此号") % {"number": f"{series}{serial}号"},
                year=year,
                due_on=due_of(year),
                came=int(serial in filled),
                met_on=came.get(serial),
            )
            for serial in [*lacking, *sorted(filled)]
        ],
        today,
    )


def save(agency_id: UUID, found: Iterable[Expectation], today: datetime.date) -> None:
    """Stores expectations as they are now found; what people said of them stays."""
    rows = {row.key: row for row in found}
    kept = _by_key(agency_id, list(rows))
    for key, row in rows.items():
        before = kept.get(key)
        if before:
            row.explanation, row.decision = before.explanation, before.decision
            row.met_on = row.met_on or before.met_on
        row.settle(today)
    fresh = [row for key, row in rows.items() if key not in kept]
    changed = [row for key, row in rows.items() if key in kept and _differs(row, kept[key])]
    for start in range(0, len(fresh), CHUNK):
        Expectation.objects.bulk_create(fresh[start : start + CHUNK], ignore_conflicts=True)
    for row in changed:
        row.id = kept[row.key].id
    Expectation.objects.bulk_update(changed, _SETTLED, batch_size=CHUNK)


def _by_key(agency_id: UUID, keys: Sequence[str]) -> dict[str, Expectation]:
    found: dict[str, Expectation] = {}
    for start in range(0, len(keys), CHUNK):
        wanted = Q(agency_id=agency_id, key__in=keys[start : start + CHUNK])
        found |= {row.key: row for row in Expectation.objects.filter(wanted)}
    return found


def _differs(row: Expectation, before: Expectation) -> bool:
    names = ("department_id" if name == "department" else name for name in _SETTLED)
    return any(getattr(row, name) != getattr(before, name) for name in names)
