"""Pages of incidents, audit plans and drills."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core import jobs
from lantai.core.errors import LantaiError
from lantai.core.ports import allows, require
from lantai.institutions.api import actor_of
from lantai.ui.api import disposition, keyset_page

from ..forms import AuditPlanForm, ClosingForm
from ..models import Audit
from ..stores import declared_stores, open_store
from ..tabs import vault_tabs
from . import drills as drilling
from . import incidents as happenings
from .drill_report import drill_pdf as render_pdf
from .models import Incident
from .plans import AuditTerms, plan_versions, set_audit_plan, terms_for, watched_stores


def _store_names() -> dict[str, str]:
    return {facts.key: facts.name for facts in declared_stores()}


@require_safe
def incidents(request: HttpRequest) -> HttpResponse:
    """What happened, the newest first; those nobody closed on top of the page as figures."""
    open_now = happenings.open_incidents()
    page = keyset_page(happenings.incidents(), request, ("-raised_at", "-id"), size=30)
    names = _store_names()
    context = {
        "tabs": vault_tabs("vault:incidents"),
        "page": page,
        "rows": [(row, names.get(row.store, row.store)) for row in page.items],
        "waiting": open_now.filter(state=Incident.State.OPEN).count(),
        "mended": open_now.filter(state=Incident.State.MENDED).count(),
    }
    return render(request, "vault/incidents.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def incident(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """One incident: what it hit, what was mended, and the words that close it."""
    actor = actor_of(request)
    found = happenings.incident_of(incident_id)
    form = ClosingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            happenings.close_incident(incident_id=incident_id, words=form.cleaned_data["words"], actor=actor)
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已处置，说明已存证。"))
            return redirect("vault:incident", incident_id)
    hit = found.objects_hit.select_related("object__record", "object__fonds")
    context = {
        "incident": found,
        "store_name": _store_names().get(found.store, found.store),
        "page": keyset_page(hit, request, ("id",), size=30),
        "form": form,
        "may_close": found.state != Incident.State.CLOSED and allows(actor, "vault.close_incident"),
        "may_repair": found.state == Incident.State.OPEN and allows(actor, "vault.repair"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "vault/incident.html", context, status=status)


@require_safe
def audits(request: HttpRequest) -> HttpResponse:
    """How each store is re-read, whether that suffices, and every run."""
    names = _store_names()
    page = keyset_page(Audit.objects.all(), request, ("-finished_at", "-id"), size=30)
    context = {
        "tabs": vault_tabs("vault:audits"),
        "stores": watched_stores(),
        "page": page,
        "runs": [(run, names.get(run.store, run.store)) for run in page.items],
        "may_set": allows(actor_of(request), "vault.set_policy"),
    }
    return render(request, "vault/audits.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def audit_plan(request: HttpRequest, store: str) -> HttpResponse:
    """A new version of a store's plan."""
    facts, terms = open_store(store).facts, terms_for(store)
    initial = {name: getattr(terms, name) for name in AuditTerms.__slots__}
    form = AuditPlanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            set_audit_plan(store=store, terms=form.terms, actor=actor_of(request))
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("方案已生效，改动已存证。"))
            return redirect("vault:audits")
    page = keyset_page(plan_versions(store), request, ("-version",), size=20)
    context = {"facts": facts, "form": form, "page": page}
    return render(request, "vault/audit_plan.html", context, status=422 if request.method == "POST" else 200)


@require_safe
def drills(request: HttpRequest) -> HttpResponse:
    """Every drill, newest first, and when the next is due."""
    context = {
        "tabs": vault_tabs("vault:drills"),
        "page": keyset_page(drilling.drills(), request, ("-started_at", "-id"), size=30),
        "next_at": drilling.next_drill(),
        "may_drill": allows(actor_of(request), "vault.drill"),
    }
    return render(request, "vault/drills.html", context)


@require_POST
def start_drill(request: HttpRequest) -> HttpResponse:
    """Holds a drill now; the job's page shows how far it is."""
    actor = actor_of(request)
    require(actor, "vault.drill")
    return redirect("core:job", jobs.start(drilling.JOB, actor).id)


@require_safe
def drill(request: HttpRequest, drill_id: UUID) -> HttpResponse:
    """One drill's report."""
    found = drilling.drill_of(drill_id)
    return render(request, "vault/drill.html", {"drill": found, "genuine": drilling.is_genuine(found)})


@require_safe
def drill_pdf(_request: HttpRequest, drill_id: UUID) -> HttpResponse:
    """The report as PDF."""
    found = drilling.drill_of(drill_id)
    response = HttpResponse(render_pdf(found), content_type="application/pdf")
    name = _("恢复演练报告 %(day)s.pdf") % {"day": f"{found.started_at:%Y-%m-%d}"}
    response["Content-Disposition"] = disposition("inline", name)
    return response


@require_safe
def drill_json(_request: HttpRequest, drill_id: UUID) -> HttpResponse:
    """The report and its seal as they are verified."""
    found = drilling.drill_of(drill_id)
    response = JsonResponse(
        {"report": found.report, "seal": found.seal}, json_dumps_params={"ensure_ascii": False}
    )
    name = _("恢复演练报告 %(day)s.json") % {"day": f"{found.started_at:%Y-%m-%d}"}
    response["Content-Disposition"] = disposition("attachment", name)
    return response
