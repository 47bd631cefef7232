"""From records to index entries, and from rights to what a reader's search may reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import structlog

from lantai.core.actors import Actor
from lantai.core.errors import LantaiError
from lantai.formats.api import extract_texts
from lantai.institutions.api import rights_of
from lantai.records.api import Document, DocumentRole, Record, State, document_path

from .engine import IndexEntry, Reach

log = structlog.get_logger("lantai.search")

MOST_CHARACTERS = 400_000
"""Text of one record that is indexed, characters; what is longer is cut and logged."""

_FIELDS = {
    "organisation_ids": "agency",
    "custodian_ids": "custodian",
    "department_ids": "department",
    "fonds_ids": "fonds",
    "categories": "category",
    "classifications": "classification",
    "opening_marks": "opening_mark",
}
_HIDDEN = {State.RETURNED, State.DESTROYED, State.COMBINED, State.ISOLATED}


def reach_of(reader: Actor) -> tuple[Reach, ...]:
    """The sets of entries a reader may see, from the same rights that guard the pages."""
    return tuple(
        Reach(
            terms=tuple(
                (field, frozenset(map(str, values)))
                for name, field in _FIELDS.items()
                if (values := getattr(right, name)) is not None
            ),
            since_year=right.year_from,
            until_year=right.year_to,
        )
        for right in rights_of(reader, "record.entry")
    )


def entries_of(record_ids: Sequence[UUID]) -> tuple[list[IndexEntry], list[str]]:
    """The entries of those records, and the ids of those that are no longer to be found."""
    shown = list(Record.objects.filter(id__in=record_ids).exclude(state__in=_HIDDEN).select_related("scheme"))
    gone = set(map(str, record_ids)) - {str(record.id) for record in shown}
    pages = _pages(list(Document.objects.filter(record__in=shown).order_by("record_id", "sequence")))
    return [_entry(record, pages.get(record.id, ())) for record in shown], sorted(gone)


def isolated_among(record_ids: Sequence[str]) -> set[str]:
    """Those shut off as classified: they are gone from results before the index has followed."""
    rows = Record.objects.filter(id__in=record_ids, state=State.ISOLATED)
    return set(map(str, rows.values_list("id", flat=True)))


def _entry(record: Record, pages: tuple[str, ...]) -> IndexEntry:
    return IndexEntry(
        record_id=str(record.id),
        title=record.title,
        reference_code=record.reference_code,
        responsible=record.responsible,
        document_number=record.document_number,
        date_text=record.date_text,
        date_start=record.date_start,
        date_end=record.date_end,
        pages=pages,
        page_count=record.page_count or 0,
        fonds=_text(record.fonds_id),
        category=record.scheme.category if record.scheme else "",
        custodian=_text(record.custodian_id),
        agency=_text(record.agency_id),
        department=_text(record.department_id),
        classification=record.classification,
        opening_mark=record.opening_mark,
        year=record.year,
        changed=int(record.changed_at.timestamp()),
    )


def _text(key: UUID | None) -> str:
    return str(key) if key else ""


def _pages(documents: Sequence[Document]) -> dict[UUID, tuple[str, ...]]:
    """The text of documents as far as it can be read, by record, a string a page."""
    readable = [(document, path) for document in documents if (path := _path(document))]
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    texts = extract_texts(path for _document, path in readable)
    for (document, _place), pages in zip(readable, texts, strict=True):
        if isinstance(pages, LantaiError):
            log.warning("text_not_read", document=str(document.id))
            continue
        left = MOST_CHARACTERS - sum(map(len, found[document.record_id]))
        for page in pages:
            if left <= 0:
                log.warning("text_cut", record=str(document.record_id), kept=MOST_CHARACTERS)
                break
            found[document.record_id].append(page[:left])
            left -= len(page)
    return {record_id: tuple(pages) for record_id, pages in found.items()}


def _path(document: Document) -> Path | None:
    """Where a document's file lies; ``None`` for page images, whose words nobody has read yet."""
    if document.role == DocumentRole.PAGE_IMAGES:
        return None
    try:
        path = document_path(document)
    except (LantaiError, OSError) as error:
        log.warning("content_not_found", document=str(document.id), reason=type(error).__name__)
        return None
    return path if path.is_file() else None
