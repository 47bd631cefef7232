"""A collecting scope on its way into force: drafted by the archive, approved by its supervisor.

《各级各类档案馆收集档案范围的规定》 (国家档案局令第9号) has each archive draw up its own scope and its
supervisor (档案主管部门) consent to it. What is approved stands still: a change is a new version.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, allows, require
from lantai.ledger.api import append

from .models import CollectingScope, RosterClass, RosterUnit

DRAFT, APPROVE = "capture.draft_collecting", "capture.approve_collecting"
State = CollectingScope.State
Roster = Sequence[tuple[RosterUnit, Sequence[RosterClass]]]


@transaction.atomic
def draft_scope(*, scope: CollectingScope, roster: Roster, actor: Actor) -> CollectingScope:
    """Makes a draft of a whole roster; it takes the place of a draft of that version.

    Raises:
        Conflict: that version was sent or approved.
        Invalid: it lacks its name, its version, or every body.
    """
    require(actor, DRAFT, Scope(custodian_id=scope.archive_id), subject=str(scope))
    if not scope.name.strip() or not scope.version.strip():
        raise Invalid(_("收集范围的名称和版本不能为空。"))
    if not roster:
        raise Invalid(_("名册里没有单位。"), subject=str(scope))
    same = CollectingScope.objects.select_for_update().filter(
        archive_id=scope.archive_id, version=scope.version
    )
    before = same.first()
    if before and before.state != State.DRAFT:
        raise Conflict(_("这一版已经报批或批准。"), subject=str(before), remedy=_("请另写版本。"))
    if before:
        scope.id = before.id  # one history, however often it is corrected
        CollectingScope.objects.filter(id=before.id).delete()
    scope.state, scope.made_by_name, scope.made_at = State.DRAFT, actor.name, timezone.now()
    scope.returned_for = before.returned_for if before else ""
    scope.save(force_insert=True)
    for unit, classes in roster:
        unit.scope = scope
        for each in classes:
            each.unit = unit
    RosterUnit.objects.bulk_create([unit for unit, _classes in roster])
    RosterClass.objects.bulk_create([each for _unit, classes in roster for each in classes])
    append(
        act=DRAFT, actor=actor, subject=f"collecting:{scope.id}", count=len(roster),
        after={"version": scope.version, "effective_from": scope.effective_from.isoformat(), "roster": _told(roster)},
    )  # fmt: skip
    return scope


@transaction.atomic
def submit_scope(*, scope: CollectingScope, actor: Actor) -> CollectingScope:
    """Sends a draft to the supervisor.

    Raises:
        Conflict: it is no draft.
    """
    held = _held(scope, State.DRAFT)
    require(actor, DRAFT, Scope(custodian_id=held.archive_id), subject=str(held))
    held.submitted_by, held.returned_for = actor.id, ""
    return _moved(held, State.SUBMITTED, "capture.submit_collecting", actor)


@transaction.atomic
def approve_scope(*, scope: CollectingScope, approval_number: str, actor: Actor) -> CollectingScope:
    """Approves what was sent; from its effective date on it tells what has to come.

    Raises:
        Conflict: it was not sent.
        Forbidden: the actor does not supervise this archive, or is the one who sent it.
        Invalid: there is no approval number.
    """
    held = _held(scope, State.SUBMITTED)
    _require_supervisor(held, actor)
    if not approval_number.strip():
        raise Invalid(_("批准须写审核文号。"), subject=str(held))
    held.approval_number = approval_number.strip()[:60]
    return _moved(held, State.APPROVED, APPROVE, actor)


@transaction.atomic
def return_scope(*, scope: CollectingScope, reason: str, actor: Actor) -> CollectingScope:
    """Gives what was sent back to the archive, with the reason; it is a draft again.

    Raises:
        Conflict: it was not sent.
        Forbidden: see :func:`approve_scope`.
        Invalid: there is no reason.
    """
    held = _held(scope, State.SUBMITTED)
    _require_supervisor(held, actor)
    if not reason.strip():
        raise Invalid(_("退回须写理由。"), subject=str(held))
    held.returned_for = reason.strip()[:300]
    return _moved(held, State.DRAFT, "capture.return_collecting", actor)


def may_approve(scope: CollectingScope, actor: Actor) -> bool:
    """Whether the actor may decide on it now."""
    supervises = allows(actor, APPROVE, Scope(custodian_id=scope.archive_id))
    return scope.state == State.SUBMITTED and supervises and actor.id != scope.submitted_by


def may_draft(scope: CollectingScope, actor: Actor) -> bool:
    """Whether the actor may send it now."""
    return scope.state == State.DRAFT and allows(actor, DRAFT, Scope(custodian_id=scope.archive_id))


def _require_supervisor(scope: CollectingScope, actor: Actor) -> None:
    require(actor, APPROVE, Scope(custodian_id=scope.archive_id), subject=str(scope))
    if actor.id == scope.submitted_by and actor is not SYSTEM:
        raise Forbidden(_("报批人不能批准自己报的收集范围。"), subject=str(scope), remedy=_("请另一人批准。"))


def _held(scope: CollectingScope, state: str) -> CollectingScope:
    held = CollectingScope.objects.select_for_update().get(id=scope.id)
    if held.state != state:
        raise Conflict(
            _("这一版现在是“%(state)s”，不能这样办。") % {"state": held.get_state_display()},
            subject=str(held),
        )
    return held


def _moved(held: CollectingScope, state: str, act: str, actor: Actor) -> CollectingScope:
    before, held.state = held.state, state
    if act != "capture.submit_collecting":
        held.decided_by_name, held.decided_at = actor.name, timezone.now()
    held.save()
    append(
        act=act, actor=actor, subject=f"collecting:{held.id}", before={"state": before},
        after={"state": str(state), "approval_number": held.approval_number, "reason": held.returned_for},
    )  # fmt: skip
    return held


def _told(roster: Roster) -> list[dict[str, object]]:
    """The roster as the ledger's digest covers it."""
    return [
        {
            "number": unit.number, "name": unit.name, "code": unit.code, "heading": unit.heading,
            "classes": [
                [each.category, each.specialised, each.year_from, each.year_to, each.terms] for each in classes
            ],
        }
        for unit, classes in roster
    ]  # fmt: skip
