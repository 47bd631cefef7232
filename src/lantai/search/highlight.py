"""Showing a reader where the words stand: found in the folded text, marked in the text itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .text import fold

CONTEXT_CHARACTERS = 36


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, marked or not; templates escape it like any other text."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """Where a page's text answers the question.

    Attributes:
        page: page number, from 1.
        pieces: the text around the first place found.
    """

    page: int
    pieces: tuple[Piece, ...]


def _places(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    wanted = sorted({fold(word) for word in words if word.strip()}, key=len, reverse=True)
    if not wanted:
        return []
    pattern = re.compile("|".join(map(re.escape, wanted)))
    return [found.span() for found in pattern.finditer(fold(text))]


def mark(text: str, words: Sequence[str]) -> tuple[Piece, ...]:
    """The text in pieces, every occurrence of a word marked."""
    pieces: list[Piece] = []
    end = 0
    for start, stop in _places(text, words):
        if start > end:
            pieces.append(Piece(text[end:start]))
        pieces.append(Piece(text[start:stop], marked=True))
        end = stop
    if end < len(text) or not pieces:
        pieces.append(Piece(text[end:]))
    return tuple(pieces)


def snippet(pages: Sequence[str], words: Sequence[str]) -> Snippet | None:
    """The first page on which a word stands, with the text around it; ``None`` if none does."""
    for number, page in enumerate(pages, 1):
        places = _places(page, words)
        if places:
            start = max(0, places[0][0] - CONTEXT_CHARACTERS)
            stop = min(len(page), places[0][1] + 2 * CONTEXT_CHARACTERS)
            around = " ".join(page[start:stop].split())
            lead, tail = "……" if start else "", "……" if stop < len(page) else ""
            return Snippet(number, mark(f"{lead}{around}{tail}", words))
    return None
