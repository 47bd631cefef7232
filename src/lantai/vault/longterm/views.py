"""The page of the long-term inspection."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from lantai.core import jobs
from lantai.core.ports import allows, require
from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from ..tabs import vault_tabs
from .rounds import JOB, next_round, reports
from .selectors import failing, progress


@require_safe
def inspections(request: HttpRequest) -> HttpResponse:
    """How far the holdings have been inspected, what fails now, and every report, newest first."""
    context = {
        "tabs": vault_tabs("vault:inspections"),
        "stand": progress(),
        "failing": failing(),
        "page": keyset_page(reports(), request, ("-created_at", "-id"), size=30),
        "next_at": next_round(),
        "may_inspect": allows(actor_of(request), "vault.inspect"),
    }
    return render(request, "vault/inspections.html", context)


@require_POST
def start_inspection(request: HttpRequest) -> HttpResponse:
    """Begins a round now; the job's page shows how far it is."""
    actor = actor_of(request)
    require(actor, "vault.inspect")
    return redirect("core:job", jobs.start(JOB, actor).id)
