"""Pages of the opening desk."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from lantai.core.errors import Invalid, LantaiError
from lantai.core.ports import allows
from lantai.institutions.api import actor_of
from lantai.ledger.api import entries_for
from lantai.records.api import Record, scope_of
from lantai.ui.api import keyset_page

from . import selectors, services
from .forms import DecisionForm, WithdrawalForm
from .models import Decision, Ground
from .statements import verify_decision

QUEUE_SIZE = 30
LONGEST_SELECTION = 500


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, oldest first."""
    return _queue(request, DecisionForm())


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Opens or postpones the chosen records; what was chosen and typed stays if it cannot be done."""
    form = DecisionForm(request.POST)
    form.fields["records"].choices = [(value, value) for value in request.POST.getlist("records")]  # type: ignore[attr-defined]
    if not form.is_valid():
        return _queue(request, form, status=422)
    try:
        made = _decide(request, form)
    except LantaiError as error:
        form.add_error(None, str(error))
        return _queue(request, form, status=error.http_status)
    done = _("已决定开放") if form.cleaned_data["decision"] == "open" else _("已决定延期开放")
    messages.success(
        request, ngettext("%(n)s 件%(done)s，决定已签名并记入存证。", "%(n)s 件%(done)s，决定已签名并记入存证。", len(made))
        % {"n": len(made), "done": done},
    )  # fmt: skip
    return redirect("opening:queue")


@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """What was decided, newest first."""
    rows = selectors.decisions_for(actor_of(request))
    return render(
        request, "opening/decisions.html", {"page": keyset_page(rows, request, ("-decided_at", "-id"))}
    )


@require_safe
def decision(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """One decision with its seal, checked now, and its line in the ledger."""
    return _decision(request, selectors.decision_for(decision_id, actor_of(request)), WithdrawalForm())


@require_POST
def withdraw(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Takes a colleague's decision back."""
    found = selectors.decision_for(decision_id, actor_of(request))
    form = WithdrawalForm(request.POST)
    if not form.is_valid():
        return _decision(request, found, form, status=422)
    made = services.withdraw(found.id, form.cleaned_data["reason"], actor_of(request))
    messages.success(request, _("原决定已撤回，档案恢复为原来的开放标识。"))
    return redirect("opening:decision", made.id)


def _decide(request: HttpRequest, form: DecisionForm) -> list[Decision]:
    values = form.cleaned_data
    try:
        record_ids = [UUID(value) for value in values["records"]]
    except ValueError as error:
        raise Invalid(_("选中的档案无法识别。"), remedy=_("请刷新页面后重新勾选。")) from error
    if len(record_ids) > LONGEST_SELECTION:
        raise Invalid(_("一次最多审核 %(n)s 件。") % {"n": LONGEST_SELECTION})
    actor = actor_of(request)
    if values["decision"] == "open":
        return services.open_due(record_ids, values["note"], actor)
    return services.postpone_records(record_ids, values["ground"], values["note"], actor)


def _queue(request: HttpRequest, form: DecisionForm, status: int = 200) -> HttpResponse:
    waiting = [part.prefetch_related("documents") for part in selectors.queue_in_parts(actor_of(request))]
    page = keyset_page(waiting, request, ("made", "id"), size=QUEUE_SIZE)
    today = timezone.localdate()
    chosen = set(request.POST.getlist("records"))
    rows = [
        {
            "record": record,
            "why": _why(record, selectors.term_is_over(record, today)),
            "chosen": str(record.id) in chosen,
            "document": next(iter(record.documents.all()), None),
        }
        for record in page.items
    ]
    return render(request, "opening/queue.html", {"page": page, "rows": rows, "form": form}, status=status)


def _why(record: Record, over: bool) -> str:
    if not over:
        return _("已主动公开")
    made = selectors.last_day(record)
    return _("形成满二十五年（%(year)s 年）") % {"year": made.year if made else ""}


def _decision(request: HttpRequest, found: Decision, form: WithdrawalForm, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    latest = selectors.history_of(found.record_id).first()
    may_withdraw = (
        latest == found
        and found.withdraws_id is None
        and found.decided_by != actor.id
        and allows(actor, "opening.withdraw", scope_of(found.record))
    )
    context = {
        "decision": found,
        "ground": Ground(found.ground),
        "seal": found.seal,
        "verified": verify_decision(found),
        "entry": entries_for(f"opening:{found.batch_id}").first(),
        "batch_size": found.batch.decisions.count(),
        "history": selectors.history_of(found.record_id),
        "form": form,
        "may_withdraw": may_withdraw,
    }
    return render(request, "opening/decision.html", context, status=status)
