"""What the documents of records say, page by page, each page under the number it has in its own document."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from uuid import UUID

import structlog

from lantai.core.errors import LantaiError
from lantai.formats.api import AltoPage, extract_texts, read_alto
from lantai.records.api import Document, DocumentRole, document_path

log = structlog.get_logger("lantai.search")

MOST_CHARACTERS = 400_000
"""Text of one record that is indexed, characters; what is longer is cut and logged."""
_NUMBER = re.compile(r"(\d+)(?:\.alto)?\.xml$", re.IGNORECASE)


def pages_of(documents: Sequence[Document]) -> Mapping[UUID, Sequence[tuple[int, str]]]:
    """The text of documents as far as it can be read, by record: number and words of each page.

    Args:
        documents: those of a record one after the other.
    """
    found: defaultdict[UUID, list[tuple[int, str]]] = defaultdict(list)
    held: Counter[UUID] = Counter()
    for record_id, number, text in _told(documents):
        kept = text[: max(MOST_CHARACTERS - held[record_id], 0)]
        if held[record_id] <= MOST_CHARACTERS < held[record_id] + len(text):
            log.warning("text_cut", record=str(record_id), kept=MOST_CHARACTERS)
        held[record_id] += len(text)
        if kept or not text:
            found[record_id].append((number, kept))
    return found


def numbered(files: Sequence[tuple[str, Sequence[AltoPage]]]) -> list[tuple[int, AltoPage]]:
    """Pages of scans in order: by the number the file tells, else by the one in its name, else as they come.

    Args:
        files: of one set of page images, each by its name.
    """
    found: list[tuple[int, AltoPage]] = []
    for name, pages in files:
        named = _NUMBER.search(name)
        for page in pages:
            number = page.number or (int(named[1]) if named and len(pages) == 1 else len(found) + 1)
            found.append((number, page))
    return sorted(found, key=lambda each: each[0])


def file_of(document: Document) -> Path | None:
    """Where a document's file lies; ``None`` for page images, whose words stand elsewhere if anywhere."""
    if document.role == DocumentRole.PAGE_IMAGES:
        return None
    try:
        path = document_path(document)
    except (LantaiError, OSError) as error:
        log.warning("content_not_found", document=str(document.id), reason=type(error).__name__)
        return None
    return path if path.is_file() else None


def _told(documents: Sequence[Document]) -> Iterator[tuple[UUID, int, str]]:
    """Record, number and words of every page: of the scans, then of the other documents."""
    scanned = {document.record_id for document in documents if document.role == DocumentRole.PAGE_IMAGES}
    readable = [(document, path) for document in documents if (path := file_of(document))]
    marked = [(d, path) for d, path in readable if d.record_id in scanned and "xml" in d.media_type]
    layouts = dict(zip((d.id for d, _path in marked), read_alto(path for _d, path in marked), strict=True))
    for record_id, files in groupby((d for d, _path in marked), lambda document: document.record_id):
        for number, page in numbered([(d.original_name, layouts[d.id]) for d in files]):
            yield record_id, number, page.text
    plain = [(document, path) for document, path in readable if not layouts.get(document.id)]
    for (document, _path), pages in zip(plain, extract_texts(path for _d, path in plain), strict=True):
        if isinstance(pages, LantaiError):
            log.warning("text_not_read", document=str(document.id))
            continue
        for number, text in enumerate(pages, 1):
            yield document.record_id, number, text
