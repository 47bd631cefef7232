"""What looking at a file yields: its format, its properties, how it opened, its digests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

UNKNOWN = "UNKNOWN"
OPENING = 300


@dataclass(frozen=True, slots=True)
class Identification:
    """The format of a file.

    Attributes:
        puid: PRONOM identifier (``fmt/276``), ``lantai/ofd`` for OFD, ``UNKNOWN``.
        name: format name with version.
        mime: media type; ``application/octet-stream`` when unknown.
        basis: why: signature, own rule, or extension only.
        extension_fits: whether the name's extension is one this format uses.
        by_content: whether the bytes prove it; an extension alone does not.
        charset: character set of plain text (``utf-8``, ``gb18030``), else empty.
    """

    puid: str
    name: str
    mime: str
    basis: str
    extension_fits: bool = True
    by_content: bool = True
    charset: str = ""


@dataclass(frozen=True, slots=True)
class Characteristics:
    """Properties found by opening a file.

    Attributes:
        pages: number of pages, frames or sheets; ``None`` where pages mean nothing.
        encrypted: needs a password, or forbids being read.
        readable: opened and parsed to the end.
        width_px: width of the first image frame.
        height_px: height of the first image frame.
        dpi: resolution the image states, rounded.
        problems: what went wrong, in words for people.
        marks: classification marks seen on the first page, such as ``秘密★10年``.
        active: what would act by itself, in words for people: scripts, programs, files within.
        opening: the words of the first page without spaces, at most ``OPENING`` characters.
        signatures: signatures and seals the file carries; :func:`..signatures.verify_signatures` judges them.
    """

    pages: int | None = None
    encrypted: bool = False
    readable: bool = True
    width_px: int | None = None
    height_px: int | None = None
    dpi: int | None = None
    problems: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    opening: str = ""
    signatures: int = 0


@dataclass(frozen=True, slots=True)
class Rendering:
    """Whether first and last page could be drawn. ``attempted`` is false where nothing is drawn."""

    attempted: bool
    ok: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """All that one pass over a file tells.

    Attributes:
        path: the file.
        size_bytes: bytes read.
        digests: ``sha256``, ``sha512`` and ``sm3`` in hex; empty when they were not asked
            for, or when a large file is of no format that may be archived.
        identification: its format.
        characteristics: its properties.
        rendering: whether it can be shown.
        test_virus: the file is the EICAR anti-virus test file.
    """

    path: Path
    size_bytes: int
    identification: Identification
    characteristics: Characteristics
    rendering: Rendering
    digests: Mapping[str, str] = field(default_factory=dict)
    test_virus: bool = False


_NAMES = {kind: tuple(f.name for f in fields(kind)) for kind in (Identification, Characteristics, Rendering)}


def plain(result: Identification | Characteristics | Rendering) -> dict[str, Any]:
    """A result as a dictionary, JSON-ready; ``dataclasses.asdict`` would copy every word of it."""
    return {name: getattr(result, name) for name in _NAMES[type(result)]}


def facts_of(examination: Examination) -> dict[str, Any]:
    """What an examination found but for path, size and digests, JSON-ready."""
    return {
        "identification": plain(examination.identification),
        "characteristics": plain(examination.characteristics),
        "rendering": plain(examination.rendering),
        "test_virus": examination.test_virus,
    }
