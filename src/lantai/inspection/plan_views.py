"""Pages of the archive's inspection plans: which there are, one plan, its earlier versions."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core.actors import Actor
from lantai.core.language import told
from lantai.core.ports import require
from lantai.institutions.api import Organisation
from lantai.ui.api import keyset_page

from .forms import PlanForm
from .models import PlanVersion
from .plans import STAGES, change_plan, plan_in_force, version_in_force
from .registry import STAGE_NAMES
from .report import Stage


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """The plan of each stage with its version, and every change there was."""
    archive = _archive(request)
    page = keyset_page(PlanVersion.objects.filter(archive=archive), request, ("-created_at", "-id"))
    context = {
        "stages": [(key, STAGE_NAMES[key], version_in_force(archive.id, key)) for key in STAGES],
        "page": page,
        "changes": [(change, STAGE_NAMES[change.stage]) for change in page],
        "trail": [(_("检测报告"), reverse("inspection:reports")), (_("检测方案"), "")],
    }
    return render(request, "inspection/plans.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, stage: str) -> HttpResponse:
    """One plan, check by check; saving makes a new version."""
    if stage not in STAGES:
        raise Http404
    archive = _archive(request)
    known: Stage = stage
    category = request.GET.get("category", "")[:20]
    rules = [
        rule for rule in plan_in_force(archive.id, known, category).rules.values() if known in rule.codes
    ]
    form = PlanForm(request.POST or None, rules=rules, stage=known)
    if request.method == "POST" and form.is_valid():
        changed = change_plan(
            archive=archive,
            stage=known,
            category=category,
            settings=form.settings(),
            note=form.cleaned_data["note"],
            actor=_actor(request),
        )
        messages.success(
            request, _("已存为第 %(version)s 版，以后的检测按此进行。") % {"version": changed.version}
        )
        return redirect("inspection:plans")
    name = told(STAGE_NAMES[stage])
    trail = [
        (_("检测报告"), reverse("inspection:reports")),
        (_("检测方案"), reverse("inspection:plans")),
        (name, ""),
    ]
    context = {"form": form, "stage_name": name, "category": category, "trail": trail}
    return render(request, "inspection/plan.html", context, status=422 if form.errors else 200)


def _archive(request: HttpRequest) -> Organisation:
    actor = _actor(request)
    require(actor, "inspection.change_plan")
    return Organisation.objects.get(id=actor.organisation_id or UUID(int=0))


def _actor(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]
