"""One line an agency: who is late, with what, since when; within the supervisor's region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, QuerySet, Sum
from django.utils import timezone

from lantai.capture import api as capture
from lantai.catalogue.api import QualityLine, quality_of
from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.inspection.api import Report, ReportFinding, plan_in_force
from lantai.institutions.api import Organisation, Region, whole_heirs
from lantai.records.api import categories
from lantai.transfer import api as transfer

from .models import Reminder

KINDS = ("agency", "village")
SORTS = ("overdue", "since", "late", "returned", "described", "name")
FAULTS_SHOWN = 5
_COUNTED = ("met", "late", "explained", "waiting", "overdue")


@dataclass(slots=True)
class Line:
    """An agency's line.

    Attributes:
        met: came in time. The five figures add up to ``expected``.
        late: came after it was due.
        explained: did not come, and the agency said why.
        waiting: not due yet.
        overdue: due, and neither came nor explained.
        overdue_by: the overdue ones by ground.
        since: when the oldest overdue one was due.
        handed_in: items inspected when they were handed in.
        returned: how many of those came back.
        described: how good its entries in the catalogue are; ``None`` where none was looked at.
        reminded_on: when the agency was last reminded.
    """

    agency: Organisation
    met: int = 0
    late: int = 0
    explained: int = 0
    waiting: int = 0
    overdue: int = 0
    overdue_by: Counter[str] = field(default_factory=Counter)
    since: date | None = None
    handed_in: int = 0
    returned: int = 0
    described: QualityLine | None = None
    reminded_on: date | None = None

    @property
    def expected(self) -> int:
        """Everything expected."""
        return self.met + self.late + self.explained + self.waiting + self.overdue

    @property
    def return_rate(self) -> float:
        """Share of what was handed in that came back, 0 to 1."""
        return self.returned / self.handed_in if self.handed_in else 0.0

    @property
    def days_late(self) -> int:
        """How long the oldest overdue one has been due."""
        return (timezone.localdate() - self.since).days if self.since else 0

    @property
    def grounds(self) -> list[tuple[str, int]]:
        """What is overdue, in words, the most first."""
        labels = dict(capture.Expectation.Ground.choices)
        return [(str(labels[ground]), count) for ground, count in self.overdue_by.most_common()]

    @property
    def parts(self) -> list[tuple[str, float, float]]:
        """The bar: what, where it begins and how wide it is, of 100."""
        drawn, start = [], 0.0
        for name in _COUNTED:
            width = 100 * getattr(self, name) / self.expected if self.expected else 0.0
            drawn.append((name, round(start, 2), round(width, 2)))
            start += width
        return [part for part in drawn if part[2]]


def agencies_for(actor: Actor) -> QuerySet[Organisation]:
    """The agencies and villages of the supervisor's own region and those below it."""
    found = Organisation.objects.filter(kind__in=KINDS, active=True).select_related("region")
    if "system" in actor.roles:
        return found
    own = (
        Organisation.objects.filter(id=actor.organisation_id or UUID(int=0)).select_related("region").first()
    )
    return found.filter(region__path__startswith=own.region.path) if own else found.none()


def agency_for(actor: Actor, agency_id: UUID) -> Organisation:
    """One of them.

    Raises:
        NotFound: there is none, or not in this region.
    """
    found = agencies_for(actor).filter(id=agency_id).first()
    if found is None:
        raise NotFound(_("本区域没有这个单位。"), subject=str(agency_id), remedy=_("请从监管一览里打开。"))
    return found


def lines(
    actor: Actor, *, year: int | None = None, region: str = "", kind: str = "", sort: str = "overdue"
) -> list[Line]:
    """Every agency's line.

    Args:
        actor: whose region.
        year: of one year; ``None`` for all.
        region: division code; only agencies there and below.
        kind: ``agency`` or ``village``; empty for both.
        sort: one of ``SORTS``; the worst comes first.
    """
    require(actor, "supervision.see")
    chosen = agencies_for(actor)
    if region:
        path = Region.objects.filter(division_code=region).values_list("path", flat=True).first()
        chosen = chosen.filter(region__path__startswith=path) if path else chosen.none()
    if kind in KINDS:
        chosen = chosen.filter(kind=kind)
    found = {agency.id: Line(agency) for agency in chosen}
    _add_tallies(found, year)
    _add_returned(found)
    _add_described(found)
    newest = Reminder.objects.filter(agency__in=found).order_by("sent_on")
    for agency_id, sent_on in newest.values_list("agency_id", "sent_on"):
        found[agency_id].reminded_on = sent_on
    return sorted(found.values(), key=_SORT_KEYS.get(sort, _SORT_KEYS["overdue"]))


def years_for(actor: Actor) -> list[int]:
    """The years anything is expected of, newest first."""
    ids = set(agencies_for(actor).values_list("id", flat=True))
    ids |= {ended for ended, heir in whole_heirs().items() if heir in ids}
    return sorted(set(capture.tallies(list(ids)).values_list("year", flat=True)), reverse=True)


@dataclass(frozen=True, slots=True)
class Owed:
    """What an agency owes of one year and class.

    Attributes:
        category: code of the class (门类); empty where nothing tells it.
        name: its name.
        count: how many are overdue.
        since: when the oldest of them was due.
    """

    year: int
    category: str
    name: str
    count: int
    since: date


def owed_by_class(agency_id: UUID) -> list[Owed]:
    """What an agency owes, by year and class, the oldest year first."""
    overdue = capture.expectations_of(agency_id).filter(state=capture.Expectation.State.OVERDUE)
    rows = overdue.values("year", "category").annotate(count=Count("id"), since=Min("due_on"))
    names = categories()
    return [
        Owed(name=names.get(row["category"], row["category"]), **row)
        for row in rows.order_by("year", "category")
    ]


def common_faults(agency_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Why items came back most often: the check's ``code`` and ``name``, and how many items (``count``)."""
    rules = plan_in_force(None, "GD").rules
    rows = (
        ReportFinding.objects.filter(
            report__organisation__in=agency_ids, report__stage="GD", item_returned=True, outcome="fail"
        )
        .values("code", "key")
        .annotate(count=Count("id"))
        .order_by("-count", "code")
    )
    return [
        row | {"name": rules[row["key"]].name if row["key"] in rules else row["key"]}
        for row in rows[:FAULTS_SHOWN]
    ]


def transfers_due(agency_id: UUID) -> list[transfer.DueLine]:
    """What the agency should hand over to its archive this year, or should have before."""
    return [line for line in transfer.plan(agency_id=agency_id) if line.standing in {"overdue", "due"}]


def _add_tallies(found: Mapping[UUID, Line], year: int | None) -> None:
    heirs = {ended: heir for ended, heir in whole_heirs().items() if heir in found}
    for tally in capture.tallies([*found, *heirs], year):
        line = found[heirs.get(tally.agency_id, tally.agency_id)]
        for name in _COUNTED:
            setattr(line, name, getattr(line, name) + getattr(tally, name))
        line.overdue_by.update(tally.overdue_by)
        line.since = min(filter(None, (line.since, tally.oldest_due)), default=None)


def _add_returned(found: Mapping[UUID, Line]) -> None:
    rows = (
        Report.objects.filter(organisation__in=list(found), stage="GD")
        .values("organisation_id")
        .annotate(items=Sum("item_count"), accepted=Sum("accepted_count"))
        .order_by()
    )
    for row in rows:
        line = found[row["organisation_id"]]
        line.handed_in, line.returned = row["items"], row["items"] - row["accepted"]


def _add_described(found: Mapping[UUID, Line]) -> None:
    for told in quality_of("agency", agency_ids=list(found)):
        found[UUID(told.key)].described = told


_SORT_KEYS: dict[str, Any] = {
    "overdue": lambda line: (-line.overdue, line.since or date.max, line.agency.code),
    "since": lambda line: (line.since or date.max, -line.overdue, line.agency.code),
    "late": lambda line: (-line.late, -line.overdue, line.agency.code),
    "returned": lambda line: (-line.return_rate, -line.returned, line.agency.code),
    "described": lambda line: (line.described.score if line.described else 101.0, line.agency.code),
    "name": lambda line: (line.agency.region.path, line.agency.code),
}
