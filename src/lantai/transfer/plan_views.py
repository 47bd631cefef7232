"""The plan: what this agency is to hand over and by when; what the archive is to receive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.errors import NotFound
from lantai.core.numerals import read_count
from lantai.core.ports import Scope, allows
from lantai.institutions.api import actor_of
from lantai.records.api import Fonds
from lantai.ui.api import Page, keyset_page

from . import due, planning
from .forms import AgreementForm, DecideForm, problems_of
from .models import Agreement

HEADINGS = ("overdue", "due", "soon", "later", "outside")
PAGE = 50
JUST_NOW = timedelta(seconds=5)
"""What was counted within that is not said to be of another time."""


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of a plan that stand alike, those of one page, the most urgent first.

    Attributes:
        after: where its next page begins, ``None`` on the last.
    """

    name: str
    lines: Sequence[due.DueLine]
    start: int
    after: int | None


@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """The plan of the reader's agency, or of everything that comes to the reader's archive."""
    actor = actor_of(request)
    own = Scope(organisation_id=actor.organisation_id)
    hands_over = allows(actor, "transfer.prepare", own)
    lines, counted_at = _lines(actor.organisation_id, hands_over=hands_over)
    standing: dict[str, list[due.DueLine]] = {}
    for line in lines:
        standing.setdefault(line.standing, []).append(line)
    context = {
        "groups": [_group(request, name, standing[name]) for name in HEADINGS if name in standing],
        "overdue": sum(line.records for line in standing.get("overdue", ())),
        "due": sum(line.records for line in standing.get("due", ())),
        "outside": sum(line.outside for line in lines),
        "hands_over": hands_over,
        "year": timezone.localdate().year,
        "counted_at": counted_at if timezone.now() - counted_at > JUST_NOW else None,
        "page": _asked(request, actor.organisation_id)
        if allows(actor, "transfer.decide_date", Scope(custodian_id=actor.organisation_id))
        else None,
        "form": AgreementForm(),
        "decide_form": DecideForm(),
    }
    return render(request, "transfer/plan.html", context)


def _lines(organisation_id: UUID | None, *, hands_over: bool) -> tuple[list[due.DueLine], datetime]:
    """The plan's lines, and when they were counted: what an agency owes is always of now."""
    if organisation_id and not hands_over:
        return due.plan_of_archive(organisation_id)
    return due.plan(agency_id=organisation_id) if organisation_id else [], timezone.now()


@require_POST
def count(request: HttpRequest) -> HttpResponse:
    """Counts anew what agencies owe the reader's archive."""
    if archive_id := actor_of(request).organisation_id:
        due.plan_of_archive(archive_id, fresh=True)
    return redirect("transfer:plan")


@require_POST
def propose(request: HttpRequest, fonds_id: UUID, year: int, kind: str) -> HttpResponse:
    """Asks for another day."""
    fonds = Fonds.objects.filter(id=fonds_id).first()
    if fonds is None or kind not in Agreement.Kind.values:
        raise NotFound(_("计划里没有这一项。"))
    form = AgreementForm(request.POST)
    if form.is_valid():
        planning.propose(fonds=fonds, year=year, kind=kind, actor=actor_of(request), **form.cleaned_data)
        messages.success(request, _("已商请档案馆，等候答复。"))
    else:
        messages.error(request, problems_of(form))
    return redirect("transfer:plan")


@require_POST
def decide(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Answers a request for another day."""
    found = Agreement.objects.select_related("fonds").filter(id=agreement_id).first()
    if found is None:
        raise NotFound(_("没有这项商请。"))
    form = DecideForm(request.POST)
    if form.is_valid():
        agreed = request.POST.get("answer") == "agree"
        planning.decide(
            agreement=found, agreed=agreed, paper=form.cleaned_data["paper"], actor=actor_of(request)
        )
        messages.success(request, _("已答复移交单位。"))
    else:
        messages.error(request, problems_of(form))
    return redirect("transfer:plan")


def _group(request: HttpRequest, name: str, lines: Sequence[due.DueLine]) -> Group:
    """A page of lines, from where the address says; a place beyond them counts as none."""
    start = read_count(request.GET.get(name, "")) or 0
    if start >= len(lines):
        start = 0
    after = start + PAGE
    return Group(name, lines[start:after], start, after if after < len(lines) else None)


def _asked(request: HttpRequest, archive_id: UUID | None) -> Page[Agreement]:
    rows = Agreement.objects.filter(fonds__archive_id=archive_id, state=Agreement.State.PROPOSED)
    return keyset_page(rows.select_related("fonds"), request, ("proposed_at", "id"))
