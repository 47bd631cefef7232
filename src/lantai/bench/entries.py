"""Invented catalogue entries, the same for the same number, made as fast as they are read."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from lantai.search.api import IndexEntry

DATA = Path(__file__).parent / "data"
BLOCK = 1_000
BODY_CHARACTERS = 500
ONE_WITH_A_BODY_IN = 20
FONDS = 450
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


def _entry(number: int, chance: random.Random) -> IndexEntry:
    words = vocabulary()
    pick = chance.choice
    year = min(2025, 1949 + int(chance.triangular(0, 76, 30)))
    if number % 50 == 0:
        year = 1900 + number // 50 % 49
    body, matter, detail = (
        pick(words["places"]) + pick(words["organs"]),
        pick(words["matters"]),
        pick(words["details"]),
    )
    if number % 5 == 0:
        title = f"{pick(words['surnames'])}{pick(words['given'])}{pick(words['given'])}{matter}{detail}"
    else:
        title = f"{body}{pick(words['actions'])}{matter}{detail}{pick(words['kinds'])}"
    fonds = chance.randrange(FONDS)
    retention, unit = pick(("Y", "D30", "D10")), pick(("BGS", "JSK", "RSK", "CWK"))
    known_to_the_day = number % 4 != 0
    first = date(year, 1 + number % 12, 1 + number % 28) if known_to_the_day else date(year, 1, 1)
    return IndexEntry(
        record_id=str(UUID(int=(_EPOCH_MS + number) << 80 | 7 << 76 | 2 << 62 | chance.getrandbits(60))),
        title=title,
        reference_code=f"{'JZLA'[fonds % 4]}{fonds:03d}-WS·{year}-{retention}-{unit}-{number % 9999 + 1:04d}",
        responsible=body,
        document_number=f"{body[:2]}字〔{year}〕{chance.randrange(1, 400)}号" if number % 3 else "",
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
        part = f"{chance.choice(words['places'])}{chance.choice(words['matters'])}，{chance.choice(words['sentences'])}。"
        parts.append(part)
        length += len(part)
    return "".join(parts)[:BODY_CHARACTERS]
