"""Pages: holdings at a glance, and a department's own records."""

from __future__ import annotations

import csv
import io
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.errors import Invalid
from lantai.core.jobs import start
from lantai.core.ports import allows, require
from lantai.institutions.api import actor_of
from lantai.ui.api import Bar, BarChart, disposition, keyset_page

from ..fonds.scope import one_fonds
from . import own, selectors
from .counting import COUNT

RECOUNT = "catalogue.count_holdings"


@require_safe
def holdings(request: HttpRequest) -> HttpResponse:
    """What there is, in what state, of what quality, how used; of all fonds or of one."""
    actor = actor_of(request)
    fonds = one_fonds(_id(request.GET["fonds"]), actor) if request.GET.get("fonds") else None
    found = selectors.holdings_for(actor, fonds.id if fonds else None)
    bars = [Bar(label, value) for label, value in selectors.decades(found)]
    tables = [
        (
            key,
            _(title),
            found.by[key][: selectors.LISTED],
            max((_size(key, line) for line in found.by[key]), default=0),
        )
        for key, title in selectors.DIMENSIONS.items()
        if key != "fonds" or fonds is None
    ]
    context = {
        "fonds": fonds,
        "holdings": found,
        "chart": BarChart(_("每十年形成的档案"), bars, unit=_("件"), axis=_("年代")),
        "tables": tables,
        "may_count": allows(actor, RECOUNT),
    }
    return render(request, "catalogue/holdings/holdings.html", context)


@require_safe
def holdings_csv(request: HttpRequest) -> HttpResponse:
    """All figures as one table."""
    actor = actor_of(request)
    fonds = one_fonds(_id(request.GET["fonds"]), actor) if request.GET.get("fonds") else None
    found = selectors.holdings_for(actor, fonds.id if fonds else None)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_("方面"), _("项"), _("件数"), _("页数"), _("文件数"), _("字节数")])
    for key, title in selectors.DIMENSIONS.items():
        for line in found.by[key]:
            label = f"'{line.label}" if line.label[:1] in "=+-@" else line.label
            writer.writerow([_(title), label, line.records, line.pages, line.files, line.size_bytes])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = disposition("attachment", f"{_('馆藏全景')}.csv")
    return response


@require_POST
def recount(request: HttpRequest) -> HttpResponse:
    """Has the holdings counted now."""
    actor = actor_of(request)
    require(actor, RECOUNT)
    job = start(COUNT, actor, title=_("统计馆藏"))
    messages.success(request, _("正在统计，完成以后刷新本页。"))
    return redirect("core:job", job.id)


@require_safe
def own_records(request: HttpRequest) -> HttpResponse:
    """What one's department made, at every stage."""
    actor = actor_of(request)
    stage, words = request.GET.get("stage", ""), request.GET.get("q", "").strip()[:200]
    year = request.GET.get("year", "")
    rows = own.own_records(actor, stage, words, int(year) if year.isascii() and year.isdigit() else None)
    stages, years = own.own_counts(actor)
    context = {
        "page": keyset_page(rows, request, ("-created_at", "id")),
        "whole": own.is_of_whole_agency(actor),
        "stages": stages,
        "years": years,
        "stage": stage,
        "words": words,
        "year": year,
    }
    return render(request, "catalogue/holdings/own.html", context)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid(_("全宗的标识写得不对。"), subject=text[:60]) from error


def _size(key: str, line: selectors.Line) -> int:
    return line.files if key == "format" else line.records
