"""What somebody may set up: fonds, schemes, schedules and volumes of one's own agency or archive."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.institutions.api import Organisation, answers_for

from .models import Fonds, RetentionRule, RetentionSchedule, Scheme, Volume

Row = TypeVar("Row")
SOURCES = (Organisation.Kind.AGENCY, Organisation.Kind.VILLAGE, Organisation.Kind.ARCHIVE)
"""Organisations whose records make a fonds."""


def own_fonds(actor: Actor) -> QuerySet[Fonds]:
    """The fonds that the actor's agency made, or that the actor's archive keeps."""
    own = _own(actor)
    return Fonds.objects.filter(Q(creator__in=answers_for(own)) | Q(archive_id=own)).select_related(
        "creator", "archive"
    )


def own_creators(actor: Actor) -> QuerySet[Organisation]:
    """Whose records the actor may set up a fonds for: one's own, and those that one's archive receives."""
    own = _own(actor)
    return Organisation.objects.filter(Q(id__in=answers_for(own)) | Q(archive_id=own), kind__in=SOURCES)


def creators_without_fonds(actor: Actor) -> QuerySet[Organisation]:
    """Of those, the others that can file nothing yet."""
    others = own_creators(actor).exclude(id=_own(actor))
    return others.filter(created_fonds=None, active=True)


def can_file(agency_id: UUID) -> bool:
    """Whether an agency has a scheme, and so a fonds, to file anything in."""
    return Scheme.objects.filter(fonds__creator_id=agency_id).exists()


def fonds_for(fonds_id: UUID, actor: Actor) -> Fonds:
    """One fonds to set up.

    Raises:
        NotFound: there is none, or it belongs to somebody else.
    """
    return _found(own_fonds(actor).filter(id=fonds_id).first())


def creator_for(agency_id: UUID, actor: Actor) -> Organisation:
    """One agency whose schedule may be set up; raises as :func:`fonds_for`."""
    return _found(own_creators(actor).filter(id=agency_id).first())


def scheme_for(scheme_id: UUID, actor: Actor) -> Scheme:
    """One scheme to set up; raises as :func:`fonds_for`."""
    schemes = Scheme.objects.filter(fonds__in=own_fonds(actor)).select_related("fonds__creator")
    return _found(schemes.filter(id=scheme_id).first())


def schedule_for(schedule_id: UUID, actor: Actor) -> RetentionSchedule:
    """One schedule to edit; raises as :func:`fonds_for`."""
    schedules = RetentionSchedule.objects.filter(agency__in=own_creators(actor)).select_related("agency")
    return _found(schedules.filter(id=schedule_id).first())


def rule_for(rule_id: UUID, actor: Actor) -> RetentionRule:
    """One rule to edit; raises as :func:`fonds_for`."""
    rules = RetentionRule.objects.filter(schedule__agency__in=own_creators(actor))
    return _found(rules.select_related("schedule__agency").filter(id=rule_id).first())


def volume_for(volume_id: UUID, actor: Actor) -> Volume:
    """One volume to take apart; raises as :func:`fonds_for`."""
    volumes = Volume.objects.filter(fonds__in=own_fonds(actor)).select_related("scheme", "fonds")
    return _found(volumes.filter(id=volume_id).first())


def unnumbered_volumes(scheme: Scheme, year: int) -> QuerySet[Volume]:
    """The year's volumes of which no item is numbered yet, so that they may still be taken apart."""
    numbered = Count("records", filter=~Q(records__reference_code=""))
    volumes = Volume.objects.filter(scheme=scheme, year=year).annotate(items=Count("records"), coded=numbered)
    return volumes.filter(coded=0).order_by("retention", "number")


def _own(actor: Actor) -> UUID:
    """The actor's organisation; of somebody without one, nobody's."""
    return actor.organisation_id or UUID(int=0)


def _found(row: Row | None) -> Row:
    if row is None:
        raise NotFound(_("没有这一项，或者它不归您设置。"), remedy=_("请从“全宗与方案”一页进入。"))
    return row
