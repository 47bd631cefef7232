"""Pages of arrangement: the classes of an agency, and one of them with its numbers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.errors import Invalid, NotFound
from lantai.core.numerals import read_count
from lantai.core.ports import Scope, allows, require
from lantai.institutions.api import actor_of, answers_for
from lantai.records import api as records
from lantai.records.api import NumberState, Record, Scheme, State
from lantai.ui.api import keyset_page

from . import arrangement as arranging
from . import ordering
from .forms import ClassifyForm


@require_safe
def arrangements(request: HttpRequest) -> HttpResponse:
    """Classes and years of the reader's agency, with what waits to be numbered in each."""
    actor = actor_of(request)
    own = answers_for(actor.organisation_id) if actor.organisation_id else ()
    rows = (
        Record.objects.filter(agency__in=own, scheme__isnull=False, year__isnull=False)
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
    actor, scope = actor_of(request), arranging.scope_of_scheme(scheme)
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
    count = arranging.assign_numbers(scheme=scheme, year=year, actor=actor_of(request))
    messages.success(request, _("已给 %(count)s 件编上预号。核对后再定号。") % {"count": count})
    return redirect("capture:arrangement", scheme_id, year)


@require_POST
def fix(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """Fixes the numbers."""
    scheme = scheme_for(request, scheme_id)
    count = arranging.fix_numbers(scheme=scheme, year=year, actor=actor_of(request))
    messages.success(request, _("%(count)s 件已定号归档。") % {"count": count})
    return redirect("capture:arrangement", scheme_id, year)


@require_POST
def classify(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Overrules retention and unit of one record."""
    record = records.record_for(record_id, actor_of(request))
    form = ClassifyForm(request.POST)
    if form.is_valid():
        arranging.reclassify(record=record, actor=actor_of(request), **form.cleaned_data)
        messages.success(
            request, _("已改《%(title)s》的保管期限和机构（问题）。") % {"title": record.title[:40]}
        )
    else:
        for problems in form.errors.values():
            messages.error(request, " ".join(map(str, problems)))
    return redirect("capture:arrangement", record.scheme_id, record.year)


@require_POST
def move(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Moves a record to another provisional number."""
    record = records.record_for(record_id, actor_of(request))
    number = read_count(request.POST.get("number", ""), 6)
    if number is None:
        raise Invalid(_("件号写阿拉伯数字。"), subject=record.title)
    ordering.move_record(record=record, number=number, actor=actor_of(request))
    messages.success(request, _("已移到第 %(number)s 号，其余顺移。") % {"number": number})
    return redirect("capture:arrangement", record.scheme_id, record.year)


def scheme_for(request: HttpRequest, scheme_id: UUID) -> Scheme:
    """The class to arrange, if the reader's agency made it; ``NotFound`` or ``Forbidden`` otherwise."""
    scheme = Scheme.objects.select_related("fonds__creator").filter(id=scheme_id).first()
    if scheme is None:
        raise NotFound(_("没有这个分类方案。"), subject=str(scheme_id))
    require(
        actor_of(request), "capture.see", Scope(organisation_id=scheme.fonds.creator_id), subject=scheme.name
    )
    return scheme
