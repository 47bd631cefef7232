"""Accounting records in the accounting office's custody, and when they are due at the record office.

会计档案管理办法 article 11: a fiscal year's records stay with the accounting office for a year after it
ends; with the record office's consent longer, three years at most. The record office takes them over
by numbering them: what is captured and not yet filed is still with the accounting office.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from django.db.models import Count
from django.utils import timezone

from lantai.packages.api import custody_ends
from lantai.records.api import Record, State

CATEGORY = "KU"


@dataclass(frozen=True, slots=True)
class Custody:
    """A fiscal year's accounting records that the record office does not have yet.

    Attributes:
        year: fiscal year.
        records: how many.
        scheme_id: the scheme they are filed by.
        due: when they are to be handed over.
        latest: when at the latest, if the record office agrees.
        standing: ``custody`` not due yet, ``due``, or ``overdue`` past the latest day.
    """

    year: int
    records: int
    scheme_id: UUID
    due: date
    latest: date
    standing: Literal["custody", "due", "overdue"]


def custodies(agency_id: UUID, today: date | None = None) -> list[Custody]:
    """An agency's accounting records that the accounting office still holds, oldest year first."""
    now = today or timezone.localdate()
    rows = (
        Record.objects.filter(agency_id=agency_id, scheme__category=CATEGORY, state=State.CAPTURED)
        .exclude(year=None)
        .values_list("year", "scheme_id")
        .annotate(records=Count("id"))
        .order_by("year", "scheme_id")
    )
    return [_custody(year, scheme_id, records, now) for year, scheme_id, records in rows]


def _custody(year: int, scheme_id: UUID, records: int, now: date) -> Custody:
    due, latest = custody_ends(year)
    standing: Literal["custody", "due", "overdue"] = (
        "overdue" if now > latest else "due" if now > due else "custody"
    )
    return Custody(year, records, scheme_id, due, latest, standing)
