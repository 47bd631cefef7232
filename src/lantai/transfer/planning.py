"""Agreeing on another day than the rule's (提前、延期移交): asked by the agency, answered by the archive."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.ports import Scope, require
from lantai.ledger.api import append
from lantai.records.api import Fonds

from .models import Agreement


def propose(*, fonds: Fonds, year: int, kind: str, wanted_by: date, reason: str, actor: Actor) -> Agreement:
    """The agency asks to hand over earlier or later than the rule says.

    Raises:
        Forbidden: the actor does not hand over for this agency.
        Invalid: no reason is given.
        Conflict: the archive has yet to answer an earlier request.
    """
    scope = Scope(organisation_id=fonds.creator_id, fonds_id=fonds.id)
    require(actor, "transfer.propose_date", scope, subject=fonds.name)
    if not reason.strip():
        raise Invalid(_("请写明提前或延期的理由。"), subject=fonds.name)
    with transaction.atomic():
        open_one = Agreement.objects.filter(fonds=fonds, year=year, kind=kind, state=Agreement.State.PROPOSED)
        if open_one.exists():
            raise Conflict(_("上一次商请档案馆还没有答复。"), subject=f"{fonds.name} {year}")
        made = Agreement.objects.create(
            fonds=fonds,
            year=year,
            kind=kind,
            wanted_by=wanted_by,
            reason=reason.strip()[:1000],
            proposed_by=actor.id,
            proposed_by_name=actor.name,
            proposed_at=timezone.now(),
        )
        append(
            act="transfer.propose_date",
            actor=actor,
            subject=f"agreement:{made.id}",
            after={
                "fonds": fonds.code,
                "year": year,
                "wanted_by": wanted_by.isoformat(),
                "reason": made.reason,
            },
        )
    return made


def decide(*, agreement: Agreement, agreed: bool, paper: str, actor: Actor) -> Agreement:
    """The archive answers, naming the supervisor's consent where it agrees.

    Raises:
        Forbidden: the actor does not receive for this archive.
        Invalid: it agrees without naming the consent, or refuses without a word.
        Conflict: it was answered already.
    """
    archive_id = agreement.fonds.archive_id
    require(actor, "transfer.decide_date", Scope(custodian_id=archive_id), subject=str(agreement))
    if not paper.strip():
        raise Invalid(_("请写明主管部门同意的文号或日期；不同意的，写明原因。"), subject=agreement.fonds.name)
    with transaction.atomic():
        held = Agreement.objects.select_for_update(of=("self",)).get(id=agreement.id)
        if held.state != Agreement.State.PROPOSED:
            raise Conflict(_("这项商请已经答复过。"), subject=agreement.fonds.name)
        held.state = Agreement.State.AGREED if agreed else Agreement.State.REFUSED
        held.paper, held.decided_by, held.decided_by_name = paper.strip()[:400], actor.id, actor.name
        held.decided_at = timezone.now()
        held.save()
        append(
            act="transfer.decide_date",
            actor=actor,
            subject=f"agreement:{held.id}",
            after={"state": held.state, "paper": held.paper},
        )
    return held
