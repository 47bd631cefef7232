"""What the reading place of a record shows: which document, which page of it, what is marked on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from lantai.core.errors import LantaiError
from lantai.core.numerals import read_count
from lantai.formats.api import extract_text
from lantai.records.api import document_path
from lantai.search.api import Box, Passage, passages

from . import pages
from .selectors import Shown, Sight


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a record is opened.

    Attributes:
        chosen: the document shown; ``None`` where there is none.
        page: the page of it, from 1.
        query: the question the reader came with.
        passages: where its words stand in the record's documents.
    """

    chosen: Shown | None
    page: int = 1
    query: str = ""
    passages: Sequence[Passage] = ()

    @property
    def boxes(self) -> list[Box]:
        """The places to mark on the page shown."""
        here = self.chosen.document.id if self.chosen else None
        shown = (p for p in self.passages if p.document.id == here and p.page == self.page)
        return [box for passage in shown for box in passage.boxes]


def opened_at(sight: Sight, documents: Sequence[Shown], asked: QueryDict) -> Opened:
    """Where the address says; who comes with a question and names no place is led to the first passage."""
    by_id = {str(item.document.id): item for item in documents}
    chosen = by_id.get(asked.get("document", "")) or (documents[0] if documents else None)
    page = read_count(asked.get("page", ""))
    query = asked.get("q", "").strip()
    found = passages([item.document for item in documents], query) if query and sight.original else []
    if found and page is None and "document" not in asked:
        chosen, page = by_id[str(found[0].document.id)], found[0].page
    return Opened(chosen, max(page or 1, 1), query, found)


def reading(sight: Sight, opened: Opened) -> dict[str, Any]:
    """The template context of the reading place on ``access/record.html``."""
    context: dict[str, Any] = {"chosen": opened.chosen, "query": opened.query, "passages": opened.passages}
    if opened.chosen is None or not sight.original:
        return context
    try:
        return context | _shown_page(sight, opened, opened.chosen)
    except LantaiError as error:
        return context | {"unreadable": error}


def _shown_page(sight: Sight, opened: Opened, chosen: Shown) -> dict[str, Any]:
    page, address = opened.page, reverse("access:document", args=[sight.record.id, chosen.document.id])
    if chosen.form == "pages":
        total = pages.page_count(document_path(chosen.document))
        page = min(page, max(total, 1))
        told = {"page_total": total, "page_number": page, "page_url": f"{address}?page={page}"}
        return told | {"boxes": opened.boxes}
    if chosen.form == "pdf":
        return {"page_number": page, "page_url": f"{address}?page={page}", "boxes": opened.boxes}
    if chosen.form == "text":
        texts = extract_text(document_path(chosen.document))
        return {"texts": [text for text in texts if text.strip()]}
    return {}
