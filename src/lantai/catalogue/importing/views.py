"""Pages of importing: hand in, say what the columns mean, dry run, import, undo."""

from __future__ import annotations

import tempfile
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import LantaiError
from lantai.core.jobs import Job
from lantai.institutions.api import actor_of
from lantai.ui.api import disposition, keyset_page

from ..models import Import
from . import selectors, services
from .corrected import SHEET, write_corrected
from .fields import fields
from .forms import ColumnsForm, UploadForm
from .outlook import outlook
from .problems import describe, summary_of
from .scans import SOURCE as SCANS
from .spool import ROWS, Spool

_UNDER_WAY = (Import.State.CHECKING, Import.State.LOADING, Import.State.UNDOING)


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """The imports so far, and a form for another."""
    actor = actor_of(request)
    choices = selectors.importable_fonds(actor)
    tables = selectors.tables_for_scans(actor)
    form = UploadForm(request.POST or None, request.FILES or None, choices=choices, tables=tables)
    if request.method == "POST" and form.is_valid():
        try:
            batch = services.receive_file(actor=actor, **form.cleaned_data)
        except LantaiError as error:
            form.add_error("file", str(error))
        else:
            return redirect("catalogue:import", batch.id)
    page = keyset_page(selectors.imports_for(actor), request, ("-created_at", "-id"))
    context = {"page": page, "form": form, "prepared": choices.exists()}
    return render(request, "catalogue/imports.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def one_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """One import: its columns to settle, then every problem by row, then what was made of it."""
    actor = actor_of(request)
    batch = selectors.import_for(import_id, actor)
    form = ColumnsForm(request.POST or None, batch=batch)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            services.confirm_columns(
                batch=batch, columns=values["columns"], known=values["known"], category=values["category"], actor=actor
            )  # fmt: skip
            services.start_check(batch=batch, actor=actor)
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            return redirect("catalogue:import", batch.id)
    return render(
        request, "catalogue/import.html", _context(request, batch, form), status=422 if form.is_bound else 200
    )


@require_safe
def progress(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """How far the job is; has the page shown anew once it is over."""
    batch = selectors.import_for(import_id, actor_of(request))
    job = _job(batch)
    response = render(
        request, "catalogue/parts/progress.html", {"batch": batch, "job": job, "bar": _bar(job)}
    )
    if batch.state not in _UNDER_WAY or (job and not job.is_active):
        response["HX-Refresh"] = "true"
    return response


@require_POST
def load(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Imports what was checked."""
    actor = actor_of(request)
    batch = selectors.import_for(import_id, actor)
    services.start_load(batch=batch, actor=actor, accept=request.POST.get("accept") == "1")
    return redirect("catalogue:import", batch.id)


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Says what taking an import back would come to, and does it."""
    actor = actor_of(request)
    batch = selectors.import_for(import_id, actor)
    if request.method != "POST":
        if batch.state != Import.State.DONE:
            return redirect("catalogue:import", batch.id)
        shown = {"batch": batch, "found": outlook(batch), "scans": batch.source == SCANS}
        return render(request, "catalogue/undo_import.html", shown)
    services.start_undo(batch=batch, actor=actor, accept=request.POST.get("accept") == "1")
    messages.success(request, _("正在撤销。"))
    return redirect("catalogue:import", batch.id)


@require_safe
def corrected(request: HttpRequest, import_id: UUID) -> HttpResponseBase:
    """The rows with problems, to be mended and handed in again."""
    batch = selectors.import_for(import_id, actor_of(request))
    selectors.require_rows(batch)
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_corrected(batch, target)
    target.seek(0)
    response = FileResponse(target, content_type=SHEET)
    response["Content-Disposition"] = disposition("attachment", f"{batch.title}-{_('待改正')}.xlsx")
    return response


def _context(request: HttpRequest, batch: Import, form: ColumnsForm) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    kinds = batch.counts.get("by_kind", {})
    job = _job(batch)
    page = keyset_page(selectors.problems_of(batch, kind if kind in kinds else ""), request, ("row", "id"))
    titles = {key: field.label for key, field in fields().items()}
    return {
        "batch": batch,
        "form": form,
        "columns": zip(form.columns, selectors.preview(batch), strict=True) if form.columns else [],
        "scans": batch.source == SCANS,
        "page": page,
        "problems": [(row, titles.get(row.field, ""), describe(row.kind, row.details)) for row in page.items],
        "kinds": [(key, summary_of(key), count, key == kind) for key, count in kinds.items()],
        "under_way": batch.state in _UNDER_WAY,
        "settling": batch.state in (Import.State.RECEIVED, Import.State.CHECKED),
        "job": job,
        "bar": _bar(job),
        "stuck": bool(job and not job.is_active and batch.state in _UNDER_WAY),
        "has_rows": Spool(batch.id).is_finished(ROWS),
        "loaded": batch.counts.get("loaded", {}),
        "undone": batch.counts.get("undone", {}),
    }


def _job(batch: Import) -> Job | None:
    return Job.objects.filter(id=batch.job_id).first() if batch.job_id else None


def _bar(job: Job | None) -> dict[str, Any] | None:
    """What the progress component draws; nothing while nobody knows how much there is."""
    if job is None or not job.total:
        return None
    return {"title": job.step, "done": job.done, "total": job.total}
