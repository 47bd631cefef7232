"""Which formats may be archived and which last, from ``data/formats.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from .results import Identification

Reader = Literal["pdf", "ofd", "image", "office", "text", "html", "xml", "email", "opaque"]


@dataclass(frozen=True, slots=True)
class Family:
    """Formats that are treated alike.

    Attributes:
        name: as shown to people.
        reader: how its files are opened; ``opaque`` files are not opened.
        longterm: fit for long-term preservation.
        claims: files only say that they conform; a validator or a person has to confirm it.
        puids: PRONOM identifiers.
        extensions: usual extensions, lower case, without the dot.
    """

    name: str
    reader: Reader
    puids: frozenset[str]
    extensions: frozenset[str]
    longterm: bool = False
    claims: bool = False


@cache
def families() -> tuple[Family, ...]:
    """The families, in the order of the data file."""
    data = tomllib.loads((Path(__file__).parent / "data" / "formats.toml").read_text(encoding="utf-8"))
    return tuple(
        Family(
            row["name"],
            row["reader"],
            frozenset(row["puids"]),
            frozenset(row["extensions"]),
            row.get("longterm", False),
            row.get("claims", False),
        )
        for row in data["family"]
    )


@cache
def _by_puid() -> dict[str, Family]:
    return {puid: family for family in families() for puid in family.puids}


def family_by_puid(puid: str) -> Family | None:
    """The family a PRONOM identifier belongs to."""
    return _by_puid().get(puid)


def family_of(identification: Identification) -> Family | None:
    """The family of a format, or ``None`` when it may not be archived."""
    return family_by_puid(identification.puid)


def is_accepted(identification: Identification) -> bool:
    """Whether a file may be archived: a listed format, proven by its content."""
    return identification.by_content and family_of(identification) is not None


def is_longterm(identification: Identification) -> bool:
    """Whether the format is fit for long-term preservation (DA/T 47-2009)."""
    family = family_of(identification)
    return family is not None and family.longterm


def accepted_names(*, longterm: bool = False) -> str:
    """The accepted formats as a phrase for findings."""
    return "、".join(family.name for family in families() if family.longterm or not longterm)
