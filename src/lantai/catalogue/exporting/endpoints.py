"""HTTP API of exports."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from ..fonds.scope import one_fonds
from . import services
from .entries import Choice
from .models import Export
from .views import export_file, exports_for

router = Router(tags=["catalogue"])


class ExportIn(Schema):
    """What is asked for: ``layout:kind`` (``full:xlsx``, ``provincial-item:dbf``), ``ead2002`` or ``ead3``."""

    fonds: UUID
    layout: str = "full:xlsx"
    year_from: int | None = None
    year_to: int | None = None
    category: str = ""


class ExportOut(Schema):
    """One export; the file is at ``exports/{id}/file`` once it is ``ready``."""

    id: UUID
    layout: str
    choice: dict[str, Any]
    state: str
    records: int
    size_bytes: int
    sha256: str
    file_name: str
    made_at: datetime


class ExportPage(Schema):
    """One page of a list; ``next`` is given back as ``at``."""

    items: list[ExportOut]
    next: str | None


@router.get("exports", response=ExportPage, operation_id="catalogue.exports", summary="导出列表")
def exports(request: HttpRequest, at: str = "") -> dict[str, Any]:  # noqa: ARG001 - read by keyset_page
    """The caller's exports, newest first."""
    page = keyset_page(exports_for(actor_of(request)), request, ("-made_at", "-id"))
    return {"items": page.items, "next": page.next}


@router.post(
    "exports", response={202: ExportOut}, operation_id="catalogue.ask_for_export", summary="导出目录"
)
def ask_for_export(request: HttpRequest, asked: ExportIn) -> Status[Export]:
    """Has a file made; it is ready some moments later."""
    actor = actor_of(request)
    choice = Choice(asked.year_from, asked.year_to, asked.category)
    made = services.ask_for_export(
        fonds=one_fonds(asked.fonds, actor), layout=asked.layout, choice=choice, actor=actor
    )
    return Status(202, made)


@router.get("exports/{export_id}", response=ExportOut, operation_id="catalogue.export", summary="一个导出")
def export(request: HttpRequest, export_id: UUID) -> Export:
    """How far one export is."""
    found = exports_for(actor_of(request)).filter(id=export_id).first()
    if found is None:
        raise NotFound(_("没有这个导出文件。"))
    return found


@router.get("exports/{export_id}/file", operation_id="catalogue.export_file", summary="导出的文件")
def export_bytes(request: HttpRequest, export_id: UUID) -> Any:
    """The file, with ranges."""
    return export_file(request, export_id)
