"""The text of a record as rules read it: pages of lines, each line with the places of its words where known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lantai.core.errors import Invalid, LantaiError
from lantai.formats.api import AltoPage, extract_texts, read_alto
from lantai.records.api import Document, DocumentRole, document_path

Box = tuple[int, int, int, int]
MOST_PAGES = 200
MOST_LINE = 2_000
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        text: with single spaces where there was space.
        words: of a scanned page, each word with its place as parts of the page.
    """

    text: str
    words: tuple[tuple[str, float, float, float, float], ...] = ()

    @cached_property
    def bare(self) -> str:
        """Without any space."""
        return _SPACE.sub("", self.text)

    def box(self, start: int, stop: int) -> Box | None:
        """The place of a stretch of :attr:`bare`, in thousandths from the page's top left."""
        at, met = 0, []
        for word, left, top, width, height in self.words:
            length = len(_SPACE.sub("", word))
            if at < stop and start < at + length and width and height:
                met.append((left, top, left + width, top + height))
            at += length
        if not met:
            return None
        left, top = min(m[0] for m in met), min(m[1] for m in met)
        right, bottom = max(m[2] for m in met), max(m[3] for m in met)
        return (
            round(left * 1000),
            round(top * 1000),
            round((right - left) * 1000),
            round((bottom - top) * 1000),
        )


@dataclass(frozen=True, slots=True)
class PageText:
    """One page of a document."""

    document_id: str
    document: str
    number: int
    lines: tuple[Line, ...]


def page_of(text: str, number: int = 1, document_id: str = "", document: str = "") -> PageText:
    """A page of plain text."""
    lines = (Line(_SPACE.sub(" ", line.strip())[:MOST_LINE]) for line in text.splitlines())
    return PageText(document_id, document, number, tuple(line for line in lines if line.text))


def scanned_page(page: AltoPage, number: int, document_id: str, document: str) -> PageText:
    """A page as OCR read it. Words of single characters are no words: they are joined."""
    lines = []
    for words in page.lines:
        single = sum(len(word[0]) == 1 for word in words) * 2 > len(words)
        lines.append(Line(("" if single else " ").join(word[0] for word in words)[:MOST_LINE], words))
    return PageText(document_id, document, page.number or number, tuple(lines))


def pages_of(documents: Sequence[Document]) -> list[PageText]:
    """The pages of a record's documents as far as they can be read, scans by the ALTO delivered with them."""
    readable = [(document, path) for document in documents if (path := _path(document))]
    scans = next((document for document in documents if document.role == DocumentRole.PAGE_IMAGES), None)
    marked = [(document, path) for document, path in readable if "xml" in document.media_type]
    found: list[PageText] = []
    as_scans: set[str] = set()
    for (document, _p), layout in zip(marked, read_alto(path for _d, path in marked), strict=True):
        if layout:
            as_scans.add(str(document.id))
            shown = scans or document
            found += [
                scanned_page(page, len(found) + place, str(shown.id), shown.title or shown.original_name)
                for place, page in enumerate(layout, 1)
            ]
    plain = [(document, path) for document, path in readable if str(document.id) not in as_scans]
    found += _plain(plain)
    return found[:MOST_PAGES]


def _plain(documents: Sequence[tuple[Document, Path]]) -> Iterator[PageText]:
    texts = extract_texts(path for _document, path in documents)
    for (document, _p), pages in zip(documents, texts, strict=True):
        if not isinstance(pages, Invalid):
            for number, text in enumerate(pages, 1):
                yield page_of(text, number, str(document.id), document.title or document.original_name)


def _path(document: Document) -> Path | None:
    if document.role in (DocumentRole.PAGE_IMAGES, DocumentRole.PROCESSING_SHEET):
        return None
    try:
        path = document_path(document)
    except (LantaiError, OSError):
        return None
    return path if path.is_file() else None
