"""Two-page papers of about 50 KiB, for the measurements."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pikepdf

from . import typeset
from .matters import Matter, compose
from .parcels import columns_of, declaration_of, page_count
from .region import agencies

YEAR = 2024
PAGES = 2
REPEATED = (4, 5, 6, 3, 7)
"""How often the text may stand, before what another agency wrote once: so many glyphs weigh 50 KiB."""


@dataclass(frozen=True, slots=True)
class LongPaper:
    """A typeset paper with the catalogue columns and declaration it is sent with."""

    content: bytes
    columns: Mapping[str, str | int]
    declaration: Mapping[str, str | int]


def long_paper(serial: int, chance: random.Random) -> LongPaper:
    """One paper of the first agency, long enough for a second page and no longer."""
    body = agencies()[0]
    matter = replace(compose(body, YEAR, serial, chance), attachments=())
    quoted = compose(agencies()[1], YEAR, serial, chance).paragraphs
    content = _in_device_colours(_two_pages(matter, quoted))
    return LongPaper(content, columns_of(matter, pages=page_count(content)), declaration_of(body, YEAR))


def _two_pages(matter: Matter, quoted: tuple[str, ...]) -> bytes:
    content = b""
    for times in REPEATED:
        content = typeset.official(replace(matter, paragraphs=(*matter.paragraphs * times, *quoted)))
        if page_count(content) == PAGES:
            break
    return content


def _in_device_colours(content: bytes) -> bytes:
    """Colours as office systems write them: plain RGB and grey, explained once by the output intent.

    The typesetter names a profile of its own for every colour instead; a reader then computes
    that profile anew for each paper, which costs it more than the paper itself.
    """
    plain = {1: pikepdf.Name.DeviceGray, 3: pikepdf.Name.DeviceRGB}
    with pikepdf.open(io.BytesIO(content)) as document:
        for page in document.pages:
            spaces = page.Resources.ColorSpace
            for name in spaces.keys():  # noqa: SIM118 - a PDF dictionary
                spaces[name] = plain[int(spaces[name][1].N)]
        written = io.BytesIO()
        document.save(written, deterministic_id=True)
    return written.getvalue()
