"""HTTP API: holdings at a glance, and a department's own records (部门档案数据仓)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from lantai.institutions.api import actor_of
from lantai.records.api import DocumentRole, Record
from lantai.ui.api import keyset_page, range_response

from . import own, selectors

router = Router(tags=["catalogue"])


class LineOut(Schema):
    """One value of a dimension."""

    key: str
    label: str
    records: int
    pages: int
    files: int
    size_bytes: int
    quality: float | None


class HoldingsOut(Schema):
    """Everything at a glance, as of ``counted_at``."""

    counted_at: datetime | None
    total: LineOut
    by: dict[str, list[LineOut]]


class StageOut(Schema):
    """One stage and how many records stand there."""

    key: str
    label: str
    records: int


class YearOut(Schema):
    """Records of a year."""

    year: int
    records: int


class OwnCounts(Schema):
    """One's records by stage and year."""

    stages: list[StageOut]
    years: list[YearOut]


class OwnRecord(Schema):
    """One of one's records; what documents it has is told at ``records/{id}``."""

    id: UUID
    reference_code: str
    title: str
    responsible: str
    document_number: str
    date_text: str
    year: int | None
    retention: str
    department: str
    custodian: str
    state: str
    opening_mark: str
    page_count: int
    changed_at: datetime

    @staticmethod
    def resolve_department(record: Record) -> str:
        """Its name, if one is known."""
        return record.department.name if record.department else ""

    @staticmethod
    def resolve_custodian(record: Record) -> str:
        """Who keeps it now."""
        return record.custodian.name


class OwnPage(Schema):
    """One page of a list; ``next`` is given back as ``at``."""

    items: list[OwnRecord]
    next: str | None


@router.get("holdings", response=HoldingsOut, operation_id="catalogue.holdings", summary="馆藏全景")
def holdings(request: HttpRequest, fonds: UUID | None = None) -> dict[str, Any]:
    """What there is in the fonds the caller has to do with, or in one of them."""
    found = selectors.holdings_for(actor_of(request), fonds)
    counted_at = found.counted.counted_at if found.counted else None
    return {"counted_at": counted_at, "total": found.total, "by": found.by}


@router.get("own/counts", response=OwnCounts, operation_id="catalogue.own_counts", summary="本部门档案统计")
def own_counts(request: HttpRequest) -> dict[str, Any]:
    """How many records of the caller's department, or agency, stand at each stage."""
    stages, years = own.own_counts(actor_of(request))
    return {"stages": stages, "years": [{"year": year, "records": records} for year, records in years]}


@router.get("own/records", response=OwnPage, operation_id="catalogue.own_records", summary="本部门档案")
def own_records(
    request: HttpRequest,
    stage: str = "",
    q: str = "",
    year: int | None = None,
    at: str = "",  # noqa: ARG001
) -> dict[str, Any]:
    """The caller's own records, newest first, fifty a page; ``q`` as on the page."""
    page = keyset_page(
        own.own_records(actor_of(request), stage, q[:200], year), request, ("-created_at", "id")
    )
    return {"items": page.items, "next": page.next}


@router.get(
    "own/records/{record_id}/documents/{document_id}",
    operation_id="catalogue.own_document",
    summary="取本部门档案的文件",
)
def own_document(request: HttpRequest, record_id: UUID, document_id: UUID, page: int = 1) -> Any:
    """The bytes of one document, with ranges; of page images the page asked for. Noted in the ledger."""
    document, path = own.own_file(actor_of(request), record_id, document_id, page)
    media_type = document.media_type or "application/octet-stream"
    name = path.name if document.role == DocumentRole.PAGE_IMAGES else document.original_name
    return range_response(request, path, None, media_type, name, attachment=True)
