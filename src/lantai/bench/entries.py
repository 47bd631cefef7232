"""Invented catalogue entries, the same for the same number, made as fast as they are read."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from lantai.search.api import IndexEntry

DATA = Path(__file__).parent / "data"
BLOCK = 1_000
BODY_CHARACTERS = 500
ONE_WITH_A_BODY_IN = 20
FONDS = 450
UNITS = ("BGS", "JSK", "RSK", "CWK")
_EPOCH_MS = 1_700_000_000_000


@cache
def vocabulary() -> dict[str, Any]:
    """The words entries are made of."""
    return tomllib.loads((DATA / "vocabulary.toml").read_text(encoding="utf-8"))


def entries(start: int, stop: int) -> Iterator[IndexEntry]:
    """Entries number ``start`` to ``stop``; both are multiples of 1,000 or the end."""
    for block in range(start, stop, BLOCK):
        chance = random.Random(block)  # noqa: S311
        for number in range(block, min(block + BLOCK, stop)):
            yield _entry(number, chance)


def _pick(chance: random.Random, words: Sequence[str]) -> str:
    """One of the words; some three times as fast as ``Random.choice``."""
    return words[int(chance.random() * len(words))]


def _entry(number: int, chance: random.Random) -> IndexEntry:
    words = vocabulary()
    year = 1900 + number // 50 % 49 if number % 50 == 0 else 1949 + int(77 * chance.random() ** 0.8)
    body = _pick(chance, words["places"]) + _pick(chance, words["organs"])
    matter, detail = _pick(chance, words["matters"]), _pick(chance, words["details"])
    if number % 5 == 0:
        given = _pick(chance, words["given"]) + _pick(chance, words["given"])
        title = f"{_pick(chance, words['surnames'])}{given}{matter}{detail}"
    else:
        title = f"{body}{_pick(chance, words['actions'])}{matter}{detail}{_pick(chance, words['kinds'])}"
    fonds = int(chance.random() * FONDS)
    class_ = f"{'JZLA'[fonds % 4]}{fonds:03d}-WS·{year}-{('Y', 'D30', 'D10')[number % 3]}"
    known_to_the_day = number % 4 != 0
    first = date(year, 1 + number % 12, 1 + number % 28) if known_to_the_day else date(year, 1, 1)
    moment, tail = f"{_EPOCH_MS + number:012x}", f"{chance.getrandbits(60):015x}"
    return IndexEntry(
        record_id=f"{moment[:8]}-{moment[8:]}-7{tail[:3]}-8{tail[3:6]}-{tail[3:]}",
        title=title,
        reference_code=f"{class_}-{_pick(chance, UNITS)}-{number % 9999 + 1:04d}",
        responsible=body,
        document_number=f"{body[:2]}字〔{year}〕{1 + int(chance.random() * 399)}号" if number % 3 else "",
        date_text=first.isoformat() if known_to_the_day else str(year),
        date_start=first,
        date_end=first if known_to_the_day else date(year, 12, 31),
        pages=(_body(chance),) if number % ONE_WITH_A_BODY_IN == 7 else (),
        page_count=1 + number % 9,
        fonds=f"fonds-{fonds:03d}",
        category="WS" if number % 7 else "ZY",
        classification="公开",
        opening_mark="open" if number % 3 else "unreviewed",
        year=year,
        changed=_EPOCH_MS // 1000 + number,
    )


def _body(chance: random.Random) -> str:
    """A text of 500 characters: sentences, with matters and bodies between them."""
    words = vocabulary()
    parts: list[str] = []
    length = 0
    while length < BODY_CHARACTERS:
        about = _pick(chance, words["places"]) + _pick(chance, words["matters"])
        parts.append(f"{about}，{_pick(chance, words['sentences'])}。")
        length += len(parts[-1])
    return "".join(parts)[:BODY_CHARACTERS]
