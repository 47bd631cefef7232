"""A schedule on its way into force (草案 → 报批 → 批准): sent by the agency, approved by its archive.

The archive that receives the agency's records decides, and never the person who sent it
(实施条例 article 19, 8号令 article 12). What is approved stands still: a change is a new version.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, allows, require
from lantai.ledger.api import append

from .models import RetentionSchedule
from .setting_up import SET_UP
from .vocabulary import ScheduleState

APPROVE = "records.approve_schedule"


@transaction.atomic
def submit_schedule(*, schedule: RetentionSchedule, actor: Actor) -> RetentionSchedule:
    """Sends a draft to the archive for approval.

    Raises:
        Conflict: it is no draft.
        Invalid: it has no rules.
    """
    held = _held(schedule, ScheduleState.DRAFT)
    require(actor, SET_UP, Scope(organisation_id=held.agency_id), subject=str(held))
    if not held.rules.exists():
        raise Invalid(_("表里没有条款。"), subject=str(held), remedy=_("请先导入或逐条增加。"))
    held.submitted_by, held.returned_for = actor.id, ""
    return _moved(held, ScheduleState.SUBMITTED, SET_UP, actor)


@transaction.atomic
def approve_schedule(*, schedule: RetentionSchedule, approval_number: str, actor: Actor) -> RetentionSchedule:
    """Approves what was sent; from its effective date on it proposes.

    Raises:
        Conflict: it was not sent.
        Forbidden: the actor is not of the archive, or is the one who sent it.
        Invalid: there is no approval number.
    """
    held = _held(schedule, ScheduleState.SUBMITTED)
    _require_archive(held, actor)
    if not approval_number.strip():
        raise Invalid(_("批准须写审核文号。"), subject=str(held))
    held.approval_number = approval_number.strip()
    held.approved_by, held.approved_by_name, held.approved_at = actor.id, actor.name, timezone.now()
    return _moved(held, ScheduleState.APPROVED, APPROVE, actor)


@transaction.atomic
def return_schedule(*, schedule: RetentionSchedule, reason: str, actor: Actor) -> RetentionSchedule:
    """Gives what was sent back to the agency, with the reason; it is a draft again.

    Raises:
        Conflict: it was not sent.
        Forbidden: see :func:`approve_schedule`.
        Invalid: there is no reason.
    """
    held = _held(schedule, ScheduleState.SUBMITTED)
    _require_archive(held, actor)
    if not reason.strip():
        raise Invalid(_("退回须写理由。"), subject=str(held))
    held.returned_for = reason.strip()
    return _moved(held, ScheduleState.DRAFT, APPROVE, actor)


def may_approve(schedule: RetentionSchedule, actor: Actor) -> bool:
    """Whether the actor may decide on it now."""
    archive_id = schedule.agency.archive_id
    scope = Scope(organisation_id=schedule.agency_id, custodian_id=archive_id)
    own = actor.organisation_id == archive_id and actor.id != schedule.submitted_by
    return schedule.state == ScheduleState.SUBMITTED and own and allows(actor, APPROVE, scope)


def _held(schedule: RetentionSchedule, state: ScheduleState) -> RetentionSchedule:
    held = RetentionSchedule.objects.select_for_update().get(id=schedule.id)
    if held.state != state:
        raise Conflict(
            _("这一版现在是“%(state)s”，不能这样办。") % {"state": held.get_state_display()},
            subject=str(held),
        )
    return held


def _require_archive(schedule: RetentionSchedule, actor: Actor) -> None:
    archive_id = schedule.agency.archive_id
    scope = Scope(organisation_id=schedule.agency_id, custodian_id=archive_id)
    require(actor, APPROVE, scope, subject=str(schedule))
    if actor is not SYSTEM and actor.organisation_id != archive_id:
        raise Forbidden(_("只有接收本单位档案的档案馆可以批准。"), subject=str(schedule))
    if actor.id == schedule.submitted_by:
        raise Forbidden(_("报批人不能批准自己报的表。"), subject=str(schedule), remedy=_("请另一人批准。"))


def _moved(held: RetentionSchedule, state: ScheduleState, act: str, actor: Actor) -> RetentionSchedule:
    before, held.state = held.state, state
    held.save()
    append(
        act=act, actor=actor, subject=f"schedule:{held.id}", before={"state": before},
        after={"state": str(state), "approval_number": held.approval_number, "reason": held.returned_for},
    )  # fmt: skip
    return held
