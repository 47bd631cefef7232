"""Pages on which documents are combined into records and taken apart, and records classified in bulk."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lantai.core.errors import Invalid
from lantai.core.ports import allows
from lantai.institutions.api import actor_of
from lantai.records import api as records
from lantai.records.api import Combination, Document, NumberState, Scheme
from lantai.ui.api import keyset_page

from . import classing
from .arrangement import scope_of_scheme, unfixed
from .arrangement_views import scheme_for

AT_ONCE = 100


@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """Records to put together, and what is in each."""
    scheme = scheme_for(request, scheme_id)
    if request.method == "POST":
        chosen = [_key(text) for text in request.POST.getlist("record")]
        received = [_key(text) for text in request.POST.getlist("received")]
        main = _key(request.POST.get("main", "") or (request.POST.getlist("record") or [""])[0])
        ordered = [main, *(key for key in chosen if key != main)]
        record = records.combine_records(record_ids=ordered, received=received, actor=actor_of(request))
        messages.success(request, _("已组成一件：%(title)s。") % {"title": record.title[:40]})
        return redirect("capture:compose", scheme_id, year)
    rows = unfixed(scheme, year).prefetch_related("documents")
    page = keyset_page(rows, request, order=("document_number", "id"), size=AT_ONCE)
    combined = set(Combination.objects.filter(record__in=page.items).values_list("record_id", flat=True))
    context = {
        "scheme": scheme,
        "year": year,
        "page": page,
        "rows": [(row, sorted(row.documents.all(), key=_sequence), row.id in combined) for row in page.items],
        "may_combine": allows(actor_of(request), "records.combine", scope_of_scheme(scheme)),
    }
    return render(request, "capture/arrange/compose.html", context)


@require_POST
def split(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Takes a record apart, or takes chosen documents out of it."""
    actor = actor_of(request)
    record = records.record_for(record_id, actor)
    if chosen := [_key(text) for text in request.POST.getlist("document")]:
        title = request.POST.get("title", "")
        _left, made = records.split_documents(
            record_id=record_id, document_ids=chosen, title=title, actor=actor
        )
        messages.success(request, _("已拆出新的一件：%(title)s。") % {"title": made.title[:40]})
    else:
        parts = records.split_record(record_id=record_id, actor=actor)
        messages.success(request, _("已拆回 %(count)s 件。") % {"count": len(parts)})
    return redirect("capture:compose", record.scheme_id, record.year)


@require_http_methods(["GET", "HEAD", "POST"])
def classes(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """What the rules propose for each record; accepted or overruled in bulk."""
    scheme = scheme_for(request, scheme_id)
    if request.method == "POST":
        _decide(request)
        return redirect("capture:classes", scheme_id, year)
    rows = unfixed(scheme, year).exclude(number_state__in=(NumberState.FIXED, NumberState.LOCKED))
    page = keyset_page(rows, request, order=("created_at", "id"), size=AT_ONCE)
    context = {
        "scheme": scheme,
        "year": year,
        "page": page,
        "advices": classing.advise(page.items),
        "terms": records.retention_terms().values(),
        "schemes": Scheme.objects.filter(fonds=scheme.fonds).order_by("category", "year_from"),
        "may_classify": allows(actor_of(request), "capture.classify", scope_of_scheme(scheme)),
    }
    return render(request, "capture/arrange/classes.html", context)


def _decide(request: HttpRequest) -> None:
    actor = actor_of(request)
    chosen = [_key(text) for text in request.POST.getlist("record")]
    if not chosen:
        messages.error(request, _("还没有选中任何一件。"))
    elif request.POST.get("act") == "accept":
        count = classing.accept_advice(record_ids=chosen, actor=actor)
        messages.success(request, _("已按建议归类、定期限，共 %(count)s 件。") % {"count": count})
    else:
        changes = {name: request.POST[name] for name in ("retention", "unit_code") if request.POST.get(name)}
        more = {"scheme_id": _key(request.POST["scheme"])} if request.POST.get("scheme") else {}
        reason = request.POST.get("reason", "")
        count = classing.classify_records(
            record_ids=chosen, changes={**changes, **more}, reason=reason, actor=actor
        )
        messages.success(request, _("已改 %(count)s 件。") % {"count": count})


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid(_("选中的件认不出来。"), remedy=_("请刷新本页再选。")) from error


def _sequence(document: Document) -> int:
    return document.sequence
