"""Which reports a person may read."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.findings import Outcome
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, allows, require
from lantai.institutions.api import Organisation, answers_for

from .models import ManualDecision, Report, ReportFinding
from .report import Stage

READ = "inspection.read"


def report_for(report_id: UUID, actor: Actor) -> Report:
    """One report.

    Raises:
        NotFound: there is none, or it is of an organisation the actor has nothing to do with.
    """
    report = Report.objects.select_related("organisation").filter(id=report_id).first()
    if report is None or not allows(actor, READ, Scope(organisation_id=report.organisation_id)):
        raise NotFound(
            _("没有这份检测报告。"), subject=str(report_id), remedy=_("请从归档批次或移交页面进入。")
        )
    return report


def reports_of(actor: Actor) -> QuerySet[Report]:
    """Reports of the actor's own organisation, of those whose records it receives, of a supervisor's region."""
    require(actor, READ)
    whole = answers_for(actor.organisation_id) if actor.organisation_id else ()
    own = Q(organisation__in=whole) | Q(organisation__archive_id=actor.organisation_id)
    if "supervisor" in actor.roles:
        body = (
            Organisation.objects.filter(id=actor.organisation_id or UUID(int=0))
            .select_related("region")
            .first()
        )
        own |= Q(organisation__region__path__startswith=body.region.path) if body else Q()
    return Report.objects.filter(own).select_related("organisation")


def reports_to_sign(actor: Actor, stage: Stage) -> QuerySet[Report]:
    """Reports of a stage, within the actor's reach, of which a check still waits for a person."""
    signed = ManualDecision.objects.filter(report=OuterRef("report"), key=OuterRef("key"))
    waiting = ReportFinding.objects.filter(
        ~Exists(signed), report=OuterRef("pk"), outcome=Outcome.AWAITING, item_returned=False
    )
    return reports_of(actor).filter(Exists(waiting), stage=stage)
