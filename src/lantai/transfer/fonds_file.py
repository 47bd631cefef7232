"""What was received lies in the file of its fonds (全宗卷): the 登记表 and the archive's inspection."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from lantai.catalogue.api import Described, collect_paper
from lantai.core.actors import Actor
from lantai.core.language import gettext as _
from lantai.inspection.api import report_pdf

from .events import HandoverReceived
from .models import Handover
from .pdf import register_pdf


def file_what_was_received(events: Sequence[HandoverReceived]) -> None:
    """Files both papers of each hand-over, once."""
    wanted = [event.handover_id for event in events]
    for handover in Handover.objects.filter(id__in=wanted).select_related(
        "archive", "agency", "fonds", "report"
    ):
        day = timezone.localdate(handover.received_at) if handover.received_at else timezone.localdate()
        actor = Actor(handover.received_by or "system", handover.received_by_name, frozenset({"system"}))
        collect_paper(
            fonds_id=handover.fonds_id, kind="handover_register", source=f"handover:{handover.id}",
            described=Described(_("%(title)s：电子档案移交与接收登记表") % {"title": handover.title}, day, handover.agency.name),
            content=register_pdf(handover), actor=actor,
        )  # fmt: skip
        if handover.report is not None:
            collect_paper(
                fonds_id=handover.fonds_id, kind="inspection_report", source=f"handover:{handover.id}",
                described=Described(_("%(title)s：接收检测报告") % {"title": handover.title}, day, handover.archive.name),
                content=report_pdf(handover.report), actor=actor,
            )  # fmt: skip
