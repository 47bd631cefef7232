"""Taking quality: what changed is marked due by fonds and year, and a job walks what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.identifiers import new_id
from lantai.core.jobs import Job, JobRun, JobState, start
from lantai.core.language import gettext as _
from lantai.records.api import Fonds, Record, RecordsChanged, State, insert_values

from .models import QualityDue, QualityFailure, QualityScore
from .rules import COLUMNS, Judge, Row, points

TAKE = "catalogue.quality"
HIDDEN = (State.RETURNED, State.DESTROYED, State.COMBINED, State.ISOLATED)
_ASKED_AT_ONCE = 500
_WRITTEN_AT_ONCE = 5_000
_FIELDS = ("id", "record", "fonds", "year", "rule", "detail")


def follow_records(events: Sequence[RecordsChanged]) -> None:
    """Marks the fonds and years of changed records due; costs one query for five hundred of them."""
    ids = list(dict.fromkeys(record_id for event in events for record_id in event.record_ids))
    places: set[tuple[UUID, int]] = set()
    for start_at in range(0, len(ids), _ASKED_AT_ONCE):
        piece = ids[start_at : start_at + _ASKED_AT_ONCE]
        for rows in (Record.objects.filter(id__in=piece), QualityFailure.objects.filter(record__in=piece)):
            found = rows.order_by().values_list("fonds_id", "year").distinct()
            places |= {(fonds_id, year or 0) for fonds_id, year in found}
    mark_due(places)


def mark_due(places: Iterable[tuple[UUID, int]]) -> None:
    """Has these fonds and years looked at again."""
    now = timezone.now()
    QualityDue.objects.bulk_create(
        [QualityDue(fonds_id=fonds_id, year=year, since=now) for fonds_id, year in sorted(places)],
        update_conflicts=True, unique_fields=["fonds", "year"], update_fields=["since"],
    )  # fmt: skip


def mark_what_differs() -> None:
    """Once a day: marks every fonds and year whose records are more or fewer than were looked at.

    A record that went to another year told only of the new one.
    """
    standing = {
        (fonds_id, year or 0): count
        for fonds_id, year, count in Record.objects.exclude(state__in=HIDDEN)
        .order_by()
        .values_list("fonds_id", "year")
        .annotate(count=Count("id"))
    }
    taken: Counter[tuple[UUID, int]] = Counter()
    for fonds_id, year, records in QualityScore.objects.values_list("fonds_id", "year", "records"):
        taken[fonds_id, year or 0] += records
    mark_due(place for place in {*standing, *taken} if standing.get(place, 0) != taken.get(place, 0))


def take_what_is_due() -> None:
    """Has the worker look at what is due; costs one query when there is nothing."""
    under_way = Job.objects.filter(kind=TAKE, state__in=[JobState.QUEUED, JobState.RUNNING])
    if QualityDue.objects.exists() and not under_way.exists():
        start(TAKE, SYSTEM, title=_("检查目录质量"))


def take_quality(run: JobRun) -> Counter[str]:
    """Looks at every fonds and year that is due; one killed meanwhile is looked at again."""
    due = list(QualityDue.objects.order_by("since", "id"))
    run.step(_("检查目录质量，按全宗和年度"), total=len(due))
    counts: Counter[str] = Counter()
    for mark in due:
        counts += take_place(mark)
        run.advance()
    return counts


def take_place(mark: QualityDue) -> Counter[str]:
    """Judges the records of one fonds and year anew, and replaces what was known of them."""
    year = mark.year or None
    fonds = Fonds.objects.only("archive_id").get(id=mark.fonds_id)
    judge = Judge(fonds.archive_id, date.today())  # noqa: DTZ011 - a calendar day, as dates on records are
    QualityFailure.objects.filter(fonds_id=mark.fonds_id, year=year).delete()
    scores: dict[UUID, QualityScore] = {}
    waiting: list[tuple[str | int | None, ...]] = []
    for row in _rows(mark.fonds_id, year):
        faults = judge.faults(row)
        score = scores.get(row.agency_id)
        if score is None:
            score = scores[row.agency_id] = QualityScore(
                fonds_id=mark.fonds_id, agency_id=row.agency_id, year=year
            )
        score.records += 1
        score.points += points(faults)
        score.failing += bool(faults)
        for rule, detail in faults:
            score.by_rule[rule.key] = score.by_rule.get(rule.key, 0) + 1
            waiting.append((new_id().hex, row.id.hex, mark.fonds_id.hex, year, rule.key, detail))
        if len(waiting) >= _WRITTEN_AT_ONCE:
            _write(waiting)
    _write(waiting)
    with transaction.atomic():
        known = QualityScore.objects.filter(fonds_id=mark.fonds_id, year=year)
        since = dict(known.values_list("agency_id", "failing_since"))
        for agency_id, score in scores.items():
            score.failing_since = (since.get(agency_id) or score.taken_at) if score.failing else None
        known.delete()
        QualityScore.objects.bulk_create(scores.values())
        QualityDue.objects.filter(id=mark.id, since=mark.since).delete()
    return Counter(
        records=sum(s.records for s in scores.values()), failing=sum(s.failing for s in scores.values())
    )


def _rows(fonds_id: UUID, year: int | None) -> Iterator[Row]:
    records = Record.objects.filter(fonds_id=fonds_id, year=year).exclude(state__in=HIDDEN)
    return map(Row._make, records.order_by().values_list(*COLUMNS).iterator(chunk_size=2_000))


def _write(waiting: list[tuple[str | int | None, ...]]) -> None:
    """Short transactions: others write meanwhile."""
    if waiting:
        with transaction.atomic():
            insert_values(QualityFailure, _FIELDS, waiting)
        waiting.clear()
