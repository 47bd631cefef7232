"""Pages of appraisal: what expires, and each disposal from proposal to register."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import Invalid, LantaiError, NotFound
from lantai.core.ports import allows
from lantai.institutions.api import actor_of
from lantai.records.api import retention_term
from lantai.ui.api import disposition, keyset_page
from lantai.vault.api import volumes_still_holding

from . import selectors, services
from .forms import ApprovalForm, ExtensionForm, OpinionForm, ProposalForm, PurgeForm, RefusalForm
from .models import Disposal
from .narrowing import DueForm
from .register import is_genuine
from .register import register_pdf as render_register

PAGE = 50


@require_safe
def due(request: HttpRequest) -> HttpResponse:
    """Records whose term is over, by year."""
    return _due(request, ProposalForm())


@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Lays the chosen records before the group."""
    form = _with_choices(ProposalForm(request.POST), request)
    if form.is_valid():
        try:
            made = services.propose(
                record_ids=_chosen(request, form),
                title=form.cleaned_data["title"],
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
            )
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已提出鉴定，请鉴定小组提意见。"))
            return redirect("appraisal:disposal", made.id)
    return _due(request, form, status=422)


@require_safe
def disposals(request: HttpRequest) -> HttpResponse:
    """Every disposal, newest first."""
    actor = actor_of(request)
    page = keyset_page(selectors.disposals_for(actor), request, ("-proposed_at", "-id"))
    context = {"page": page, "may_purge": allows(actor, "appraisal.propose_purge")}
    return render(request, "appraisal/disposals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def purge(request: HttpRequest) -> HttpResponse:
    """Asks that a record which must not be here be taken out."""
    form = PurgeForm(request.POST or None, initial={"record": request.GET.get("record", "")})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = services.propose_purge(
                record_ids=[values["record"]],
                title=values["title"],
                reason=values["reason"],
                actor=actor_of(request),
            )
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            return redirect("appraisal:disposal", made.id)
    status = 422 if request.method == "POST" else 200
    return render(request, "appraisal/purge.html", {"form": form}, status=status)


@require_safe
def disposal(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """One disposal: its records, who said what, and what is to be done next."""
    return _disposal(request, selectors.disposal_for(disposal_id, actor_of(request)))


@require_POST
def opine(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """A member's opinion."""
    return _act(request, disposal_id, OpinionForm(request.POST), services.give_opinion, _("意见已记下。"))


@require_POST
def extend(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """Keeps the chosen records on."""
    form = _with_choices(ExtensionForm(request.POST), request)

    def act(*, records: list[str], **given: Any) -> object:
        return services.extend(record_ids=_ids(records), **given)

    return _act(request, disposal_id, form, act, _("已改为延长，批准后生效。"))


@require_POST
def approve(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """Approves it."""
    return _act(request, disposal_id, ApprovalForm(request.POST), services.approve, _("已批准。"))


@require_POST
def reject(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """Refuses it."""
    return _act(request, disposal_id, RefusalForm(request.POST), services.reject, _("已退回，档案照常保管。"))


@require_POST
def witness(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """A witness signs."""
    return _act(request, disposal_id, forms.Form(request.POST), services.witness, _("已签名。"))


@require_safe
def register_pdf(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """The 销毁清册 as PDF."""
    found = selectors.disposal_for(disposal_id, actor_of(request))
    if not found.register:
        raise NotFound(_("销毁还没有办结，清册尚未形成。"), subject=found.title)
    response = HttpResponse(render_register(found), content_type="application/pdf")
    response["Content-Disposition"] = disposition(
        "inline", _("%(title)s销毁清册.pdf") % {"title": found.title}
    )
    return response


def _act(
    request: HttpRequest, disposal_id: UUID, form: forms.Form, service: Callable[..., object], done: str
) -> HttpResponse:
    """Calls a service with what the form holds; what cannot be done is said above the page."""
    actor = actor_of(request)
    found = selectors.disposal_for(disposal_id, actor)
    if not form.is_valid():
        return _disposal(request, found, form, status=422)
    try:
        service(disposal=found, actor=actor, **form.cleaned_data)
    except LantaiError as error:
        form.add_error(None, str(error))
        return _disposal(request, selectors.disposal_for(disposal_id, actor), form, status=error.http_status)
    messages.success(request, done)
    return redirect("appraisal:disposal", disposal_id)


def _with_choices(form: forms.Form, request: HttpRequest) -> forms.Form:
    form.fields["records"].choices = [(value, value) for value in request.POST.getlist("records")]  # type: ignore[attr-defined]
    return form


def _chosen(request: HttpRequest, form: forms.Form) -> list[UUID]:
    """The records ticked, or all the list was narrowed to; one more than may go, so that the service says so."""
    if form.cleaned_data["every"]:
        narrowed = DueForm(request.POST, actor_of(request))
        if narrowed.errors:  # what was asked for is gone: the rest of the list was never looked at
            raise Invalid(
                _("所选全宗或保管期限已没有到期的档案，可能别人刚刚提出。"),
                remedy=_("请刷新到期清单后重新勾选。"),
            )
        return narrowed.ids(services.LARGEST + 1)
    return _ids(form.cleaned_data["records"])


def _ids(values: list[str]) -> list[UUID]:
    try:
        return [UUID(value) for value in values]
    except ValueError as error:
        raise Invalid(_("选中的档案无法识别。"), remedy=_("请刷新页面后重新勾选。")) from error


def _due(request: HttpRequest, form: forms.Form, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    narrowing = DueForm(request.POST or request.GET, actor)
    page = keyset_page(narrowing.rows(), request, ("of_year", "id"), size=PAGE)
    chosen = set(request.POST.getlist("records"))
    rows = [
        {
            "record": record,
            "retention": retention_term(record.retention),
            "until": (record.year or 0) + (retention_term(record.retention).years or 0),
            "chosen": str(record.id) in chosen,
        }
        for record in page.items
    ]
    context = {
        "page": page,
        "rows": rows,
        "narrowing": narrowing,
        "found": narrowing.count(services.LARGEST) if page.next or page.previous else len(rows),
        "largest": services.LARGEST,
        "form": form,
        "year": timezone.localdate().year,
        "may_propose": allows(actor, "appraisal.propose"),
    }
    return render(request, "appraisal/due.html", context, status=status)


def _disposal(
    request: HttpRequest, found: Disposal, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    items = found.items.select_related("record")
    purges = found.kind == Disposal.Kind.PURGE
    own = found.proposed_by == actor.id
    is_open, waits = found.state == Disposal.State.OPEN, found.state == Disposal.State.APPROVED
    spoke = found.opinions.filter(member=actor.id).exists()
    signed = found.witnesses.filter(person=actor.id).exists()
    opines = is_open and not purges and allows(actor, "appraisal.give_opinion")
    context = {
        "disposal": found,
        "page": keyset_page(items, request, ("id",), size=PAGE),
        "opinions": found.opinions.all(),
        "witnesses": found.witnesses.all(),
        "form": form,
        "opinion_form": OpinionForm() if opines and not spoke else None,
        "extension_form": ExtensionForm() if opines else None,
        "approval_form": ApprovalForm(),
        "refusal_form": RefusalForm(),
        "may_decide": is_open and not own and allows(actor, "appraisal.approve_purge" if purges else "appraisal.approve"),
        "may_witness": waits and not own and not signed and found.decided_by != actor.id and allows(actor, "appraisal.witness"),
        "genuine": is_genuine(found),
        "volumes": volumes_still_holding(found.condemned()) if found.register else [],
    }  # fmt: skip
    return render(request, "appraisal/disposal.html", context, status=status)
