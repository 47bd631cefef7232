"""A classified file found after it was taken in: shut off at once, reported, answered (隔离).

Isolating is one transaction: from its commit on no listing, search, page or interface reaches the
record, because no right reaches its mark. What remains of it on disk is purged by the vault.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.core.events import publish
from lantai.core.ports import require
from lantai.ledger.api import append
from lantai.records.api import Record, RecordsChanged, State, record_for, scope_of

from .correcting import submitted_facts
from .events import IsolationConfirmed, RecordIsolated
from .models import Correction, Handover, HandoverItem, Isolation

MARK = "隔离"
"""Stands in a record's classification; no right reaches it (``institutions/data/rights.toml``)."""
CONFIRMED, CLEARED = "confirmed", "cleared"


def isolate(*, record_id: UUID, reason: str, actor: Actor) -> Isolation:
    """Shuts a record off and reports it to the security officers.

    Args:
        record_id: one the actor can see.
        reason: where the mark was seen, without repeating what the record says.
        actor: who found it.

    Raises:
        NotFound: the actor does not see such a record.
        Forbidden: the actor is none of those who report.
        Invalid: no reason is given.
        Conflict: the archive is putting it into the vault at this moment.
    """
    record = record_for(record_id, actor)
    require(actor, "transfer.isolate", scope_of(record), subject=record.reference_code)
    if not reason.strip():
        raise Invalid(
            _("请写明在哪里见到密级标志。"),
            subject=record.reference_code,
            remedy=_("只写位置，不要写涉密内容。"),
        )
    with transaction.atomic():
        held = Record.objects.select_for_update(of=("self",)).get(id=record.id)
        if held.state == State.ISOLATED:
            raise Conflict(_("这件档案已经隔离。"), subject=held.reference_code)
        made = Isolation.objects.create(
            record=held,
            state_before=State.FILED if held.state == State.HANDING_OVER else held.state,
            classification_before=held.classification,
            reason=reason.strip()[:400],
            found_by=actor.id,
            found_by_name=actor.name,
            found_at=timezone.now(),
        )
        _leave_handover(held, actor)
        _mark(held, State.ISOLATED, MARK)
        append(
            act="transfer.isolate",
            actor=actor,
            subject=f"record:{held.id}",
            before={"state": made.state_before},
            after={"state": State.ISOLATED, "reason": made.reason},
        )
        publish(RecordIsolated(made.id))
    return made


def _leave_handover(record: Record, actor: Actor) -> None:
    """Takes it out of the hand-over it is in, whatever becomes of the others."""
    item = HandoverItem.objects.filter(
        record=record, handover__state__in=Handover.OPEN, received_at=None, returned_at=None
    ).select_related("handover")
    for row in item:
        if row.handover.state == Handover.State.RECEIVING and row.handover.acceptance:
            raise Conflict(
                _("这件档案正在入库。"), subject=record.reference_code, remedy=_("请在入库办结后立即再报。")
            )
        if row.handover.state == Handover.State.DRAFT:
            row.delete()
            continue
        row.returned_at = timezone.now()
        row.save(update_fields=["returned_at"])
        Correction.objects.create(
            returned_item=row,
            record=record,
            reasons=[_("发现密级标志，已隔离上报。")],
            first=submitted_facts(record),
            returned_by=actor.id,
            returned_by_name=actor.name,
            returned_at=row.returned_at,
        )


def _mark(record: Record, state: str, classification: str) -> None:
    record.state, record.classification, record.changed_at = state, classification, timezone.now()
    record.save(update_fields=["state", "classification", "changed_at"])
    publish(RecordsChanged((record.id,), "isolated"))


def isolations_for(actor: Actor) -> QuerySet[Isolation]:
    """All of them for security officers; those one's own organisation reported, for the others."""
    rows = Isolation.objects.select_related("record__agency", "record__archive")
    if {"system", "security_officer"} & actor.roles:
        return rows
    return rows.filter(found_by=actor.id)


def isolation_for(actor: Actor, isolation_id: UUID) -> Isolation:
    """One of them.

    Raises:
        NotFound: there is none, or not for this actor.
    """
    found = isolations_for(actor).filter(id=isolation_id).first()
    if found is None:
        raise NotFound(_("没有找到这条隔离登记。"))
    return found


def handle(*, isolation: Isolation, confirmed: bool, note: str, actor: Actor) -> Isolation:
    """The security officer's answer: it is classified and stays shut off, or it is cleared and comes back.

    Raises:
        Forbidden: the actor is no security officer, or found it.
        Invalid: no word is said to it.
        Conflict: it was answered already.
    """
    require(actor, "transfer.handle_isolation", subject=isolation.record.reference_code)
    if isolation.found_by == actor.id:
        raise Forbidden(_("上报的人不能自己处置。"), remedy=_("请另一位安全保密员办理。"))
    if not note.strip():
        raise Invalid(_("请写明处置依据。"), subject=isolation.record.reference_code)
    with transaction.atomic():
        held = Isolation.objects.select_for_update(of=("self",)).select_related("record").get(id=isolation.id)
        if held.handled_at:
            raise Conflict(_("这条隔离登记已经处置。"), subject=held.record.reference_code)
        held.outcome = CONFIRMED if confirmed else CLEARED
        held.note, held.handled_by_name, held.handled_at = note.strip()[:2000], actor.name, timezone.now()
        held.save()
        if confirmed:
            publish(IsolationConfirmed(held.id, held.record_id, held.found_by, held.found_by_name))
            publish(RecordsChanged((held.record_id,), "isolated"))
        else:
            _mark(held.record, held.state_before, held.classification_before)
        append(
            act="transfer.handle_isolation",
            actor=actor,
            subject=f"record:{held.record_id}",
            after={"outcome": held.outcome, "note": held.note},
        )
    return held
