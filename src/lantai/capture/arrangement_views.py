"""Pages of arrangement and numbering, and the reference note (备考表)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.ports import Scope, allows, require
from lantai.records import api as records
from lantai.records.api import Document, NumberState, Record, Scheme, State
from lantai.ui.api import keyset_page

from . import arrangement as arranging
from .forms import ClassifyForm, ReasonForm
from .reference_note import said_of


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


@require_safe
def arrangements(request: HttpRequest) -> HttpResponse:
    """Classes and years of the reader's agency, with what waits to be numbered in each."""
    actor = _actor(request)
    rows = (
        Record.objects.filter(agency_id=actor.organisation_id, scheme__isnull=False, year__isnull=False)
        .filter(state__in=(State.CAPTURED, State.FILED))
        .values("scheme_id", "scheme__name", "fonds__code", "fonds__name", "year")
        .annotate(
            waiting=Count("id", filter=Q(number_state=NumberState.NONE)),
            provisional=Count("id", filter=Q(number_state=NumberState.PROVISIONAL)),
            fixed=Count("id", filter=Q(number_state=NumberState.FIXED)),
        )
        .order_by("-year", "fonds__code", "scheme__name")
    )
    return render(request, "capture/arrangements.html", {"rows": rows})


@require_safe
def arrangement(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """One class and year: proposed retention and number of each record, to be put right and fixed."""
    scheme = scheme_for(request, scheme_id)
    actor, scope = _actor(request), arranging.scope_of_scheme(scheme)
    loose = arranging.unfixed(scheme, year)
    context: dict[str, Any] = {
        "scheme": scheme,
        "year": year,
        "page": keyset_page(loose, request, order=("unit_code", "retention", "created_at", "id")),
        "waiting": loose.filter(number_state=NumberState.NONE).count(),
        "provisional": loose.filter(number_state=NumberState.PROVISIONAL).count(),
        "fixed": Record.objects.filter(scheme=scheme, year=year, number_state__in=arranging.FIRM).count(),
        "problems": [
            found for found in arranging.propose_arrangement(scheme=scheme, year=year) if found.problem
        ],
        "proposed": arranging.PROPOSED,
        "terms": records.retention_terms().values(),
        "may_arrange": allows(actor, "capture.arrange", scope),
        "may_fix": allows(actor, "capture.fix", scope),
        "may_classify": allows(actor, "capture.classify", scope),
    }
    return render(request, "capture/arrangement.html", context)


@require_POST
def number(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """Sorts and numbers provisionally."""
    scheme = scheme_for(request, scheme_id)
    count = arranging.assign_numbers(scheme=scheme, year=year, actor=_actor(request))
    messages.success(request, _("已给 %(count)s 件编上预号。核对后再定号。") % {"count": count})
    return redirect("capture:arrangement", scheme_id, year)


@require_POST
def fix(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """Fixes the numbers."""
    scheme = scheme_for(request, scheme_id)
    count = arranging.fix_numbers(scheme=scheme, year=year, actor=_actor(request))
    messages.success(request, _("%(count)s 件已定号归档。") % {"count": count})
    return redirect("capture:arrangement", scheme_id, year)


@require_POST
def classify(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Overrules retention and unit of one record."""
    record = records.record_for(record_id, _actor(request))
    form = ClassifyForm(request.POST)
    if form.is_valid():
        arranging.reclassify(record=record, actor=_actor(request), **form.cleaned_data)
        messages.success(
            request, _("已改《%(title)s》的保管期限和机构（问题）。") % {"title": record.title[:40]}
        )
    else:
        for problems in form.errors.values():
            messages.error(request, " ".join(map(str, problems)))
    return redirect("capture:arrangement", record.scheme_id, record.year)


@require_POST
def withdraw(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Withdraws a fixed number."""
    record = records.record_for(record_id, _actor(request))
    form = ReasonForm(request.POST)
    if form.is_valid():
        arranging.withdraw_number(record=record, actor=_actor(request), reason=form.cleaned_data["reason"])
        messages.success(request, _("件号已撤销，原因记入备考表。"))
    else:
        messages.error(request, " ".join(map(str, form.errors.get("reason", []))))
    return redirect("capture:note", record.scheme_id, record.year)


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
        "may_fix": allows(_actor(request), "capture.fix", arranging.scope_of_scheme(scheme)),
    }
    return render(request, "capture/note.html", context)


def scheme_for(request: HttpRequest, scheme_id: UUID) -> Scheme:
    """The class to arrange, if the reader's agency made it; ``NotFound`` or ``Forbidden`` otherwise."""
    scheme = Scheme.objects.select_related("fonds__creator").filter(id=scheme_id).first()
    if scheme is None:
        raise NotFound(_("没有这个分类方案。"), subject=str(scheme_id))
    require(
        _actor(request), "capture.see", Scope(organisation_id=scheme.fonds.creator_id), subject=scheme.name
    )
    return scheme
