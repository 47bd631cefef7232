"""What came: every record an agency filed, reduced to what is compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from lantai.records.api import Proposer, Record, RecordsChanged, State

from .expecting import Touched, refresh
from .models import Arrival
from .numbers import fold_number, series_of
from .rules import rules

CHUNK = 500
_GONE = (State.DESTROYED, State.ISOLATED)
_TELLING = {"created", "described", "arranged", "restored"}
_COLUMNS = (
    "id", "agency_id", "agency__name", "department_id", "scheme__category", "created_at", "date_start",
    "date_certainty", "document_number", "responsible", "title", "year", "state",
)  # fmt: skip


def note_arrivals(events: Sequence[RecordsChanged]) -> None:
    """Takes in records made or changed and recomputes what they touch; repeating it is harmless."""
    ids = list({record_id for event in events if event.what in _TELLING for record_id in event.record_ids})
    touched: dict[UUID, Touched] = defaultdict(Touched)
    for start in range(0, len(ids), CHUNK):
        with transaction.atomic():
            for agency_id, found in _note(ids[start : start + CHUNK]).items():
                touched[agency_id] |= found
    for agency_id, found in touched.items():
        refresh(agency_id, found)


def _note(record_ids: Sequence[UUID]) -> dict[UUID, Touched]:
    """Arrivals of these records as they are now; returns what they were and are, by agency."""
    touched: dict[UUID, Touched] = defaultdict(Touched)
    known = {row.record_id: row for row in Arrival.objects.filter(record__in=record_ids)}
    for row in known.values():
        touched[row.agency_id].add(row)
    first_year = timezone.localdate().year - rules("arrivals")["years_back"]
    found = Record.objects.filter(id__in=record_ids, year__gte=first_year).exclude(state__in=_GONE)
    rows = list(found.values(*_COLUMNS).annotate(document_count=Count("documents")))
    arrivals = list(_arrivals(rows, known))
    for arrival in arrivals:
        touched[arrival.agency_id].add(arrival)
    Arrival.objects.filter(record__in=set(known) - {arrival.record_id for arrival in arrivals}).delete()
    fields = [field.name for field in Arrival._meta.concrete_fields if not field.primary_key]
    Arrival.objects.bulk_create(
        arrivals, update_conflicts=True, unique_fields=["record"], update_fields=fields
    )
    return touched


def _arrivals(rows: Iterable[dict[str, Any]], known: dict[UUID, Arrival]) -> Iterable[Arrival]:
    proposers: dict[UUID, Proposer] = {}
    for row in rows:
        before = known.get(row["id"])
        if row["state"] == State.COMBINED and before:
            yield before  # it came, even if its documents lie in another record now
            continue
        if row["agency_id"] not in proposers:
            proposers[row["agency_id"]] = Proposer(row["agency_id"])
        proposal = proposers[row["agency_id"]].propose(
            row["title"], department_id=row["department_id"], issuer=row["responsible"]
        )
        folded = fold_number(row["document_number"])
        series = series_of(folded)
        month_known = row["date_start"] and row["date_certainty"] in {"exact", "month"}
        yield Arrival(
            record_id=row["id"],
            agency_id=row["agency_id"],
            category=row["scheme__category"] or "",
            year=row["year"],
            month=row["date_start"].month if month_known else 0,
            filed_on=timezone.localdate(row["created_at"]),
            folded=folded,
            series=series[0] if series else "",
            serial=series[2] if series else 0,
            issued=row["agency__name"] in row["responsible"],
            documents=row["document_count"],
            rule=proposal.rule_number if proposal else "",
        )
