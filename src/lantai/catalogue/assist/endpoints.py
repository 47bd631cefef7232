"""HTTP API of assisted description."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from . import selectors, services
from .models import Proposal

router = Router(tags=["catalogue"])


class EvidenceOut(Schema):
    """Where a value was read; ``box`` is left, top, width and height in thousandths of a scanned page."""

    document: str
    name: str
    page: int
    sentence: str
    start: int
    end: int
    box: list[int] | None


class ProposalOut(Schema):
    """A proposal; ``confidence`` in hundredths."""

    id: UUID
    record: UUID
    element: str
    value: str
    confidence: int
    rule: str
    evidence: EvidenceOut
    state: str
    decided_value: str


class ProposalPage(Schema):
    """One page; ``next`` is given back as ``at`` for the following one."""

    items: list[ProposalOut]
    next: str | None


class DecisionIn(Schema):
    """What a person makes of a proposal; ``value`` where it is put right."""

    decision: Literal["accept", "refuse"]
    value: str | None = None


@router.get(
    "catalogue/proposals", response=ProposalPage, operation_id="catalogue.proposals", summary="著录建议"
)
def list_proposals(request: HttpRequest, at: str = "") -> dict[str, Any]:  # noqa: ARG001
    """Open proposals, newest first, fifty a page."""
    page = keyset_page(selectors.proposals_for(actor_of(request)), request, ("-made_at", "id"))
    return {"items": [selectors.proposal_as_json(row) for row in page.items], "next": page.next}


@router.get(
    "catalogue/proposals/{proposal_id}", response=ProposalOut, operation_id="catalogue.proposal",
    summary="一条著录建议",
)  # fmt: skip
def get_proposal(request: HttpRequest, proposal_id: UUID) -> dict[str, object]:
    """One proposal, decided or not."""
    return selectors.proposal_as_json(selectors.proposal_for(proposal_id, actor_of(request)))


@router.post(
    "catalogue/records/{record_id}/proposals", response=list[ProposalOut], operation_id="catalogue.propose",
    summary="提出著录建议",
)  # fmt: skip
def propose(request: HttpRequest, record_id: UUID) -> list[dict[str, object]]:
    """Reads the text of a record and proposes what its description does not say yet."""
    made = services.propose(record_id=record_id, actor=actor_of(request))
    return [selectors.proposal_as_json(row) for row in made]


@router.post(
    "catalogue/proposals/{proposal_id}", response=ProposalOut, operation_id="catalogue.decide_proposal",
    summary="处理著录建议",
)  # fmt: skip
def decide(request: HttpRequest, proposal_id: UUID, body: DecisionIn) -> dict[str, object]:
    """Accepts a proposal, as it is or altered, or refuses it."""
    actor = actor_of(request)
    found: Proposal = selectors.proposal_for(proposal_id, actor)
    done = services.decide(proposal=found, accept=body.decision == "accept", actor=actor, value=body.value)
    return selectors.proposal_as_json(done)
