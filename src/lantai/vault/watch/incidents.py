"""Incidents (总库事件): damage is raised once, told on the desk, and closed by somebody's words.

What befalls one store within a day is one incident, however many objects it hits: a disk that
dies is one thing to deal with, not a million.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Invalid, NotFound
from lantai.core.ports import require
from lantai.ledger.api import append

from ..models import VaultObject
from .lately import since
from .models import Incident, IncidentObject

SAME_WITHIN = timedelta(days=1)
"""Damage of one kind on one store joins the incident raised within this time, unless it is closed."""


def raise_incident(
    kind: str, *, store: str = "", row: VaultObject | None = None, detail: str = ""
) -> Incident:
    """Raises an incident, or adds to the one that is under way; in the caller's transaction."""
    now = timezone.now()
    with transaction.atomic():
        found = _under_way(kind, store)
        if found is None:
            found = Incident.objects.create(kind=kind, store=store, detail=detail, raised_at=now, last_at=now)
            append(act="vault.raise_incident", actor=SYSTEM, subject=f"incident:{found.id}",
                   after={"kind": str(kind), "store": store})  # fmt: skip
        if row is not None:
            _add(found, row, detail)
    return found


def _under_way(kind: str, store: str) -> Incident | None:
    recent = Incident.objects.select_for_update().filter(kind=kind, store=store)
    return (
        recent.exclude(state=Incident.State.CLOSED)
        .filter(since("raised_at", SAME_WITHIN))
        .order_by("-raised_at")
        .first()
    )


def _add(incident: Incident, row: VaultObject, detail: str) -> None:
    now = timezone.now()
    known = IncidentObject.objects.filter(incident=incident, object=row).first()
    again = known is not None and known.mended_at is not None
    IncidentObject.objects.update_or_create(
        incident=incident, object=row, defaults={"detail": detail, "found_at": now, "mended_at": None}
    )
    Incident.objects.filter(id=incident.id).update(
        state=Incident.State.OPEN,
        last_at=now,
        mended_at=None,
        objects_count=F("objects_count") + int(known is None),
        mended_count=F("mended_count") - int(again),
    )


def tell_mended(row: VaultObject, store: str) -> None:
    """Notes that an object is whole again on a store; the incident then waits for a person's word."""
    of_store = Q(incident__store=store, incident__kind__in=[Incident.Kind.DAMAGED, Incident.Kind.MISSING])
    _note_mended(
        IncidentObject.objects.filter(
            of_store | Q(incident__kind=Incident.Kind.LOST), object=row, mended_at=None
        )
    )


def tell_fit(row: VaultObject) -> None:
    """Notes that an object passes the long-term inspection again."""
    _note_mended(
        IncidentObject.objects.filter(incident__kind=Incident.Kind.UNFIT, object=row, mended_at=None)
    )


def _note_mended(hits: QuerySet[IncidentObject]) -> None:
    now = timezone.now()
    incident_ids = set(hits.values_list("incident_id", flat=True))
    if not incident_ids:
        return
    with transaction.atomic():
        hits.update(mended_at=now)
        touched = Incident.objects.filter(id__in=incident_ids)
        touched.update(mended_count=F("mended_count") + 1)
        touched.filter(state=Incident.State.OPEN, mended_count__gte=F("objects_count")).update(
            state=Incident.State.MENDED, mended_at=now
        )


def close_incident(*, incident_id: UUID, words: str, actor: Actor) -> Incident:
    """Closes an incident with what was found and done.

    Raises:
        Forbidden: the actor may not.
        NotFound: there is none.
        Invalid: nothing is said.
        Conflict: it is closed already, or copies are still not whole.
    """
    require(actor, "vault.close_incident")
    if not words.strip():
        raise Invalid(_("请写明原因和处置情况。"))
    with transaction.atomic():
        held = Incident.objects.select_for_update().filter(id=incident_id).first()
        if held is None:
            raise NotFound(_("没有这个总库事件。"))
        if held.state == Incident.State.CLOSED:
            raise Conflict(_("这个事件已经处置。"), subject=held.get_kind_display())
        waiting = _still_to_mend(held)
        if waiting:
            raise Conflict(
                _("还有 %s 份副本没有修复，不能结案。") % waiting,
                subject=held.get_kind_display(),
                remedy=_("请先用完好的副本修复。"),
            )
        held.state, held.closed_at, held.words = Incident.State.CLOSED, timezone.now(), words.strip()
        held.closed_by, held.closed_by_name = actor.id, actor.name
        held.save()
        append(act="vault.close_incident", actor=actor, subject=f"incident:{held.id}",
               after={"words": held.words})  # fmt: skip
    return held


def _still_to_mend(incident: Incident) -> int:
    """Copies that a good one could mend; what is lost or erased waits for nobody."""
    if incident.kind not in {Incident.Kind.DAMAGED, Incident.Kind.MISSING}:
        return 0
    states = VaultObject.State
    beyond = [states.LOST, states.ERASING, states.ERASED]
    return incident.objects_hit.filter(mended_at=None).exclude(object__state__in=beyond).count()


def incidents() -> QuerySet[Incident]:
    """Every incident."""
    return Incident.objects.all()


def open_incidents() -> QuerySet[Incident]:
    """Those nobody has closed."""
    return Incident.objects.exclude(state=Incident.State.CLOSED)


def incident_of(incident_id: UUID) -> Incident:
    """One incident.

    Raises:
        NotFound: there is none.
    """
    found = Incident.objects.filter(id=incident_id).first()
    if found is None:
        raise NotFound(_("没有这个总库事件。"))
    return found
