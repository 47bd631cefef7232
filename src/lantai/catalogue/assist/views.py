"""Pages of assisted description: what waits, and one record with its proposals beside their evidence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from lantai.core.errors import NotFound
from lantai.core.jobs import start
from lantai.core.language import gettext as _
from lantai.core.ports import allows
from lantai.institutions.api import actor_of
from lantai.records.api import record_for, scope_of
from lantai.ui.api import keyset_page

from ..editing.choosing import chosen_ids
from ..quality.selectors import fonds_seen_by
from . import selectors, services
from .models import Proposal
from .running import PROPOSE

AT_ONCE = 2_000
"""Records one job proposes for."""


@require_http_methods(["GET", "HEAD", "POST"])
def proposals(request: HttpRequest) -> HttpResponse:
    """The open proposals, newest first; proposes for the records of a fonds that fail a rule."""
    actor = actor_of(request)
    if request.method == "POST":
        fonds = next((one for one in fonds_seen_by(actor) if str(one.id) == request.POST.get("fonds")), None)
        if fonds is None:
            raise NotFound(_("没有这个全宗，或者您不能查看它。"), remedy=_("请从“质量”一页进入。"))
        ids, _unknown = chosen_ids({"fonds": fonds.id, "rule": "mandatory"}, actor)
        job = start(PROPOSE, actor, record_ids=[str(key) for key in ids[:AT_ONCE]])
        return redirect("core:job", job.id)
    page = keyset_page(selectors.proposals_for(actor), request, ("-made_at", "id"))
    context = {
        "page": page,
        "fonds": fonds_seen_by(actor)[:200],
        "at_once": AT_ONCE,
    }
    return render(request, "catalogue/assist/proposals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def of_record(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """The proposals for one record; posting has them made anew."""
    actor = actor_of(request)
    record = record_for(record_id, actor, "record.original")
    if request.method == "POST":
        made = services.propose(record_id=record.id, actor=actor)
        if not made:
            messages.info(request, _("没有读到可以建议的内容：没有文字，或著录里都有了。"))
        return redirect("catalogue:record_proposals", record.id)
    rows = selectors.proposals_of(record.id)
    context = {
        "record": record,
        "open": [(row, _shown(row)) for row in rows if row.state == Proposal.State.OPEN],
        "decided": [row for row in rows if row.state != Proposal.State.OPEN],
        "may_decide": allows(actor, services.ACT, scope_of(record)),
        "facts": [(_("题名"), record.title), (_("责任者"), record.responsible), (_("日期"), record.date_text),
                  (_("文号"), record.document_number), (_("人名"), record.metadata.get("M28", "")),
                  (_("地名"), record.metadata.get("地名", ""))],
    }  # fmt: skip
    return render(request, "catalogue/assist/record.html", context)


def _shown(row: Proposal) -> dict[str, Any]:
    """The evidence in three pieces, the words in the middle, with the address of its page."""
    evidence = row.evidence
    sentence, start_at, end = evidence["sentence"], evidence["start"], evidence["end"]
    url = ""
    if evidence.get("document"):
        address = reverse("records:document", args=[row.record_id, evidence["document"]])
        url = (
            f"{address}?page={evidence['page']}"
            if evidence.get("box")
            else f"{address}#page={evidence['page']}"
        )
    return {
        "before": sentence[:start_at], "words": sentence[start_at:end], "after": sentence[end:], "url": url,
        "page": evidence["page"], "name": evidence["name"],
    }  # fmt: skip


@require_POST
def decide(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Accepts a proposal, as it is or as typed, or refuses it."""
    actor = actor_of(request)
    found = selectors.proposal_for(proposal_id, actor)
    accept = request.POST.get("decision") != "refuse"
    services.decide(
        proposal=found, accept=accept, actor=actor, value=request.POST.get("value") if accept else None
    )
    messages.success(request, _("已采纳，并记入存证。") if accept else _("不采纳，以后不再建议。"))
    return redirect("catalogue:record_proposals", found.record_id)
