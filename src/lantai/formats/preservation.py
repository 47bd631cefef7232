"""The registry of formats as a preservation archivist reads it: risk, policy and reason, as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from .policy import families, family_by_puid


@dataclass(frozen=True, slots=True)
class Preservation:
    """What becomes of one family of formats.

    Attributes:
        family: its name, as in the format policy.
        puids: PRONOM identifiers; none for what no family has.
        policy: ``keep`` as it is, ``migrate`` beside the original, ``watch``.
        targets: keys of converters that apply, best first.
        why: the reason, for people.
        longterm: whether the format policy calls it fit for long-term preservation.
    """

    family: str
    puids: frozenset[str]
    risk: Literal["low", "medium", "high"]
    policy: Literal["keep", "migrate", "watch"]
    targets: tuple[str, ...]
    why: str
    longterm: bool


@cache
def format_registry() -> tuple[Preservation, ...]:
    """Every family with its policy, in the order of the format policy; what no family has comes last."""
    data = tomllib.loads((Path(__file__).parent / "data" / "preservation.toml").read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in data["family"]}
    known = [_entry(rows[f.name], f.puids, longterm=f.longterm) for f in families()]
    return (*known, _entry(data["other"], frozenset(), longterm=False))


def preservation_of(puid: str) -> Preservation:
    """What becomes of files of a format."""
    family = family_by_puid(puid)
    *known, other = format_registry()
    return next((row for row in known if family and row.family == family.name), other)


def _entry(row: dict[str, Any], puids: frozenset[str], *, longterm: bool) -> Preservation:
    targets = tuple(row.get("target", ()))
    return Preservation(row["name"], puids, row["risk"], row["policy"], targets, row["why"], longterm)
