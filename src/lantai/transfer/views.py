"""Pages of transfer: for the record office that hands over, and the archive that receives."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core import jobs
from lantai.core.actors import Actor
from lantai.core.errors import Conflict
from lantai.core.ports import Scope, allows, require
from lantai.inspection.api import standing_verdict
from lantai.ui.api import disposition, keyset_page

from . import cataloguing, correcting, selectors, services
from . import register as registers
from .documents import kept_upload
from .forms import FileForm, OpinionsForm, PrepareForm, ReturnItemsForm, SendBackForm, problems_of
from .models import Correction, Handover
from .pdf import register_pdf as render_register

State = Handover.State


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


@require_safe
def handovers(request: HttpRequest) -> HttpResponse:
    """Hand-overs of the reader's agency, or those coming to the reader's archive; newest first."""
    actor = _actor(request)
    rows = selectors.handovers_for(actor)
    may_prepare = allows(actor, "transfer.prepare", Scope(organisation_id=actor.organisation_id))
    context = {
        "page": keyset_page(rows, request, order=("-prepared_at", "-id")),
        "waiting": rows.filter(archive_id=actor.organisation_id, state=State.SUBMITTED).count(),
        "ready": selectors.ready_years(actor.organisation_id)
        if may_prepare and actor.organisation_id
        else [],
        "may_prepare": may_prepare,
        "owed": correcting.open_corrections(actor.organisation_id).count() if actor.organisation_id else 0,
    }
    return render(request, "transfer/handovers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def prepare(request: HttpRequest) -> HttpResponse:
    """Draws up a hand-over."""
    actor = _actor(request)
    initial = {name: request.GET.get(name) for name in ("fonds", "year_from", "year_to")}
    form = PrepareForm(request.POST or None, initial=initial, agency_id=actor.organisation_id)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        opinions = {name: values.pop(name) for name in registers.OPINIONS}
        made = services.prepare(actor=actor, opinions=opinions, **values)
        return redirect("transfer:handover", made.id)
    _name_problems(form)
    ready = selectors.ready_years(actor.organisation_id) if actor.organisation_id else []
    status = 422 if form.errors else 200
    return render(request, "transfer/prepare.html", {"form": form, "ready": ready}, status=status)


@require_safe
def handover(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """One hand-over: what goes, where it stands, what the reader may do now."""
    found = selectors.handover_for(_actor(request), handover_id)
    items = found.items.select_related("record", "correction")
    page = keyset_page(items, request, order=("place", "id"))
    context = {
        **_standing(request, found),
        "page": page,
        "lines": selectors.noted_lines(found, page.items, _actor(request)),
        "count": items.count(),
        "seals": registers.seals_hold(found),
        "opinions": [(label, found.opinions.get(name, "")) for name, label in registers.OPINIONS.items()],
        "send_back_form": SendBackForm(),
        "return_form": ReturnItemsForm(),
        "corrected": Correction.objects.filter(sent_again__handover=found).count(),
        "returned": items.exclude(returned_at=None).count(),
        "signatures": found.get_signature_policy_display(),
    }
    return render(request, "transfer/handover.html", context)


@require_safe
def progress(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """The part of the page that htmx asks for while the hand-over is received."""
    found = selectors.handover_for(_actor(request), handover_id)
    if found.state != State.RECEIVING:
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    return render(request, "transfer/parts/progress.html", _standing(request, found))


@require_POST
def submit(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Seals the register and hands over."""
    found = selectors.handover_for(_actor(request), handover_id)
    services.submit(handover=found, actor=_actor(request))
    messages.success(request, _("已签章移交，等候档案馆接收。"))
    return redirect("transfer:handover", handover_id)


@require_POST
def discard(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Gives up a draft."""
    found = selectors.handover_for(_actor(request), handover_id)
    services.discard(handover=found, actor=_actor(request))
    messages.success(request, _("已撤销这次准备，档案没有变动。"))
    return redirect("transfer:handovers")


@require_POST
def attach_catalogue(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Takes an export of the agency's catalogue database along."""
    found, form = selectors.handover_for(_actor(request), handover_id), FileForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data["file"]
        with kept_upload(given) as path:
            made = cataloguing.attach_catalogue(
                handover=found, file=path, name=given.name, actor=_actor(request)
            )
        messages.success(request, _("已交上目录，配上 %(matched)s 件。") % made.catalogue)
    else:
        messages.error(request, problems_of(form))
    return redirect("transfer:handover", handover_id)


@require_POST
def inspect(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Begins the archive's inspection, before anything is accepted."""
    services.inspect(handover=selectors.handover_for(_actor(request), handover_id), actor=_actor(request))
    return redirect("transfer:handover", handover_id)


@require_POST
def receive(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Begins to receive."""
    found = selectors.handover_for(_actor(request), handover_id)
    services.receive(handover=found, actor=_actor(request))
    return redirect("transfer:handover", handover_id)


@require_POST
def resume(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Has a stopped reception go on."""
    found = selectors.handover_for(_actor(request), handover_id)
    require(_actor(request), "transfer.receive", Scope(custodian_id=found.archive_id), subject=found.title)
    if found.job is None or not found.job.is_resumable:
        raise Conflict(_("接收没有停下，不需要接着办。"), subject=found.title)
    jobs.resume(found.job, _actor(request))
    return redirect("transfer:handover", handover_id)


@require_POST
def send_back(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Returns it to the agency."""
    found = selectors.handover_for(_actor(request), handover_id)
    form = SendBackForm(request.POST)
    if form.is_valid():
        services.send_back(handover=found, actor=_actor(request), reason=form.cleaned_data["reason"])
        messages.success(request, _("已退回移交单位。"))
    else:
        messages.error(request, " ".join(map(str, form.errors.get("reason", []))))
    return redirect("transfer:handover", handover_id)


@require_safe
def register(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """The 登记表 as a page to be printed."""
    found = _submitted(request, handover_id)
    context = {
        "handover": found,
        "register": found.register,
        "characters": registers.character_rows(found),
        "opinions": [
            (label, found.register["opinions"].get(name)) for name, label in registers.OPINIONS.items()
        ],
        "seals": registers.seals_hold(found),
    }
    return render(request, "transfer/register.html", context)


@require_safe
def register_pdf(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """The 登记表 as PDF."""
    found = _submitted(request, handover_id)
    response = HttpResponse(render_register(found), content_type="application/pdf")
    response["Content-Disposition"] = disposition("inline", f"{found.title}登记表.pdf")
    return response


@require_safe
def register_json(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """The 登记表 as JSON: what was sealed, and the seals."""
    found = _submitted(request, handover_id)
    return JsonResponse(registers.as_document(found), json_dumps_params={"ensure_ascii": False, "indent": 2})


def _submitted(request: HttpRequest, handover_id: UUID) -> Handover:
    found = selectors.handover_for(_actor(request), handover_id)
    if not found.register:
        raise Conflict(_("这次移交还没有签章，没有登记表。"), subject=found.title, remedy=_("请先签章移交。"))
    return found


def _standing(request: HttpRequest, found: Handover) -> dict[str, Any]:
    actor = _actor(request)
    own, archive = Scope(organisation_id=found.agency_id), Scope(custodian_id=found.archive_id)
    submitted, draft = found.state == State.SUBMITTED, found.state == State.DRAFT
    job = found.job
    return {
        "handover": found,
        "verdict": standing_verdict(found.report) if found.report else "",
        "stopped": found.state == State.RECEIVING and job is not None and job.is_resumable,
        "may_submit": draft and allows(actor, "transfer.submit", own),
        "may_inspect": submitted and not found.report_id and allows(actor, "transfer.receive", archive),
        "catalogue_asked": draft and cataloguing.is_asked(found),
        "may_receive": submitted and allows(actor, "transfer.receive", archive),
        "may_resume": allows(actor, "transfer.receive", archive),
        "may_return": submitted and not found.acceptance and allows(actor, "transfer.send_back", archive),
        "may_export": bool(found.sender_seal) and allows(actor, "transfer.export", own),
        "may_send_back": submitted and allows(actor, "transfer.send_back", archive),
    }


def _name_problems(form: OpinionsForm) -> None:
    for name in form.errors:
        if name in form.fields:
            form.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"problem-{name}"}
