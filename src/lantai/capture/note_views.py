"""The page of the reference note (备考表): what is filed, which numbers are free and why."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.numerals import read_count
from lantai.core.ports import allows
from lantai.institutions.api import actor_of
from lantai.records import api as records
from lantai.records.api import Document, Record
from lantai.ui.api import keyset_page

from . import arrangement as arranging
from . import reference_note
from .arrangement_views import scheme_for
from .forms import ReasonForm
from .reference_note import said_of


@require_safe
def note(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """The 备考表 of each lowest class: what is there, what is missing and why."""
    scheme = scheme_for(request, scheme_id)
    filed = Record.objects.filter(scheme=scheme, year=year, number_state__in=arranging.FIRM)
    said = said_of(scheme, year)
    page = keyset_page(filed, request, order=("reference_code", "id"))
    papers = Document.objects.filter(record__in=page.items, media_type="application/pdf")
    first = dict(papers.order_by("-sequence").values_list("record_id", "id"))
    context = {
        "scheme": scheme,
        "year": year,
        "notes": [
            (facts, said.get(facts.class_code))
            for facts in arranging.reference_notes(scheme=scheme, year=year)
        ],
        "page": page,
        "rows": [(record, first.get(record.id)) for record in page.items],
        "may_fix": allows(actor_of(request), "capture.fix", arranging.scope_of_scheme(scheme)),
    }
    return render(request, "capture/note.html", context)


@require_POST
def withdraw(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Withdraws a fixed number."""
    record = records.record_for(record_id, actor_of(request))
    form = ReasonForm(request.POST)
    if form.is_valid():
        arranging.withdraw_number(record=record, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, _("件号已撤销，原因记入备考表。"))
    else:
        messages.error(request, " ".join(map(str, form.errors.get("reason", []))))
    return redirect("capture:note", record.scheme_id, record.year)


@require_POST
def explain(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """Explains a gap."""
    scheme = scheme_for(request, scheme_id)
    reference_note.explain_gap(
        scheme=scheme, year=year, class_code=request.POST.get("class", ""),
        number=read_count(request.POST.get("number", ""), 6) or 0, reason=request.POST.get("reason", ""),
        actor=actor_of(request),
    )  # fmt: skip
    messages.success(request, _("空号的原因已记入备考表，这个号不再使用。"))
    return redirect("capture:note", scheme_id, year)


@require_POST
def write_note(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """Writes the note of a class, or says that it was checked."""
    scheme = scheme_for(request, scheme_id)
    name, actor = request.POST.get("class", ""), actor_of(request)
    if request.POST.get("act") == "check":
        reference_note.check_note(scheme=scheme, year=year, class_code=name, actor=actor)
        messages.success(request, _("已记下检查人和日期，备考表可以定稿打印。"))
    else:
        text = request.POST.get("text", "")
        reference_note.write_note(scheme=scheme, year=year, class_code=name, text=text, actor=actor)
        messages.success(request, _("已保存，您是整理人；请另一人检查。"))
    return redirect("capture:note", scheme_id, year)
