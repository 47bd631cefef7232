"""HTTP API of the guide: what is approved, for everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from lantai.ui.api import keyset_page

from . import selectors
from .models import GuideText

router = Router(tags=["catalogue"])


class GuideOut(Schema):
    """One approved text; ``fonds`` is empty for the archive's own."""

    id: UUID
    archive: str
    fonds: str
    name: str
    number: int
    decided_at: datetime | None
    sections: dict[str, str]

    @staticmethod
    def resolve_archive(text: GuideText) -> str:
        """Code of the archive."""
        return text.archive.code

    @staticmethod
    def resolve_fonds(text: GuideText) -> str:
        """Code of the fonds."""
        return text.fonds.code if text.fonds else ""

    @staticmethod
    def resolve_name(text: GuideText) -> str:
        """What it tells of."""
        return text.fonds.name if text.fonds else text.archive.name


class GuidePage(Schema):
    """One page of a list; ``next`` is given back as ``at``."""

    items: list[GuideOut]
    next: str | None


@router.get("guide", response=GuidePage, operation_id="catalogue.guide", summary="馆藏指南")
def guide(request: HttpRequest, archive: str = "", at: str = "") -> dict[str, Any]:  # noqa: ARG001
    """Everything that is published, or that of one archive by its code."""
    rows = selectors.published()
    page = keyset_page(
        rows.filter(archive__code=archive) if archive else rows, request, ("archive__code", "id")
    )
    return {"items": page.items, "next": page.next}
