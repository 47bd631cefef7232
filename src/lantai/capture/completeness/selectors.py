"""Reading completeness: what an agency still owes, what waits for its archive, the sums."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.models import Min, Q, QuerySet, Sum

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, allows
from lantai.institutions.api import Organisation, answers_for, whole_heirs

from .models import Expectation, Tally

State = Expectation.State


def expectations_of(agency_id: UUID) -> QuerySet[Expectation]:
    """Everything expected of an agency and of those it succeeded."""
    return Expectation.objects.filter(agency__in=answers_for(agency_id)).select_related("department")


def own_expectations(actor: Actor) -> QuerySet[Expectation]:
    """What is expected of the actor: of the whole agency for its record office, else of the department."""
    if actor.organisation_id is None:
        return Expectation.objects.none()
    found = expectations_of(actor.organisation_id)
    overseer = allows(actor, "capture.oversee", Scope(organisation_id=actor.organisation_id))
    if overseer or actor.department_id is None:
        return found
    return found.filter(Q(department_id=actor.department_id) | Q(department=None))


def owed_by(actor: Actor) -> QuerySet[Expectation]:
    """What the actor's side still has to file or explain: overdue, or open."""
    return own_expectations(actor).filter(state__in=(State.OVERDUE, State.OPEN))


def own_expectation(actor: Actor, expectation_id: UUID) -> Expectation:
    """One of them.

    Raises:
        NotFound: there is none, or not for this actor.
    """
    return _only(own_expectations(actor), expectation_id)


def explanations_for(actor: Actor) -> QuerySet[Expectation]:
    """Explanations that wait for the actor's archive."""
    waiting = Expectation.objects.filter(state=State.EXPLAINED, decision=Expectation.Decision.NONE)
    sources = Organisation.objects.filter(archive_id=actor.organisation_id)
    return waiting.filter(agency__in=sources).select_related("agency", "department")


def explanation_for(actor: Actor, expectation_id: UUID) -> Expectation:
    """One of the expectations of the archive's agencies, whatever its state.

    Raises:
        NotFound: there is none.
    """
    sources = Organisation.objects.filter(archive_id=actor.organisation_id)
    return _only(Expectation.objects.filter(agency__in=sources).select_related("agency"), expectation_id)


def tallies(agency_ids: Sequence[UUID], year: int | None = None) -> QuerySet[Tally]:
    """The sums of these agencies alone, of one year or of all."""
    found = Tally.objects.filter(agency__in=agency_ids)
    return found if year is None else found.filter(year=year)


def overdue_of(agency_id: UUID) -> tuple[int, date | None]:
    """How much of an agency's and its predecessors' is overdue, and since when the oldest has been."""
    found = Tally.objects.filter(agency__in=answers_for(agency_id)).aggregate(
        count=Sum("overdue"), oldest=Min("oldest_due")
    )
    return found["count"] or 0, found["oldest"]


def late_agencies(found_by: date) -> list[UUID]:
    """Agencies with anything overdue that has been known since a day or longer; of one that ended its heir."""
    known = Expectation.objects.filter(state=State.OVERDUE, found_on__lte=found_by)
    heirs = whole_heirs()
    late = known.order_by().values_list("agency_id", flat=True).distinct()
    return list(dict.fromkeys(heirs.get(agency_id, agency_id) for agency_id in late))


def _only(found: QuerySet[Expectation], expectation_id: UUID) -> Expectation:
    one = found.filter(id=expectation_id).first()
    if one is None:
        raise NotFound(_("没有找到这一项。"), subject=str(expectation_id), remedy=_("请从列表里打开。"))
    return one
