"""Reading proposals."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.records.api import Record, readable

from .models import Proposal


def proposals_for(actor: Actor, state: str = Proposal.State.OPEN) -> QuerySet[Proposal]:
    """Proposals for records the actor may read."""
    visible = readable(Record.objects.filter(id=OuterRef("record_id")), actor, "record.original")
    return Proposal.objects.filter(Exists(visible), state=state).select_related("record")


def proposal_for(proposal_id: UUID, actor: Actor) -> Proposal:
    """One proposal, open or decided.

    Raises:
        NotFound: there is none for the actor.
    """
    visible = readable(Record.objects.filter(id=OuterRef("record_id")), actor, "record.original")
    found = Proposal.objects.filter(Exists(visible), id=proposal_id).select_related("record").first()
    if found is None:
        raise NotFound(_("没有这条著录建议，或已重新提出。"), remedy=_("请刷新页面。"))
    return found


def proposals_of(record_id: UUID) -> list[Proposal]:
    """Every proposal for a record: the open ones by element, the surest first, then what was decided."""
    rows = list(Proposal.objects.filter(record_id=record_id))
    order = {"题名": 0, "文件编号": 1, "日期": 2, "责任者": 3, "人名": 4, "地名": 5}
    rows.sort(key=lambda row: (row.state != Proposal.State.OPEN, order.get(row.element, 9), -row.confidence))
    return rows


def proposal_as_json(proposal: Proposal) -> dict[str, object]:
    """A proposal as the API and the command line tell it."""
    lines = ("id", "element", "value", "confidence", "rule", "evidence", "state", "decided_value")
    return {name: getattr(proposal, name) for name in lines} | {"record": proposal.record_id}
