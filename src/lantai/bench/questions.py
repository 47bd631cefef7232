"""Questions nobody has asked before, of the kinds and in the shares of the committed mix, without end."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import cycle

from lantai.search.api import IndexEntry

from .entries import BLOCK, entries
from .search import Query

SEED = 20_260_601
AHEAD = 40
"""Blocks of entries that words are taken from."""


def never_asked() -> Iterator[Query]:
    """Each question once: what a search box is asked, in words of the entries themselves."""
    chance = random.Random(SEED)  # noqa: S311
    blocks = sorted(chance.sample(range(1_000), AHEAD))
    words = [entry for block in blocks for entry in entries(block * BLOCK, (block + 1) * BLOCK)]
    seen: set[tuple[str, str]] = set()
    for kind, ask in cycle(_SHARES):
        text, sort = ask(chance, chance.choice(words))
        if (text, sort) not in seen:
            seen.add((text, sort))
            yield Query(kind, text, sort)


Asking = Callable[[random.Random, IndexEntry], tuple[str, str]]


def _phrase(chance: random.Random, entry: IndexEntry) -> tuple[str, str]:
    return _stretch(chance, entry.title, chance.randint(2, 8)), "relevance"


def _both(chance: random.Random, entry: IndexEntry) -> tuple[str, str]:
    half = len(entry.title) // 2
    parts = entry.title[:half], entry.title[half:]
    return " ".join(_stretch(chance, part, chance.randint(2, 4)) for part in parts), "relevance"


def _years(chance: random.Random, entry: IndexEntry) -> tuple[str, str]:
    first = chance.randint(1949, 2020)
    return f"{_stretch(chance, entry.title, 4)} {first}..{first + chance.randint(0, 30)}", "relevance"


def _code(chance: random.Random, entry: IndexEntry) -> tuple[str, str]:
    return _stretch(chance, entry.reference_code, chance.randint(6, 14)).strip("-·"), "relevance"


def _name(chance: random.Random, entry: IndexEntry) -> tuple[str, str]:
    year = chance.randint(1, 37)
    return f"{_stretch(chance, entry.title, chance.randint(2, 3))} 民国{year}年", "relevance"


def _sorted(chance: random.Random, entry: IndexEntry) -> tuple[str, str]:
    return _stretch(chance, entry.title, chance.randint(2, 4)), chance.choice(("date", "-date"))


def _stretch(chance: random.Random, text: str, length: int) -> str:
    start = chance.randint(0, max(0, len(text) - length))
    return text[start : start + length]


_SHARES: tuple[tuple[str, Asking], ...] = (
    *[("phrase", _phrase)] * 4,
    *[("and", _both)] * 2,
    ("year", _years),
    ("code", _code),
    ("era_name_traditional", _name),
    ("sorted", _sorted),
)
