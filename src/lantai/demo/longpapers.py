"""Two-page papers of about 50 KiB, for the measurements."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from . import typeset
from .matters import compose
from .parcels import columns_of, declaration_of
from .region import agencies

YEAR = 2024


@dataclass(frozen=True, slots=True)
class LongPaper:
    """A typeset paper with the catalogue columns and declaration it is sent with."""

    content: bytes
    columns: Mapping[str, str | int]
    declaration: Mapping[str, str | int]


def long_paper(serial: int, chance: random.Random) -> LongPaper:
    """One paper of the first agency, long enough for a second page."""
    body = agencies()[0]
    matter = compose(body, YEAR, serial, chance)
    more = tuple(
        line for extra in range(1, 4) for line in compose(body, YEAR, serial + extra, chance).paragraphs
    )
    matter = replace(matter, paragraphs=(*matter.paragraphs, *more), attachments=())
    return LongPaper(typeset.official(matter), columns_of(matter, pages=2), declaration_of(body, YEAR))
