"""Pages of exports: ask for one, take it away."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core.actors import Actor
from lantai.core.errors import LantaiError, NotFound
from lantai.core.jobs import Job
from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page, range_response

from ..fonds.scope import fonds_for
from . import services
from .forms import ExportForm
from .layouts import choices
from .models import Export

MEDIA = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".dbf": "application/vnd.dbf",
    ".xml": "application/xml",
}


@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """What was made so far, and a form for another."""
    actor = actor_of(request)
    fonds = fonds_for(actor)
    form = ExportForm(request.POST or None, fonds=fonds, initial={"fonds": request.GET.get("fonds", "")})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            services.ask_for_export(
                fonds=values["fonds"], layout=values["layout"], choice=form.choice(), actor=actor
            )
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            return redirect("catalogue:exports")
    page = keyset_page(exports_for(actor), request, ("-made_at", "-id"))
    jobs = Job.objects.in_bulk([row.job_id for row in page.items if row.job_id])
    names = dict(choices())
    context = {
        "page": page,
        "rows": [(row, names.get(row.layout, row.layout), jobs.get(row.job_id)) for row in page.items],
        "form": form,
        "prepared": fonds.exists(),
        "days": services.KEPT.days,
    }
    return render(request, "catalogue/exporting/exports.html", context, status=422 if form.is_bound else 200)


@require_safe
def export_file(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """One file, as a download."""
    export = exports_for(actor_of(request)).filter(id=export_id).first()
    if export is None:
        raise NotFound(_("没有这个导出文件。"), remedy=_("请从“目录导出”一页进入。"))
    path = services.ready_file(export)
    return range_response(
        request,
        path,
        export.size_bytes,
        MEDIA[path.suffix],
        export.file_name,
        etag=export.sha256,
        attachment=True,
    )


def exports_for(actor: Actor) -> QuerySet[Export]:
    """One's own: an export shows what its maker may see, and nobody else."""
    return Export.objects.filter(made_by=actor.id, fonds__in=fonds_for(actor).order_by()).select_related(
        "fonds"
    )
