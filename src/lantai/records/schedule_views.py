"""Pages on which a retention schedule is sent by the agency and approved by its archive."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from . import approval
from . import setup_selectors as selectors
from .models import RetentionSchedule
from .vocabulary import VersionState


@require_POST
def submit_schedule(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Sends a draft for approval."""
    actor = actor_of(request)
    approval.submit_schedule(schedule=selectors.schedule_for(schedule_id, actor), actor=actor)
    messages.success(request, _("已报档案馆审批，批准以前仍按现行的表建议期限。"))
    return redirect("records:schedule", schedule_id)


@require_safe
def schedules_to_approve(request: HttpRequest) -> HttpResponse:
    """What agencies have sent to the reader's archive."""
    waiting = (
        RetentionSchedule.objects.filter(
            agency__archive_id=actor_of(request).organisation_id, state=VersionState.SUBMITTED
        )
        .select_related("agency")
        .annotate(size=Count("rules"))
    )
    page = keyset_page(waiting, request, order=("effective_from", "id"))
    return render(request, "records/setup/schedules.html", {"page": page})


@require_POST
def decide_schedule(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Approves what was sent, or gives it back."""
    actor = actor_of(request)
    schedule = selectors.schedule_for(schedule_id, actor)
    if request.POST.get("decision") == "approve":
        number = request.POST.get("approval_number", "")
        approval.approve_schedule(schedule=schedule, approval_number=number, actor=actor)
        messages.success(request, _("已批准，自生效日起按这一版建议期限。"))
    else:
        approval.return_schedule(schedule=schedule, reason=request.POST.get("reason", ""), actor=actor)
        messages.success(request, _("已退回，理由已告诉报批单位。"))
    return redirect("records:schedule", schedule_id)
