"""Pages of completeness: what the agency still owes, its register, and the archive's answer."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import NotFound
from lantai.institutions.api import Organisation, actor_of
from lantai.ui.api import keyset_page

from ..tables.views import TableField, import_page
from . import answers, selectors
from .matter_table import MatterTable, read_matters
from .models import ClosedMatter, Expectation
from .register import register_matters

State = Expectation.State
TABS = (State.OVERDUE, State.OPEN, State.EXPLAINED, State.MET)


class RegisterFileForm(forms.Form):
    """The table of closed matters."""

    file = TableField(
        most_mib=50,
        label=_("办结登记"),
        help_text=_("XLSX、XLS、ET、ODS 或 CSV；一行里要有“办件号”（或“文号”）、“题名”和“办结日期”。"),
    )


@require_safe
def owed(request: HttpRequest) -> HttpResponse:
    """What the reader's agency or department has not filed, the oldest first."""
    rows = selectors.own_expectations(actor_of(request))
    state = request.GET.get("state", State.OVERDUE)
    if state not in TABS:
        state = State.OVERDUE
    context = {
        "page": keyset_page(rows.filter(state=state), request, order=("due_on", "id")),
        "tabs": [
            {
                "value": tab,
                "label": tab.label,
                "current": tab == state,
                "count": rows.filter(state=tab).count(),
            }
            for tab in TABS
        ],
        "answerable": state in {State.OVERDUE, State.OPEN},
        "registered": ClosedMatter.objects.filter(agency_id=actor_of(request).organisation_id).exists(),
    }
    return render(request, "capture/completeness/owed.html", context)


@require_POST
def explain(request: HttpRequest, expectation_id: UUID) -> HttpResponse:
    """Says why one did not come."""
    found = selectors.own_expectation(actor_of(request), expectation_id)
    answers.explain(expectation=found, text=request.POST.get("text", ""), actor=actor_of(request))
    messages.success(request, gettext("已说明，等档案馆审核。"))
    return redirect("capture:owed")


@require_http_methods(["GET", "HEAD", "POST"])
def import_matters(request: HttpRequest) -> HttpResponse:
    """Reads a register; one without bad rows is taken in, one with them is shown row by row."""
    actor = actor_of(request)
    agency = Organisation.objects.filter(id=actor.organisation_id or UUID(int=0)).first()
    if agency is None:
        raise NotFound(gettext("您不属于任何单位，没有可导入的登记。"))

    def take(table: MatterTable) -> HttpResponse:
        found = register_matters(
            agency=agency, matters=table.matters, source=ClosedMatter.Source.TABLE, actor=actor
        )
        told = {"created": found.created, "changed": found.changed}
        messages.success(request, gettext("新登记 %(created)s 项，更正 %(changed)s 项。") % told)
        return redirect("capture:owed")

    form = RegisterFileForm(request.POST or None, request.FILES or None)
    return import_page(request, "capture/completeness/import.html", form=form, read=read_matters, take=take)


@require_safe
def explanations(request: HttpRequest) -> HttpResponse:
    """Explanations that wait for the reader's archive, the oldest due first."""
    rows = selectors.explanations_for(actor_of(request))
    page = keyset_page(rows, request, order=("due_on", "id"))
    return render(request, "capture/completeness/explanations.html", {"page": page})


@require_POST
def decide(request: HttpRequest, expectation_id: UUID) -> HttpResponse:
    """Accepts one explanation, or does not."""
    found = selectors.explanation_for(actor_of(request), expectation_id)
    accepted = request.POST.get("decision") == Expectation.Decision.ACCEPTED
    note = request.POST.get("note", "")
    answers.decide(expectation=found, accepted=accepted, note=note, actor=actor_of(request))
    messages.success(request, gettext("已认可。") if accepted else gettext("已退给单位，仍算未归。"))
    return redirect("capture:explanations")
