"""HTTP API of records."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from . import selectors
from .codes import normalise_code
from .models import Record

router = Router(tags=["records"])


class RecordLine(Schema):
    """A record in a list."""

    id: UUID
    reference_code: str
    title: str
    fonds: str
    year: int | None
    date_text: str
    state: str
    opening_mark: str
    changed_at: datetime

    @staticmethod
    def resolve_fonds(record: Record) -> str:
        """The fonds by its code."""
        return record.fonds.code


class DocumentOut(Schema):
    """A document with what it takes to check its bytes."""

    id: UUID
    sequence: int
    role: str
    title: str
    original_name: str
    media_type: str
    puid: str
    format_name: str
    size_bytes: int
    page_count: int
    sha256: str
    sha512: str
    sm3: str


class RecordOut(RecordLine):
    """A record with its description and documents."""

    number_state: str
    item_number: int | None
    retention: str
    unit_code: str
    responsible: str
    document_number: str
    date_start: date | None
    date_end: date | None
    date_certainty: str
    level: str
    classification: str
    secrecy_period: str
    disclosure: str
    page_count: int
    metadata: dict[str, Any]
    flags: list[str]
    documents: list[DocumentOut]

    @staticmethod
    def resolve_documents(record: Record) -> list[Any]:
        """In the order of the record."""
        return list(record.documents.order_by("sequence"))


class RecordPage(Schema):
    """One page of a list; ``next`` is given back as ``at`` for the following one."""

    items: list[RecordLine]
    next: str | None


@router.get("records", response=RecordPage, operation_id="records.list_records", summary="档案列表")
def list_records(
    request: HttpRequest,
    fonds: UUID | None = None,
    year: int | None = None,
    state: str = "",
    code: str = "",
    at: str = "",  # noqa: ARG001 - read by keyset_page
) -> dict[str, Any]:
    """Records the caller may see, newest first, fifty a page. ``code`` is how a reference code begins."""
    rows = selectors.search_records(
        actor_of(request), fonds_id=fonds, year=year, state=state, reference_code=normalise_code(code),
        newest_first=True,
    )  # fmt: skip
    page = keyset_page(rows, request)
    return {"items": page.items, "next": page.next}


@router.get(
    "records/{record_id}",
    response=RecordOut,
    operation_id="records.get_record",
    summary="一件档案",
)
def get_record(request: HttpRequest, record_id: UUID) -> Record:
    """One record."""
    return selectors.record_for(record_id, actor_of(request))
