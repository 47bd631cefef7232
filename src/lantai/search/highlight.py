"""Showing a reader where the words stand: found in the folded text, marked in the text itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from .language import Clause
from .text import bare, fold

CONTEXT_CHARACTERS = 36
_BETWEEN = r"[\W_]*"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, marked or not; templates escape it like any other text."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """Where a page's text answers the question.

    Attributes:
        page: number of the page in its document.
        pieces: the text around the first place found.
    """

    page: int
    pieces: tuple[Piece, ...]


@lru_cache(256)
def _pattern(clauses: tuple[Clause, ...]) -> re.Pattern[str] | None:
    """Finds what any clause looks for, longest first, whatever stands between its letters."""
    sources = {source for clause in clauses if (source := _BETWEEN.join(_letters(clause)))}
    return re.compile("|".join(sorted(sources, key=len, reverse=True))) if sources else None


def _letters(clause: Clause) -> Iterator[str]:
    if clause.places:
        for place in clause.places:
            yield f"[{re.escape(place)}]" if place else r"[^\W_]"
    else:
        yield from map(re.escape, bare(clause.text))


def places(text: str, clauses: Sequence[Clause]) -> list[tuple[int, int]]:
    """Where in a text the clauses are answered: first character and the one after the last."""
    pattern = _pattern(tuple(clauses))
    return [found.span() for found in pattern.finditer(fold(text))] if pattern else []


def mark(text: str, clauses: Sequence[Clause]) -> tuple[Piece, ...]:
    """The text in pieces, every occurrence of a word marked."""
    pieces: list[Piece] = []
    end = 0
    for start, stop in places(text, clauses):
        if start > end:
            pieces.append(Piece(text[end:start]))
        pieces.append(Piece(text[start:stop], marked=True))
        end = stop
    if end < len(text) or not pieces:
        pieces.append(Piece(text[end:]))
    return tuple(pieces)


def snippet(pages: Sequence[str], clauses: Sequence[Clause], numbers: Sequence[int] = ()) -> Snippet | None:
    """The first page on which a word stands, with the text around it; ``None`` if none does.

    Args:
        pages: their texts.
        clauses: what is looked for.
        numbers: of the pages; they count from one unless given.
    """
    for number, page in zip(numbers or count(1), pages, strict=False):
        if found := places(page, clauses):
            start = max(0, found[0][0] - CONTEXT_CHARACTERS)
            stop = min(len(page), found[0][1] + 2 * CONTEXT_CHARACTERS)
            around = " ".join(page[start:stop].split())
            lead, tail = "……" if start else "", "……" if stop < len(page) else ""
            return Snippet(number, mark(f"{lead}{around}{tail}", clauses))
    return None
