"""Manual checks given to a person (人工检测任务), and what each person has to do."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, allows, require
from lantai.institutions.api import Person, person_actor
from lantai.ledger.api import append

from .models import ManualDecision, ManualTask, Report
from .storing import signable_keys


@transaction.atomic
def assign_manual(*, report: Report, key: str, assignee_id: UUID, actor: Actor) -> ManualTask:
    """Asks a person to do a manual check; asking another later replaces the first.

    Raises:
        Forbidden: the actor may not sign for this organisation, and so may not ask others to.
        Invalid: the person may not sign this report.
        Conflict: the check waits for nobody.
    """
    scope = Scope(organisation_id=report.organisation_id)
    require(actor, "inspection.assign", scope, subject=report.title)
    assignee = Person.objects.filter(id=assignee_id, active=True).first()
    if assignee is None or not allows(person_actor(assignee), "inspection.sign", scope):
        raise Invalid(
            _("此人不能签署这份报告的人工检测。"),
            subject=assignee.full_name if assignee else str(assignee_id),
            remedy=_("请指派本单位的档案员或接收岗。"),
        )
    if key not in signable_keys(report):
        raise Conflict(_("这一项不等待人工签署，或已有人签署。"), subject=key, remedy=_("请刷新页面查看。"))
    task, _created = ManualTask.objects.update_or_create(
        report=report,
        key=key,
        defaults={"assignee": assignee, "assigned_by": actor.id, "assigned_by_name": actor.name},
    )
    append(
        act="inspection.assign",
        actor=actor,
        subject=report.subject,
        after={"report": str(report.id), "key": key, "assignee": str(assignee.id)},
    )
    return task


def tasks_of(actor: Actor) -> QuerySet[ManualTask]:
    """Checks a person was asked to do and has not signed."""
    require(actor, "inspection.sign")
    signed = ManualDecision.objects.filter(report=OuterRef("report"), key=OuterRef("key"))
    own = (
        ManualTask.objects.filter(~Exists(signed), assignee_id=UUID(actor.id)) if _is_person(actor) else None
    )
    return (own if own is not None else ManualTask.objects.none()).select_related("report__organisation")


def possible_assignees(report: Report) -> QuerySet[Person]:
    """People of the organisation a report is of, and of the archive that receives from it."""
    owner = report.organisation
    bodies = [id_ for id_ in (owner.id, owner.archive_id) if id_] if owner else []
    return Person.objects.filter(organisation_id__in=bodies, active=True).order_by("full_name")


def _is_person(actor: Actor) -> bool:
    try:
        UUID(actor.id)
    except ValueError:
        return False
    return True
