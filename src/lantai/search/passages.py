"""Where in a record's documents the words of a question stand: page, text around, place on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.formats.api import AltoPage, extract_texts, find_places, read_alto
from lantai.records.api import Document, DocumentRole

from .highlight import Piece, places, snippet
from .language import Clause, parse
from .texts import file_of, numbered
from .wordings import known_beside

MOST = 30
"""Passages shown of one record."""


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page, in thousandths of its width and height from its top left."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def of(cls, left: float, top: float, width: float, height: float) -> Box:
        """From parts of the page."""
        return cls(*(round(part * 1000) for part in (left, top, width, height)))


@dataclass(frozen=True, slots=True)
class Passage:
    """One page on which the words stand.

    Attributes:
        document: the document to open; the page images, where the words come from their ALTO.
        page: its page, from 1.
        pieces: the text around the first place found, matches marked.
        boxes: where on the page, as it is drawn, every match stands; none where nobody knows.
    """

    document: Document
    page: int
    pieces: tuple[Piece, ...]
    boxes: tuple[Box, ...] = ()


def passages(documents: Sequence[Document], query: str) -> list[Passage]:
    """The pages of these documents that answer a question, in order.

    Args:
        documents: of one record, all of which the reader may read.
        query: in the query language; one that is not understood finds nothing.
    """
    try:
        clauses = [clause for clause in parse(query, known_beside).clauses if clause.text or clause.places]
    except Invalid:
        return []
    if not clauses:
        return []
    scans = next((document for document in documents if document.role == DocumentRole.PAGE_IMAGES), None)
    read = [(document, path) for document in documents if (path := file_of(document))]
    marked = [(document, path) for document, path in read if "xml" in document.media_type]
    layouts = dict(zip((d.id for d, _p in marked), read_alto(p for _d, p in marked), strict=True))
    found: list[Passage] = []
    if scans:
        found += _on_scans(scans, [(d.original_name, layouts[d.id]) for d, _p in marked], clauses)
    plain = [(document, path) for document, path in read if not (scans and layouts.get(document.id))]
    texts = extract_texts(path for _document, path in plain)
    for (document, path), pages in zip(plain, texts, strict=True):
        if not isinstance(pages, Invalid):
            found += _in_text(document, path, pages, clauses)
    return found[:MOST]


def _in_text(
    document: Document, path: Path, pages: Sequence[str], clauses: Sequence[Clause]
) -> list[Passage]:
    """Passages in a document's own text; of a PDF with their places on the page as it is drawn."""
    around = [(index, told) for index, page in enumerate(pages) if (told := snippet([page], clauses))][:MOST]
    drawn: dict[int, list[tuple[float, float, float, float]]] = {}
    if around and document.media_type.startswith("application/pdf"):
        drawn = find_places(path, {index: places(pages[index], clauses) for index, _told in around})
    return [
        Passage(document, index + 1, told.pieces, tuple(Box.of(*place) for place in drawn.get(index, ())))
        for index, told in around
    ]


def _on_scans(
    scans: Document, files: Sequence[tuple[str, list[AltoPage]]], clauses: Sequence[Clause]
) -> list[Passage]:
    """Passages on page images."""
    return [
        Passage(scans, number, around.pieces, boxes_on(page, clauses))
        for number, page in numbered(files)
        if (around := snippet([page.text], clauses))
    ]


def boxes_on(page: AltoPage, clauses: Sequence[Clause]) -> tuple[Box, ...]:
    """The words of a page that matches cover, as boxes; a match over a line's end has one on each."""
    found = places(page.text, clauses)
    boxes: list[Box] = []
    at = 0
    for line in page.lines:
        for text, left, top, width, height in line:
            if width and height and any(start < at + len(text) and at < stop for start, stop in found):
                boxes.append(Box.of(left, top, width, height))
            at += len(text) + 1
    return tuple(boxes)
