"""Two-page papers of about 50 KiB, for the measurements."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from . import typeset
from .matters import compose
from .parcels import columns_of, declaration_of, page_count
from .region import agencies

YEAR = 2024
REPEATED = 4
"""The text stands so often that it fills a second page without needing more glyphs."""


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
    matter = replace(matter, paragraphs=matter.paragraphs * REPEATED, attachments=())
    content = typeset.official(matter)
    return LongPaper(content, columns_of(matter, pages=page_count(content)), declaration_of(body, YEAR))
