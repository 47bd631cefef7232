"""What a record's page shows of a record that describes itself: part of the page, rows, viewing copies."""

from __future__ import annotations

import tempfile
from pathlib import Path
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.core import settings
from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.numerals import read_count
from lantai.core.ports import allows
from lantai.formats.api import draw_page
from lantai.records import api as records
from lantai.records.api import document_path

from .messages import is_site, message_values
from .reading import Exhibit, exhibit_of, table_in
from .rows import Rows

PAGE_ROWS = 50
VIEWING_PX = 1600
"""Long side of a viewing copy: wide enough for a screen; the master is one click away."""


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


@require_safe
def exhibit(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """The part of a record's page; empty for a record that has nothing but papers."""
    actor = _actor(request)
    record = records.record_for(record_id, actor)
    if not allows(actor, "record.original", records.scope_of(record)):
        return HttpResponse()
    found = exhibit_of(record)
    if not found.template and (message := message_values(record, actor)) is not None:
        found = Exhibit("message", message)
    elif not found.template and is_site(record):
        return render(request, "capture/exhibits/site.html", {"record": record})
    if not found.template:
        return HttpResponse()
    if found.template != "recordings":  # a recording says itself when it is played
        records.note_use(record=record, act="record.original", actor=actor)
    return render(request, f"capture/exhibits/{found.template}.html", {"record": record, **found.values})


@require_safe
def rows(request: HttpRequest, record_id: UUID, document_id: UUID) -> HttpResponse:
    """Rows of a table, by number, or those whose value in a column holds a text."""
    actor = _actor(request)
    document = records.document_for(record_id, document_id, actor)
    table = table_in(document.record, document)
    if table is None:
        raise NotFound(_("这份文稿不是数据表。"), subject=document.original_name)
    first = read_count(request.GET.get("from", "1"), digits=12) or 1
    column, text = request.GET.get("column", ""), request.GET.get("find", "").strip()
    names = [one.name for one in table.columns]
    held = Rows(document_path(document), document.sha512)
    searched = names.index(column) if text and column in names else None
    found = held.page(first, PAGE_ROWS) if searched is None else held.search(searched, text, first, PAGE_ROWS)
    if first == 1:
        records.note_use(record=document.record, act="record.original", actor=actor)
    context = {
        "record": document.record,
        "document": document,
        "table": table,
        "found": found,
        "count": len(held),
        "first": first,
        "previous": max(1, first - PAGE_ROWS) if first > 1 and not text else None,
        "column": column,
        "find": text,
    }
    return render(request, "capture/exhibits/rows.html", context)


@require_safe
def viewing(request: HttpRequest, record_id: UUID, document_id: UUID) -> HttpResponseBase:
    """The viewing copy of a picture, made when it is first asked for; the master stays as it is."""
    document = records.document_for(record_id, document_id, _actor(request))
    copy = settings.home() / "derived" / "viewing" / f"{document.sha512}.jpg"
    if not copy.is_file():
        drawn = draw_page(document_path(document), 0, VIEWING_PX)
        copy.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=copy.parent, delete=False) as output:
            output.write(drawn)
        Path(output.name).replace(copy)
    response = FileResponse(copy.open("rb"), content_type="image/jpeg")
    patch_cache_control(response, private=True, max_age=3600)
    return response
