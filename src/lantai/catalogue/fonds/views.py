"""Pages of fonds: the list, and the file of each (全宗卷)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import LantaiError
from lantai.core.ports import allows
from lantai.institutions.api import actor_of
from lantai.records.api import fonds_scope
from lantai.ui.api import disposition, keyset_page, range_response

from . import filing, selectors
from .filing import Described
from .forms import PaperForm
from .groups import paper_number
from .printing import file_list_pdf
from .scope import fonds_for, one_fonds


@require_safe
def all_fonds(request: HttpRequest) -> HttpResponse:
    """The fonds one has to do with, each with its file, guide and exports."""
    page = keyset_page(fonds_for(actor_of(request)), request, ("code", "id"))
    return render(request, "catalogue/fonds/list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def fonds_file(request: HttpRequest, fonds_id: UUID) -> HttpResponse:
    """The file of a fonds by the groups of the standard, and a form for another paper."""
    actor = actor_of(request)
    fonds = one_fonds(fonds_id, actor)
    form = PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            paper = filing.add_paper(
                fonds=fonds, group=values["group"], file=values["file"], actor=actor,
                described=Described(values["title"], values["made_on"], values["responsible"], values["note"]),
            )  # fmt: skip
        except LantaiError as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _("已归入，编号 %(number)s。") % {"number": paper_number(paper)})
            return redirect("catalogue:fonds_file", fonds.id)
    groups = [
        (group, _(group.name), _(group.covers), [(paper_number(paper), paper) for paper in papers])
        for group, papers in selectors.by_group(fonds)
    ]
    context = {
        "fonds": fonds,
        "groups": groups,
        "total": sum(len(papers) for _group, _name, _covers, papers in groups),
        "form": form,
        "may_add": allows(actor, filing.ADD, fonds_scope(fonds)),
    }
    return render(request, "catalogue/fonds/file.html", context, status=422 if form.is_bound else 200)


@require_safe
def fonds_file_pdf(request: HttpRequest, fonds_id: UUID) -> HttpResponse:
    """The list of the file, printed."""
    fonds = one_fonds(fonds_id, actor_of(request))
    response = HttpResponse(file_list_pdf(fonds), content_type="application/pdf")
    response["Content-Disposition"] = disposition("inline", f"{fonds.code}{_('全宗卷目录')}.pdf")
    return response


@require_safe
def fonds_paper(request: HttpRequest, paper_id: UUID) -> HttpResponseBase:
    """One paper."""
    paper = selectors.paper_for(paper_id, actor_of(request))
    path = filing.paper_path(paper)
    return range_response(
        request, path, paper.size_bytes, paper.media_type, paper.file_name, etag=paper.sha256,
        attachment=paper.media_type != filing.PDF and not paper.media_type.startswith("image/"),
    )  # fmt: skip


@require_POST
def withdraw_paper(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """Strikes a paper out."""
    actor = actor_of(request)
    paper = selectors.paper_for(paper_id, actor)
    filing.withdraw_paper(paper=paper, reason=request.POST.get("reason", ""), actor=actor)
    messages.success(request, _("已注销，编号和原因留在目录里。"))
    return redirect("catalogue:fonds_file", paper.fonds_id)
