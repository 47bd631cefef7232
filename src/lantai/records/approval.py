"""A retention schedule on its way into force: sent by the agency, approved by the archive that receives its records."""

from __future__ import annotations

from django.db import transaction

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Forbidden, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope

from .models import RetentionSchedule
from .setting_up import SET_UP
from .versions import Approval

_APPROVE = "records.approve_schedule"
_approval = Approval(
    model=RetentionSchedule, kind="schedule",
    draft=SET_UP, submit=SET_UP, approve=_APPROVE, give_back=_APPROVE,
    drafted_in=lambda held: Scope(organisation_id=held.agency_id),
    decided_in=lambda held: Scope(organisation_id=held.agency_id, custodian_id=held.agency.archive_id),
)  # fmt: skip


@transaction.atomic
def submit_schedule(*, schedule: RetentionSchedule, actor: Actor) -> RetentionSchedule:
    """Sends a draft to the archive; raises as :meth:`Approval.send`.

    Raises:
        Invalid: it has no rules.
    """
    sent = _approval.send(schedule, actor)
    if not sent.rules.exists():
        raise Invalid(_("表里没有条款。"), subject=str(sent), remedy=_("请先导入或逐条增加。"))
    return sent


def approve_schedule(*, schedule: RetentionSchedule, approval_number: str, actor: Actor) -> RetentionSchedule:
    """Approves what was sent, so that it proposes from its effective date on; raises as :meth:`Approval.decide_for`."""
    _require_archive(schedule, actor)
    return _approval.decide_for(schedule, approval_number, actor)


def return_schedule(*, schedule: RetentionSchedule, reason: str, actor: Actor) -> RetentionSchedule:
    """Gives what was sent back to the agency; raises as :meth:`Approval.decide_against`."""
    _require_archive(schedule, actor)
    return _approval.decide_against(schedule, reason, actor)


def may_approve(schedule: RetentionSchedule, actor: Actor) -> bool:
    """Whether the actor may decide on it now."""
    return actor.organisation_id == schedule.agency.archive_id and _approval.may_decide(schedule, actor)


def _require_archive(schedule: RetentionSchedule, actor: Actor) -> None:
    if actor is not SYSTEM and actor.organisation_id != schedule.agency.archive_id:
        raise Forbidden(_("只有接收本单位档案的档案馆可以批准。"), subject=str(schedule))
