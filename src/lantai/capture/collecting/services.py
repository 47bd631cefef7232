"""A collecting scope on its way into force: drafted by the archive, approved by its supervisor.

《各级各类档案馆收集档案范围的规定》 (国家档案局令第9号) has each archive draw up its own scope and its
supervisor (档案主管部门) consent to it. What is approved stands still: a change is a new version.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.ledger.api import append
from lantai.records.api import Approval, VersionState

from .models import CollectingScope, RosterClass, RosterUnit

DRAFT, APPROVE = "capture.draft_collecting", "capture.approve_collecting"
Roster = Sequence[tuple[RosterUnit, Sequence[RosterClass]]]


def _archive(scope: CollectingScope) -> Scope:
    return Scope(custodian_id=scope.archive_id)


_approval = Approval(
    model=CollectingScope, kind="collecting",
    draft=DRAFT, submit="capture.submit_collecting", approve=APPROVE, give_back="capture.return_collecting",
    drafted_in=_archive, decided_in=_archive,
)  # fmt: skip
may_draft, may_approve = _approval.may_send, _approval.may_decide


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
    if before and before.state != VersionState.DRAFT:
        raise Conflict(_("这一版已经报批或批准。"), subject=str(before), remedy=_("请另写版本。"))
    if before:
        scope.id = before.id  # one history, however often it is corrected
        CollectingScope.objects.filter(id=before.id).delete()
    scope.state, scope.made_by_name, scope.made_at = VersionState.DRAFT, actor.name, timezone.now()
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


def submit_scope(*, scope: CollectingScope, actor: Actor) -> CollectingScope:
    """Sends a draft to the supervisor; raises as :meth:`Approval.send`."""
    return _approval.send(scope, actor)


def approve_scope(*, scope: CollectingScope, approval_number: str, actor: Actor) -> CollectingScope:
    """Approves what was sent, so that it tells what has to come; raises as :meth:`Approval.decide_for`."""
    return _approval.decide_for(scope, approval_number, actor)


def return_scope(*, scope: CollectingScope, reason: str, actor: Actor) -> CollectingScope:
    """Gives what was sent back to the archive; raises as :meth:`Approval.decide_against`."""
    return _approval.decide_against(scope, reason, actor)


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
