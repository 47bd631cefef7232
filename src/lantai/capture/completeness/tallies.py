"""The sum of an agency's expectations, year by year."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Min
from django.utils import timezone

from .models import Expectation, Tally

State = Expectation.State
_COUNTED = ("met", "late", "explained", "waiting", "overdue", "overdue_by", "oldest_due", "refreshed_at")
_COLUMN = {State.OPEN: "waiting", State.EXPLAINED: "explained", State.OVERDUE: "overdue"}


def sum_up(agency_id: UUID) -> None:
    """Writes the agency's line of every year anew."""
    rows: Any = (
        Expectation.objects.filter(agency_id=agency_id)
        .values("year", "state", "late", "ground")
        .annotate(count=Count("id"))
        .order_by()
    )
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    grounds: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        column = ("late" if row["late"] else "met") if row["state"] == State.MET else _COLUMN[row["state"]]
        counted[row["year"]][column] += row["count"]
        if row["state"] == State.OVERDUE:
            grounds[row["year"]][row["ground"]] += row["count"]
    oldest: dict[int, date] = dict(
        Expectation.objects.filter(agency_id=agency_id, state=State.OVERDUE)
        .values_list("year")
        .annotate(Min("due_on"))
        .order_by()
    )
    Tally.objects.filter(agency_id=agency_id).exclude(year__in=counted).delete()
    Tally.objects.bulk_create(
        [
            Tally(
                agency_id=agency_id,
                year=year,
                overdue_by=dict(grounds[year]),
                oldest_due=oldest.get(year),
                refreshed_at=timezone.now(),
                **{name: counts[name] for name in ("met", "late", "explained", "waiting", "overdue")},
            )
            for year, counts in counted.items()
        ],
        update_conflicts=True,
        unique_fields=["agency", "year"],
        update_fields=_COUNTED,
    )
