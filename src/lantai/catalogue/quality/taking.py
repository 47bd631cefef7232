"""Taking quality: what changed is marked due by fonds and year, and a job walks what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.identifiers import new_id
from lantai.core.jobs import Job, JobRun, JobState, start
from lantai.core.language import gettext as _
from lantai.records.api import Fonds, Record, RecordsChanged, State, insert_values

from .models import QualityDue, QualityFailure, QualityScore
from .rules import COLUMNS, Judge, Row, Rule, points

TAKE = "catalogue.quality"
HIDDEN = (State.RETURNED, State.DESTROYED, State.COMBINED, State.ISOLATED)
_ASKED_AT_ONCE = 500
_WRITTEN_AT_ONCE = 5_000
_PLACES_AT_ONCE = 32
"""Written in one transaction: waiting for the disk for each costs more than judging its records."""
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
    standing = _counted(Record.objects.all())
    standing.subtract(_counted(Record.objects.filter(state__in=HIDDEN)))
    taken: Counter[tuple[UUID, int]] = Counter()
    for fonds_id, year, records in QualityScore.objects.values_list("fonds_id", "year", "records"):
        taken[fonds_id, year or 0] += records
    mark_due(place for place in {*standing, *taken} if standing[place] != taken[place])


def _counted(records: QuerySet[Record]) -> Counter[tuple[UUID, int]]:
    """How many by fonds and year.

    All of them are read from an index alone, as those of a state are: together a tenth of what it takes to
    look up the state of each.
    """
    rows = records.order_by().values_list("fonds_id", "year").annotate(count=Count("id"))
    return Counter({(fonds_id, year or 0): count for fonds_id, year, count in rows})


def take_what_is_due() -> None:
    """Has the worker look at what is due; costs one query when there is nothing."""
    under_way = Job.objects.filter(kind=TAKE, state__in=[JobState.QUEUED, JobState.RUNNING])
    if QualityDue.objects.exists() and not under_way.exists():
        start(TAKE, SYSTEM, title=_("检查目录质量"))


def take_quality(run: JobRun) -> Counter[str]:
    """Looks at every fonds and year that is due; one killed meanwhile is looked at again."""
    due = list(QualityDue.objects.order_by("since", "id"))
    run.step(_("检查目录质量，按全宗和年度"), total=len(due))
    archives = dict(Fonds.objects.values_list("id", "archive_id"))
    today = date.today()  # noqa: DTZ011 - a calendar day, as dates on records are
    judges = {archive_id: Judge(archive_id, today) for archive_id in set(archives.values())}
    counts: Counter[str] = Counter()
    for start_at in range(0, len(due), _PLACES_AT_ONCE):
        marks = due[start_at : start_at + _PLACES_AT_ONCE]
        places = [_Place(mark, judges[archives[mark.fonds_id]]) for mark in marks]
        for place in places:
            counts += place.look()
        with transaction.atomic():
            for place in places:
                place.replace()
        run.advance(len(marks))
    return counts


class _Place:
    """One fonds and year: its records judged anew, then what was known of them replaced."""

    def __init__(self, mark: QualityDue, judge: Judge) -> None:
        self.mark = mark
        self.judge = judge
        self.year = mark.year or None
        self.scores: dict[UUID, QualityScore] = {}
        self.failures: list[tuple[str | int | None, ...]] = []
        self.cleared = False

    def look(self) -> Counter[str]:
        """Judges every record; reads only, but for failures that are too many to be kept here."""
        self.judge.begin()
        for row in _rows(self.mark.fonds_id, self.year):
            self._add(row, self.judge.faults(row))
            if len(self.failures) >= _WRITTEN_AT_ONCE:
                with transaction.atomic():  # a short one: others write meanwhile
                    self._write()
        scores = self.scores.values()
        return Counter(records=sum(s.records for s in scores), failing=sum(s.failing for s in scores))

    def replace(self) -> None:
        """Writes scores and failures, in the caller's transaction."""
        self._write()
        known = QualityScore.objects.filter(fonds_id=self.mark.fonds_id, year=self.year)
        since = dict(known.values_list("agency_id", "failing_since"))
        for agency_id, score in self.scores.items():
            score.failing_since = (since.get(agency_id) or score.taken_at) if score.failing else None
        known.delete()
        QualityScore.objects.bulk_create(self.scores.values())
        QualityDue.objects.filter(id=self.mark.id, since=self.mark.since).delete()

    def _add(self, row: Row, faults: Sequence[tuple[Rule, str]]) -> None:
        score = self.scores.get(row.agency_id)
        if score is None:
            score = self.scores[row.agency_id] = QualityScore(
                fonds_id=self.mark.fonds_id, agency_id=row.agency_id, year=self.year
            )
        score.records += 1
        score.points += points(faults)
        score.failing += bool(faults)
        for rule, detail in faults:
            score.by_rule[rule.key] = score.by_rule.get(rule.key, 0) + 1
            self.failures.append(
                (new_id().hex, row.id.hex, self.mark.fonds_id.hex, self.year, rule.key, detail)
            )

    def _write(self) -> None:
        if not self.cleared:
            QualityFailure.objects.filter(fonds_id=self.mark.fonds_id, year=self.year).delete()
            self.cleared = True
        insert_values(QualityFailure, _FIELDS, self.failures)
        self.failures = []


def _rows(fonds_id: UUID, year: int | None) -> Iterator[Row]:
    records = Record.objects.filter(fonds_id=fonds_id, year=year).exclude(state__in=HIDDEN)
    return map(Row._make, records.order_by().values_list(*COLUMNS).iterator(chunk_size=2_000))
