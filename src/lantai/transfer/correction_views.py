"""What came back singly: the agency corrects it, both sides see what changed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, NotFound
from lantai.core.ports import Scope, allows
from lantai.institutions.api import actor_of, answers_for
from lantai.ui.api import keyset_page

from . import correcting, selectors
from .documents import kept_upload
from .forms import AnswerForm, FileForm, ReturnItemsForm, problems_of
from .models import Correction


def _corrections_for(actor: Actor) -> QuerySet[Correction]:
    own = answers_for(actor.organisation_id) if actor.organisation_id else frozenset()
    coming = Q(returned_item__handover__archive_id__in=[actor.organisation_id])
    mine = Q(returned_item__handover__agency__in=own) | coming
    rows = Correction.objects.filter(mine).exclude(record__state="isolated")
    return rows.select_related("record", "returned_item__handover", "sent_again__handover")


@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """What came back, what is not sent again yet first."""
    rows = _corrections_for(actor_of(request))
    waiting = rows.filter(closed_at=None)
    shown = rows.exclude(closed_at=None) if request.GET.get("done") else waiting
    page = keyset_page(shown, request, order=("-returned_at", "-id"))
    return render(
        request,
        "transfer/corrections.html",
        {"page": page, "waiting": waiting.count(), "done": bool(request.GET.get("done"))},
    )


@require_safe
def correction(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """One: why it came back, what was changed since, and what is to be done."""
    found = _one(request, correction_id)
    agency = Scope(organisation_id=found.returned_item.handover.agency_id)
    changes = found.changes
    if not found.closed_at:
        changes = correcting.compare(found.first, correcting.submitted_facts(found.record))
    context = {
        "correction": found,
        "changes": changes,
        "documents": found.record.documents.order_by("sequence"),
        "may_correct": not found.closed_at and allows(actor_of(request), "transfer.prepare", agency),
        "answer_form": AnswerForm(initial={"answer": found.answer}),
        "file_form": FileForm(),
    }
    return render(request, "transfer/correction.html", context)


@require_POST
def answer(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """The agency says what it did."""
    form = AnswerForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["answer"]
        correcting.answer(correction=_one(request, correction_id), text=text, actor=actor_of(request))
        messages.success(request, _("已记下更正说明。"))
    else:
        messages.error(request, problems_of(form))
    return redirect("transfer:correction", correction_id)


@require_POST
def replace(request: HttpRequest, correction_id: UUID, document_id: UUID) -> HttpResponse:
    """Takes a corrected file in the place of one that came back."""
    found, form = _one(request, correction_id), FileForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, problems_of(form))
        return redirect("transfer:correction", correction_id)
    given = form.cleaned_data["file"]
    with kept_upload(given) as path:
        correcting.replace_document(
            correction=found, document_id=document_id, file=path, name=given.name, actor=actor_of(request)
        )
    messages.success(request, _("文件已换，旧文件的摘要留在退改记录里。"))
    return redirect("transfer:correction", correction_id)


@require_POST
def return_items(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Sends chosen records of a hand-over back."""
    found = selectors.handover_for(actor_of(request), handover_id)
    form = ReturnItemsForm(request.POST)
    chosen = found.items.filter(id__in=[key for key in request.POST.getlist("item") if _is_id(key)])
    if not chosen:
        raise Conflict(_("还没有选要退回的件。"), subject=found.title, remedy=_("请先在清单里勾选。"))
    if form.is_valid():
        reasons = [form.cleaned_data["reason"]]
        correcting.return_items(
            handover=found,
            reasons={item.record_id: reasons for item in chosen},
            actor=actor_of(request),
        )
        messages.success(request, _("已单件退回，其余的可以接着接收。"))
    else:
        messages.error(request, problems_of(form))
    return redirect("transfer:handover", handover_id)


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _one(request: HttpRequest, correction_id: UUID) -> Correction:
    found = _corrections_for(actor_of(request)).filter(id=correction_id).first()
    if found is None:
        raise NotFound(_("没有找到这条退改记录。"), remedy=_("请从退改列表里打开。"))
    return found
