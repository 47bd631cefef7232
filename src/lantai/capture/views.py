"""Pages of capture: batches, and handing one in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import Conflict
from lantai.core.ports import Scope, allows
from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from . import selectors, services
from .channels.api_upload import FinishedUpload, finished_upload, settle
from .entry import entry_page, measured, sender_of
from .forms import LooseForm, PackageForm
from .models import Submission

TABS = ("", "processing", "returned", "partly_accepted", "accepted")


@require_safe
def submissions(request: HttpRequest) -> HttpResponse:
    """The batches the reader may see, newest first."""
    actor = actor_of(request)
    state = request.GET.get("state", "")
    rows = selectors.submissions_for(actor)
    if state in Submission.State.values:
        rows = rows.filter(state=state)
    labels = dict(Submission.State.choices)
    tabs = [{"value": tab, "label": labels.get(tab, _("全部")), "current": tab == state} for tab in TABS]
    page = keyset_page(rows, request, order=("-received_at", "-id"))
    standing = selectors.standing(actor.organisation_id or UUID(int=0))
    return render(request, "capture/submissions.html", {"page": page, "tabs": tabs, "standing": standing})


@measured
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    """Handing in a package."""
    if request.method != "POST":
        return _form_page(request)
    form = PackageForm(request.POST, request.FILES, auto_id="package-%s")
    if not form.is_valid():
        return _form_page(request, package_form=form)
    values, sender = form.cleaned_data, sender_of(request)
    upload = finished_upload(sender.actor, values["upload"]) if values["upload"] else None
    if upload is not None and upload.submission is not None:
        received = services.answer_again(upload.submission, values["key"])
        return redirect("capture:submission", received.submission.id)
    with FinishedUpload(upload) if upload else values["package"] as package:
        received = services.receive_package(
            file=package,
            agency=sender.agency,
            channel=Submission.Channel.UPLOAD,
            key=values["key"],
            actor=sender.actor,
            title=values["title"],
            department=sender.department,
            previous=services.previous_submission(sender.agency, values["previous"]),
        )
    if upload is not None:
        settle(upload, received.submission.id)
    return redirect("capture:submission", received.submission.id)


@measured
@require_POST
def submit_loose(request: HttpRequest) -> HttpResponse:
    """Handing in loose files, of which a package is made."""
    form = LooseForm(request.POST, request.FILES, auto_id="loose-%s")
    if not form.is_valid():
        return _form_page(request, loose_form=form)
    values, sender = form.cleaned_data, sender_of(request)
    files = values["files"]
    groups = [files] if values["together"] else [[file] for file in files]
    received = services.receive_items(
        items=[
            (services.description_of(values, group[0].name, sender.agency, sender.department), group)
            for group in groups
        ],
        agency=sender.agency,
        channel=Submission.Channel.UPLOAD,
        key=values["key"],
        actor=sender.actor,
        title=values["title"] or _("散件 %(count)s 件") % {"count": len(groups)},
        department=sender.department,
        previous=services.previous_submission(sender.agency, values["previous"]),
    )
    return redirect("capture:submission", received.submission.id)


@require_safe
def submission(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """One batch: how far it is, what came back and what to do about it."""
    found = selectors.submission_for(actor_of(request), submission_id)
    items = selectors.returned_items(found)
    context: dict[str, Any] = {
        **_standing_of(request, found),
        "page": keyset_page(items, request, order=("sequence", "id")),
        "package_findings": found.counts.get("findings", []),
        "resubmissions": found.resubmissions.order_by("received_at"),
    }
    return render(request, "capture/submission.html", context)


@require_safe
def progress(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """The part of the page that htmx asks for while the batch is processed."""
    found = selectors.submission_for(actor_of(request), submission_id)
    if found.is_finished:
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    return render(request, "capture/parts/progress.html", _standing_of(request, found))


@require_POST
def resume(request: HttpRequest, submission_id: UUID) -> HttpResponseRedirect:
    """Has a stopped batch go on."""
    found = selectors.submission_for(actor_of(request), submission_id)
    services.resume(submission=found, actor=actor_of(request))
    messages.success(request, _("已接着处理。"))
    return HttpResponseRedirect(reverse("capture:submission", args=[submission_id]))


@require_safe
def receipt(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """The signed receipt as a file."""
    found = selectors.submission_for(actor_of(request), submission_id)
    if not found.receipt:
        raise Conflict(_("这一批还没有办结，没有回执。"), subject=found.title)
    response = JsonResponse(found.receipt, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="receipt-{found.id}.json"'
    return response


def _form_page(
    request: HttpRequest, package_form: PackageForm | None = None, loose_form: LooseForm | None = None
) -> HttpResponse:
    agency = sender_of(request).agency
    refused = package_form or loose_form
    source = request.POST if refused else request.GET
    previous = services.previous_submission(agency, source.get("previous", ""))
    fresh = {"previous": previous.id if previous else ""}
    wanted = {**fresh, **_wanted(request), "responsible": agency.name}
    context = {
        "package_form": package_form or PackageForm(initial=fresh, auto_id="package-%s"),
        "loose_form": loose_form or LooseForm(initial=wanted, auto_id="loose-%s"),
        "form": refused,
        "previous": previous,
    }
    return entry_page(request, "capture/submit.html", context, refused=bool(refused))


def _wanted(request: HttpRequest) -> dict[str, str]:
    """What the page of missing records already knows of the one to be filed."""
    return {name: request.GET[name] for name in ("title", "document_number") if request.GET.get(name)}


def _standing_of(request: HttpRequest, found: Submission) -> dict[str, Any]:
    scope = Scope(organisation_id=found.agency_id, department_id=found.department_id)
    return {
        "submission": found,
        "stopped": selectors.has_stopped(found),
        "may_submit": allows(actor_of(request), "capture.submit", scope),
    }
