"""Assessments for electronic-only keeping: the list, the answers, the verdict as page and PDF."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core.errors import Conflict, NotFound
from lantai.core.ports import Scope, allows
from lantai.institutions.api import Organisation, actor_of
from lantai.ui.api import disposition, keyset_page

from . import readiness
from .forms import AssessForm
from .models import Readiness
from .pdf import ANSWER_WORDS, VERDICT_WORDS, readiness_pdf


@require_safe
def assessments(request: HttpRequest) -> HttpResponse:
    """Assessments of the agency, or of the agencies that hand over to the archive."""
    actor = actor_of(request)
    page = keyset_page(readiness.assessments_for(actor), request, order=("-started_at", "-id"))
    rows = [(row, VERDICT_WORDS.get(row.verdict, ""), readiness.is_valid(row)) for row in page.items]
    may_assess = allows(actor, "transfer.assess", Scope(organisation_id=actor.organisation_id))
    return render(
        request, "transfer/assessments.html", {"page": page, "rows": rows, "may_assess": may_assess}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def assess(request: HttpRequest) -> HttpResponse:
    """Starts one."""
    actor = actor_of(request)
    form = AssessForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        agency = (
            Organisation.objects.filter(id=actor.organisation_id).first() if actor.organisation_id else None
        )
        if agency is None:
            raise NotFound(_("您还不属于任何单位。"))
        made = readiness.begin(agency=agency, actor=actor, **form.cleaned_data)
        return redirect("transfer:assessment", made.id)
    return render(request, "transfer/assess.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def assessment(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """The checklist to be answered, or the verdict with every answer."""
    actor = actor_of(request)
    found = readiness.assessment_for(actor, assessment_id)
    if request.method == "POST":
        return _answered(request, found)
    scope = Scope(organisation_id=found.agency_id)
    context = {
        "assessment": found,
        "sections": _sections(found),
        "verdict": VERDICT_WORDS.get(found.verdict, ""),
        "valid": readiness.is_valid(found),
        "seal_holds": readiness.seal_holds(found),
        "answers": ANSWER_WORDS.items(),
        "may_answer": not found.concluded_at and allows(actor, "transfer.assess", scope),
    }
    return render(request, "transfer/assessment.html", context)


def _answered(request: HttpRequest, found: Readiness) -> HttpResponse:
    actor = actor_of(request)
    answers = {
        item.key: {
            "answer": request.POST.get(f"answer-{item.key}", ""),
            "evidence": request.POST.get(f"evidence-{item.key}", ""),
        }
        for item in readiness.checklist().items
    }
    found = readiness.answer_items(assessment=found, answers=answers, actor=actor)
    if "conclude" in request.POST:
        readiness.conclude(assessment=found, actor=actor)
        messages.success(request, _("评估已有结论，已签章。"))
    else:
        messages.success(request, _("已保存，可以以后接着填。"))
    return redirect("transfer:assessment", found.id)


@require_safe
def assessment_pdf(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """A concluded assessment as PDF."""
    found = readiness.assessment_for(actor_of(request), assessment_id)
    if not found.concluded_at:
        raise Conflict(_("评估还没有结论，不能出表。"), subject=found.system, remedy=_("请先逐项作答。"))
    response = HttpResponse(readiness_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = disposition("inline", f"{found.system}单套管理评估表.pdf")
    return response


def _sections(found: Readiness) -> list[tuple[str, list[dict[str, Any]]]]:
    listed = readiness.checklist()
    rows = [
        {"item": item, "given": found.answers.get(item.key, {}), "word": _word(found, item.key)}
        for item in listed.items
    ]
    return [
        (name, [row for row in rows if row["item"].section == key]) for key, name in listed.sections.items()
    ]


def _word(found: Readiness, key: str) -> str:
    return ANSWER_WORDS.get(found.answers.get(key, {}).get("answer", ""), "")
