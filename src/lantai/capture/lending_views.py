"""The lending desk: what is asked for, what is out, what is overdue; and looking at what one was lent."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import Invalid, NotFound
from lantai.core.ports import Scope, allows
from lantai.institutions.api import Organisation, actor_of
from lantai.ui.api import keyset_page

from . import lending
from .lending_forms import LoanForm
from .lending_models import Loan

OPEN = (Loan.State.REQUESTED, Loan.State.LENT)
DONE = (Loan.State.RETURNED, Loan.State.REFUSED)
MOST_OVERDUE = 20
"""Named above the list, which holds every loan; beyond it only counted."""


@require_safe
def loans(request: HttpRequest) -> HttpResponse:
    """The register of loans; a clerk sees their own."""
    actor = actor_of(request)
    rows = lending.loans_for(actor)
    late = lending.overdue(rows)
    done = request.GET.get("state") == "done"
    page = keyset_page(rows.filter(state__in=DONE if done else OPEN), request, order=("-asked_at", "-id"))
    context = {
        "page": page,
        "done": done,
        "today": timezone.localdate(),
        "overdue": late[:MOST_OVERDUE],
        "overdue_count": late.count(),
        "waiting": rows.filter(state=Loan.State.REQUESTED).count(),
        "may_lend": allows(actor, "capture.lend", Scope(organisation_id=actor.organisation_id)),
        "me": actor.id,
    }
    return render(request, "capture/lending/loans.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def borrow(request: HttpRequest) -> HttpResponse:
    """Asks for a record."""
    actor = actor_of(request)
    units = Organisation.objects.filter(id__in=[actor.organisation_id]).values_list("name", flat=True)
    unit = units.first()
    initial = {
        "reference_code": request.GET.get("code", ""), "borrower_name": actor.name, "borrower_unit": unit or "",
    }  # fmt: skip
    form = LoanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            lending.ask(actor=actor, **form.cleaned_data)
        except (Invalid, NotFound) as error:
            form.add_error("reference_code" if isinstance(error, NotFound) else None, str(error))
        else:
            messages.success(request, _("已向档案室申请借阅。"))
            return redirect("capture:loans")
    return render(request, "capture/lending/borrow.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def loan(request: HttpRequest, loan_id: UUID) -> HttpResponse:
    """One loan: how it stands, its documents to look at, what the record office may do."""
    actor = actor_of(request)
    found = lending.loan_for(actor, loan_id)
    running = (
        found.state == Loan.State.LENT and (found.due_on or timezone.localdate()) >= timezone.localdate()
    )
    reads = running and found.form == Loan.Form.ELECTRONIC and found.asked_by == actor.id
    context = {
        "loan": found,
        "documents": found.record.documents.order_by("sequence") if reads else [],
        "late": found.state == Loan.State.LENT and not running,
        "may_lend": allows(actor, "capture.lend", Scope(organisation_id=found.agency_id)),
    }
    return render(request, "capture/lending/loan.html", context)


@require_POST
def decide_loan(request: HttpRequest, loan_id: UUID) -> HttpResponse:
    """Lends, refuses or takes back."""
    actor = actor_of(request)
    found, told = lending.loan_for(actor, loan_id), request.POST.get("told", "")
    answer = request.POST.get("answer")
    if not told.strip() and (answer == "refuse" or (answer == "return" and found.form == Loan.Form.PAPER)):
        messages.error(request, _("请把理由或归还时的状况写上；完好的写“完好”。"))
        return redirect("capture:loan", loan_id)
    if answer == "lend":
        lending.lend(loan=found, actor=actor)
        messages.success(request, _("已借出。"))
    elif answer == "refuse":
        lending.refuse(loan=found, reason=told, actor=actor)
        messages.success(request, _("已答复。"))
    else:
        lending.give_back(loan=found, condition=told, actor=actor)
        messages.success(request, _("已收回。"))
    return redirect("capture:loans")


@require_safe
def lent_document(request: HttpRequest, loan_id: UUID, document_id: UUID) -> HttpResponse:
    """A lent document with the reader's name across every page."""
    actor = actor_of(request)
    found = lending.loan_for(actor, loan_id)
    content = lending.look_at(loan=found, document_id=document_id, actor=actor)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = "inline"
    answer["Cache-Control"] = "no-store"
    return answer
