"""The classes of specialised records (专业档案), from ``data/specialised.toml`` or the data folder's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from lantai.core import settings
from lantai.packages.api import fold_heading

_SHIPPED = Path(__file__).parents[1] / "data" / "specialised.toml"


@dataclass(frozen=True, slots=True)
class SpecialisedClass:
    """One class of specialised records.

    Attributes:
        key: what it is stored under.
        name: as it is written.
        field: the walk of life it belongs to (领域).
        category: the category (门类) its records are filed in.
        makers: whose business brings it forth (形成单位).
        levels: at which levels those stand: ``province``, ``city``, ``county``, ``township``.
        words: other names; a scheme whose name holds one of them, or the name, is a scheme for it.
        livelihood: whether it is about people's lives (民生档案).
        standard: the rules made for it, where there are any.
        confidence: how sure the entry is: ``high``, ``middle``, or ``own`` for this platform's reading.
    """

    key: str
    name: str
    field: str
    category: str
    makers: str
    levels: tuple[str, ...]
    words: tuple[str, ...] = ()
    livelihood: bool = False
    standard: str = ""
    confidence: str = "own"

    def is_named_in(self, text: str) -> bool:
        """Whether a scheme's name speaks of it."""
        folded = fold_heading(text)
        return any(fold_heading(word) in folded for word in (self.name.removesuffix("档案"), *self.words))


def specialised_classes() -> Mapping[str, SpecialisedClass]:
    """All classes by key, in the list's order."""
    own = settings.home() / "data" / "specialised.toml"
    path = own if own.exists() else _SHIPPED
    return _parsed(str(path), path.stat().st_mtime_ns)


def class_named(text: str) -> SpecialisedClass | None:
    """The class written as its name, a known other name, or its key."""
    folded = fold_heading(text).removesuffix("档案")
    for found in specialised_classes().values():
        names = (found.key, found.name, *found.words)
        if folded in {fold_heading(name).removesuffix("档案") for name in names}:
            return found
    return None


@lru_cache(maxsize=4)
def _parsed(path: str, _changed_ns: int) -> Mapping[str, SpecialisedClass]:
    rows = tomllib.loads(Path(path).read_text(encoding="utf-8"))["class"]
    found = (
        SpecialisedClass(**{**row, "levels": tuple(row["levels"]), "words": tuple(row.get("words", ()))})
        for row in rows
    )
    return MappingProxyType({row.key: row for row in found})
