"""Pages of reports: the list, one report, its PDF and JSON, and the signature it may wait for."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.actors import Actor
from lantai.core.findings import Outcome
from lantai.core.ports import Scope, allows
from lantai.ui.api import disposition, keyset_page

from .forms import SignForm
from .grouping import view_of_report
from .models import Report
from .pdf import report_pdf
from .registry import plan
from .selectors import report_for, reports_of
from .storing import awaiting_keys, report_json, sign_manual


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """Reports, newest first."""
    page = keyset_page(reports_of(_actor(request)), request, order=("-created_at", "-id"))
    return render(request, "inspection/reports.html", {"page": page, "trail": [(_("检测报告"), "")]})


@require_safe
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One report, grouped by what has to be done."""
    return _show(request, report_for(report_id, _actor(request)), None)


@require_safe
def pdf(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The report to print, sign and file."""
    found = report_for(report_id, _actor(request))
    name = f"{_('四性检测报告')} {found.title or found.id}.pdf"
    response = HttpResponse(report_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = disposition("inline", name)
    return response


@require_safe
def as_json(request: HttpRequest, report_id: UUID) -> JsonResponse:
    """The report for machines."""
    found = report_for(report_id, _actor(request))
    return JsonResponse(report_json(found), json_dumps_params={"ensure_ascii": False})


@require_POST
def sign(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Signs one check that waits for a person."""
    found = report_for(report_id, _actor(request))
    form = SignForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form)
    sign_manual(
        report=found,
        key=form.cleaned_data["key"],
        actor=_actor(request),
        outcome=Outcome(form.cleaned_data["outcome"]),
        note=form.cleaned_data["note"],
    )
    messages.success(request, _("已签署，并记入存证。"))
    return redirect("inspection:report", report_id=found.id)


def _show(request: HttpRequest, found: Report, form: SignForm | None) -> HttpResponse:
    natures = plan().natures
    nature = request.GET.get("nature", "")
    nature = nature if nature in natures else ""
    view = view_of_report(found, nature)
    tabs = [(_("全部"), request.path, not nature)]
    tabs += [(_(name), f"?nature={key}", key == nature) for key, name in natures.items()]
    context = {
        "report": found,
        "view": view,
        "tabs": tabs,
        "signatures": _signatures(request, found, form),
        "trail": [(_("检测报告"), reverse("inspection:reports")), (view.title, "")],
    }
    return render(request, "inspection/report.html", context, status=422 if form else 200)


def _signatures(
    request: HttpRequest, found: Report, form: SignForm | None
) -> list[tuple[str, str, SignForm]]:
    """What waits for a signature this reader may give: number, name and form of each check."""
    if not allows(_actor(request), "inspection.sign", Scope(organisation_id=found.organisation_id)):
        return []
    rules = plan().rules
    waiting = []
    for key in awaiting_keys(found):
        given = form if form is not None and form.data.get("key") == key else None
        rule = rules[key]
        own = given or SignForm(initial={"key": key}, auto_id=f"{key}-%s")
        waiting.append((rule.codes[found.stage], rule.name, own))
    return waiting


def _actor(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]
