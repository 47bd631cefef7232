"""The invented region as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Agency:
    """A body that makes records.

    Attributes:
        short: 机关代字, the word in its document numbers.
        fonds: its fonds code (全宗号).
        since: year it was founded.
        former: earlier names with the years they held.
    """

    name: str
    code: str
    region: str
    archive: str
    short: str
    fonds: str
    since: int
    topics: tuple[str, ...]
    former: tuple[tuple[str, int, int], ...]

    def name_in(self, year: int) -> str:
        """What the body was called in a year."""
        return next((name for name, start, end in self.former if start <= year < end), self.name)


@cache
def region() -> dict[str, Any]:
    """The region's file as read."""
    return tomllib.loads((DATA / "region.toml").read_text(encoding="utf-8"))


@cache
def agencies() -> tuple[Agency, ...]:
    """The twelve agencies."""
    return tuple(
        Agency(
            **{name: value for name, value in row.items() if name not in {"topics", "former"}},
            topics=tuple(row["topics"]),
            former=tuple((name, start, end) for name, start, end in row["former"]),
        )
        for row in region()["agencies"]
    )


def agency(code: str) -> Agency:
    """The agency with a code."""
    return next(found for found in agencies() if found.code == code)
