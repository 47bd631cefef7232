"""Pages of reports: the list, one report, its PDF and JSON, and the signature it may wait for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.actors import Actor
from lantai.core.findings import Outcome
from lantai.core.language import told
from lantai.core.ports import Scope, allows
from lantai.ui.api import disposition, keyset_page

from .assigning import assign_manual, possible_assignees, tasks_of
from .forms import AssignForm, SignForm
from .grouping import OUTCOME_NAMES, view_of_report
from .models import ManualTask, Report
from .pdf import report_pdf
from .plans import STAGES
from .registry import STAGE_NAMES, plan
from .selectors import report_for, reports_of
from .storing import report_json, sign_manual, signable_keys

EXIT_STATES = ("pass", "fail", "awaiting")


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """Reports, newest first, of one stage and verdict where asked for."""
    found = reports_of(_actor(request))
    stage, verdict = request.GET.get("stage", ""), request.GET.get("verdict", "")
    if stage in STAGES:
        found = found.filter(stage=stage)
    if verdict in EXIT_STATES:
        found = found.filter(verdict=verdict)
    context = {
        "page": keyset_page(found, request, order=("-created_at", "-id")),
        "stage_tabs": _choices(request, "stage", [(key, STAGE_NAMES[key]) for key in STAGES]),
        "verdict_tabs": _choices(request, "verdict", [(key, OUTCOME_NAMES[key]) for key in EXIT_STATES]),
        "filtered": bool(stage or verdict),
        "may_sign": allows(_actor(request), "inspection.sign"),
        "may_plan": allows(_actor(request), "inspection.change_plan"),
        "trail": [(_("检测报告"), "")],
    }
    return render(request, "inspection/reports.html", context)


@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """What this person was asked to check and has not signed."""
    page = keyset_page(tasks_of(_actor(request)), request, order=("-assigned_at", "-id"))
    rules = plan().rules
    rows = [
        (task, rules[task.key].codes.get(task.report.stage, ""), rules[task.key].name) for task in page.items
    ]
    trail = [(_("检测报告"), reverse("inspection:reports")), (_("待检任务"), "")]
    return render(request, "inspection/tasks.html", {"page": page, "rows": rows, "trail": trail})


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
def word(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The report to write into."""
    found = report_for(report_id, _actor(request))
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    from .word import report_docx  # the library of Word documents: not before somebody asks

    response = HttpResponse(report_docx(found), content_type=kind)
    name = f"{_('四性检测报告')} {found.title or found.id}.docx"
    response["Content-Disposition"] = disposition("attachment", name)
    return response


@require_safe
def evidence(request: HttpRequest, report_id: UUID, decision_id: UUID) -> HttpResponse:
    """What a person showed for a signature; always downloaded, never shown as a page."""
    found = report_for(report_id, _actor(request))
    decision = get_object_or_404(found.decisions.exclude(evidence_name=""), id=decision_id)
    response = HttpResponse(bytes(decision.evidence), content_type="application/octet-stream")
    response["Content-Disposition"] = disposition("attachment", decision.evidence_name)
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
    form = SignForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, found, form)
    sign_manual(
        report=found,
        key=form.cleaned_data["key"],
        actor=_actor(request),
        outcome=Outcome(form.cleaned_data["outcome"]),
        note=form.cleaned_data["note"],
        evidence=(shown.name or "", shown.read()) if (shown := form.cleaned_data["evidence"]) else None,
    )
    messages.success(request, _("已签署，并记入存证。"))
    return redirect("inspection:report", report_id=found.id)


@require_POST
def assign(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Asks somebody to do a manual check."""
    found = report_for(report_id, _actor(request))
    form = AssignForm(request.POST, people=possible_assignees(found))
    if form.is_valid():
        assign_manual(
            report=found,
            key=form.cleaned_data["key"],
            assignee_id=form.cleaned_data["assignee"].id,
            actor=_actor(request),
        )
        messages.success(request, _("已指派，检测人会在待检任务中看到。"))
    else:
        messages.error(request, _("请选择检测人。"))
    return redirect("inspection:report", report_id=found.id)


def _choices(
    request: HttpRequest, name: str, choices: Sequence[tuple[str, str]]
) -> list[tuple[str, str, bool]]:
    """Tabs that filter by one thing and keep the other."""
    query = request.GET.copy()
    query.pop("after", None)
    query.pop("before", None)
    chosen = query.get(name, "")
    tabs = []
    for key, label in [("", _("全部")), *((key, told(label)) for key, label in choices)]:
        query[name] = key
        tabs.append((label, f"?{query.urlencode()}", key == chosen))
    return tabs


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
) -> list[tuple[str, str, SignForm, list[tuple[ManualTask | None, AssignForm]]]]:
    """What waits for a signature this reader may give: number, name, form and who was asked, by check."""
    if not allows(_actor(request), "inspection.sign", Scope(organisation_id=found.organisation_id)):
        return []
    rules = plan().rules
    asked = _assignments(request, found)
    waiting = []
    for key in signable_keys(found):
        given = form if form is not None and form.data.get("key") == key else None
        rule = rules[key]
        own = given or SignForm(initial={"key": key}, auto_id=f"{key}-%s")
        waiting.append((rule.codes[found.stage], rule.name, own, asked.get(key, [])))
    return waiting


def _assignments(
    request: HttpRequest, found: Report
) -> dict[str, list[tuple[ManualTask | None, AssignForm]]]:
    """By key of a check that can be signed: who was asked to, and the form to ask."""
    if not allows(_actor(request), "inspection.assign", Scope(organisation_id=found.organisation_id)):
        return {}
    given = {task.key: task for task in found.tasks.select_related("assignee")}
    people = possible_assignees(found)
    return {
        key: [(given.get(key), AssignForm(initial={"key": key}, auto_id=f"assign-{key}-%s", people=people))]
        for key in signable_keys(found)
    }


def _actor(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]
