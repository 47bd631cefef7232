"""Suggestions while typing, results as a table, and the searches somebody keeps."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.errors import LantaiError
from lantai.core.numerals import read_count
from lantai.institutions.api import actor_of
from lantai.records.api import OpeningMark
from lantai.ui.api import address_of, disposition, keyset_page

from . import exporting, saving, services
from .models import SavedSearch

FILTERS = ("fonds", "category")
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Options for the search box: ways to go on from what is typed."""
    found = services.suggest(request.GET.get("q", ""), actor_of(request))
    return render(request, "search/suggestions.html", {"suggestions": found})


@require_safe
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """All results of a question as CSV or XLSX."""
    if form not in MEDIA:
        raise Http404
    question, filters = _question(request)
    hits = exporting.results(
        question, actor_of(request), filters=filters, sort=request.GET.get("sort", "date")
    )
    labels = {value: str(label) for value, label in OpeningMark.choices}

    def mark(key: str) -> str:
        return labels.get(key, key)

    response: HttpResponseBase = (
        StreamingHttpResponse(exporting.as_csv(hits, mark), content_type=MEDIA[form])
        if form == "csv"
        else FileResponse(exporting.as_xlsx(hits, mark), content_type=MEDIA[form])
    )
    response["Content-Disposition"] = disposition("attachment", f"{_('检索结果')}.{form}")
    return response


def _question(request: HttpRequest) -> tuple[str, dict[str, list[str]]]:
    """The question of a search page's address, its chosen years in the language of the box."""
    asked = request.GET if request.method in {"GET", "HEAD"} else request.POST
    years = [read_count(asked.get(name, "")) for name in ("from", "to")]
    first, last = (f"{year:04d}" if year and year < 10_000 else "" for year in years)
    span = f" {first}..{last}" if first or last else ""
    filters = {name: [value] for name in FILTERS if (value := asked.get(name, ""))}
    return f"{asked.get('q', '').strip()}{span}".strip(), filters


@require_safe
def saved(request: HttpRequest) -> HttpResponse:
    """The searches somebody keeps, each with what is new in it."""
    actor = actor_of(request)
    page = keyset_page(SavedSearch.objects.filter(person_id=actor.id), request, size=20)
    news = saving.news_of(page.items, actor)
    return render(
        request, "search/saved.html", {"page": page, "news": news, "fresh": sum(1 for n in news if n.fresh)}
    )


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """For the desk, fetched after it is shown: which kept searches have something new; nothing if none has."""
    return render(request, "search/news.html", {"fresh": saving.fresh_for(actor_of(request))})


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keeps the search just made."""
    question, filters = _question(request)
    try:
        kept = saving.save_search(
            query=question,
            actor=actor_of(request),
            filters=filters,
            sort=request.POST.get("sort", "relevance"),
        )
        messages.success(request, _("已存下“%(name)s”，有新的会在这里提醒。") % {"name": kept.name})
    except LantaiError as error:
        messages.error(request, f"{error.message} {error.remedy}")
    return redirect("search:saved")


@require_POST
def run(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """Asks a kept search again; what is new is counted from now on."""
    kept = saving.mark_seen(search_id=search_id, actor=actor_of(request))
    asked = {"q": kept.query, "sort": kept.sort} | {name: values[0] for name, values in kept.filters.items()}
    return redirect(f"{address_of('access:search')}?{urlencode(asked)}")


@require_POST
def alert(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """Turns the telling of what is new on or off."""
    saving.set_alert(search_id=search_id, alert=request.POST.get("alert") == "on", actor=actor_of(request))
    return redirect("search:saved")


@require_POST
def forget(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """Removes a kept search."""
    saving.forget_search(search_id=search_id, actor=actor_of(request))
    messages.success(request, _("已删去。"))
    return redirect("search:saved")
