"""Reporting a classified file, and the security officer's list of what was reported."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.ports import allows
from lantai.institutions.api import actor_of
from lantai.records.api import record_for
from lantai.ui.api import keyset_page

from . import isolating
from .forms import IsolateForm, NoteForm, problems_of


@require_http_methods(["GET", "HEAD", "POST"])
def isolate(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Says what will happen, then shuts the record off."""
    actor = actor_of(request)
    form = IsolateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        isolating.isolate(record_id=record_id, reason=form.cleaned_data["reason"], actor=actor)
        messages.success(request, _("已隔离，并报告安全保密员。"))
        return redirect("transfer:isolations")
    context = {"form": form, "record": record_for(record_id, actor)}
    return render(request, "transfer/isolate.html", context, status=422 if form.errors else 200)


@require_safe
def isolations(request: HttpRequest) -> HttpResponse:
    """What was reported; what waits for an answer first."""
    actor = actor_of(request)
    rows = isolating.isolations_for(actor)
    done = bool(request.GET.get("done"))
    page = keyset_page(rows.filter(handled_at__isnull=not done), request, order=("-found_at", "-id"))
    context = {
        "page": page,
        "done": done,
        "waiting": rows.filter(handled_at=None).count(),
        "may_handle": allows(actor, "transfer.handle_isolation"),
        "form": NoteForm(),
    }
    return render(request, "transfer/isolations.html", context)


@require_POST
def handle(request: HttpRequest, isolation_id: UUID) -> HttpResponse:
    """The security officer's answer."""
    actor = actor_of(request)
    form = NoteForm(request.POST)
    if form.is_valid():
        found = isolating.isolation_for(actor, isolation_id)
        confirmed = request.POST.get("answer") == "confirm"
        isolating.handle(isolation=found, confirmed=confirmed, note=form.cleaned_data["note"], actor=actor)
        messages.success(request, _("已处置。"))
    else:
        messages.error(request, problems_of(form))
    return redirect("transfer:isolations")
