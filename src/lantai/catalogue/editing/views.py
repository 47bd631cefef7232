"""Pages of bulk editing: plan, preview, do, take back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import LantaiError
from lantai.core.jobs import Job
from lantai.core.language import gettext as _
from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from ..description.models import Vocabulary
from ..description.vocabularies import archive_of
from ..importing.selectors import importable_fonds
from . import services
from .forms import EditForm
from .models import BulkEdit

_UNDER_WAY = (BulkEdit.State.PREVIEWING, BulkEdit.State.APPLYING, BulkEdit.State.UNDOING)


@require_http_methods(["GET", "HEAD", "POST"])
def edits(request: HttpRequest) -> HttpResponse:
    """The edits so far, and a form for another."""
    actor = actor_of(request)
    given = {name: request.GET[name] for name in EditForm.CHOOSING if name in request.GET}
    form = EditForm(
        request.POST or None, initial=given, fonds=importable_fonds(actor),
        vocabularies=Vocabulary.objects.filter(archive=archive_of(actor)),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            edit = services.plan_edit(chosen=form.chosen(), actor=actor, **form.operation_values())
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            return redirect("catalogue:edit", edit.id)
    page = keyset_page(services.edits_for(actor), request, ("-created_at", "-id"))
    context = {
        "page": page,
        "form": form,
        "opened": form.is_bound or bool(given),
    }
    return render(request, "catalogue/editing/edits.html", context, status=422 if form.is_bound else 200)


@require_safe
def edit(request: HttpRequest, edit_id: UUID) -> HttpResponse:
    """One edit: what it would change, what stands against it; once done, every record it changed."""
    found = services.edit_for(edit_id, actor_of(request))
    changes = found.changes.select_related("record")
    context = {
        "edit": found,
        "page": keyset_page(changes, request, ("id",)),
        "counts": found.counts,
        "done": found.counts.get("done", {}),
        "undone": found.counts.get("undone", {}),
        "operation": BulkEdit.Operation(found.operation).label,
        **_job(found),
    }
    return render(request, "catalogue/editing/edit.html", context)


@require_safe
def progress(request: HttpRequest, edit_id: UUID) -> HttpResponse:
    """How far the job is; has the page shown anew once it is over."""
    found = services.edit_for(edit_id, actor_of(request))
    context = _job(found)
    response = render(request, "catalogue/parts/progress.html", {"batch": found, **context})
    if not context["under_way"] or context["stuck"]:
        response["HX-Refresh"] = "true"
    return response


def _job(found: BulkEdit) -> dict[str, Any]:
    job = Job.objects.filter(id=found.job_id).first() if found.job_id else None
    under_way = found.state in _UNDER_WAY
    bar = {"title": job.step, "done": job.done, "total": job.total} if job and job.total else None
    return {
        "job": job,
        "bar": bar,
        "under_way": under_way,
        "stuck": bool(under_way and job and not job.is_active),
    }


@require_POST
def apply(request: HttpRequest, edit_id: UUID) -> HttpResponse:
    """Does what was previewed."""
    actor = actor_of(request)
    services.apply_edit(edit=services.edit_for(edit_id, actor), actor=actor)
    return redirect("catalogue:edit", edit_id)


@require_POST
def undo(request: HttpRequest, edit_id: UUID) -> HttpResponse:
    """Takes an edit back."""
    actor = actor_of(request)
    services.undo_edit(edit=services.edit_for(edit_id, actor), actor=actor)
    messages.success(request, _("正在撤销。之后又改过的会保留。"))
    return redirect("catalogue:edit", edit_id)
