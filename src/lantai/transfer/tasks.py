"""The jobs of transfer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext_noop

from .models import Handover
from .receiving import inspect_handover, receive_handover
from .releasing import RELEASE, release_copies
from .services import INSPECT, RECEIVE


@job(INSPECT, title=gettext_noop("接收检测"))
def inspect(run: JobRun, handover_id: str) -> dict[str, Any]:
    """Inspects one hand-over for the archive, and accepts nothing."""
    handover = inspect_handover(run, _handover(handover_id))
    return {"state": handover.state, "verdict": handover.report.verdict if handover.report else ""}


@job(RECEIVE, title=gettext_noop("接收移交"))
def receive(run: JobRun, handover_id: str) -> dict[str, Any]:
    """Receives one hand-over; see :mod:`lantai.transfer.receiving`."""
    handover = receive_handover(run, _handover(handover_id))
    return {"state": handover.state, "records": handover.items.count()}


@job(RELEASE, title=gettext_noop("清理移交方副本"))
def release(run: JobRun, handover_id: str) -> dict[str, Any]:
    """Lets go of the agency's copies of a hand-over that was received earlier."""
    return {"kept": release_copies(run, _handover(handover_id))}


def _handover(handover_id: str) -> Handover:
    return Handover.objects.select_related("agency", "archive", "fonds", "report").get(id=UUID(handover_id))
