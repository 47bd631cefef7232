"""What people come for, and what to tell those who look for a paper that is not open."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing people come for; texts are translated where they are shown.

    Attributes:
        label: what it is called.
        query: the search that shows what is open of it.
        words: who asks with one of these asks for it.
        ask: whom to ask, and what to bring.
        says: how the paper itself is to be had.
    """

    label: str
    query: str
    words: tuple[str, ...]
    ask: str
    says: str


@cache
def matters() -> tuple[Matter, ...]:
    """The matters of ``data/matters.toml``, in the order in which they are shown."""
    text = files(__package__).joinpath("data/matters.toml").read_text(encoding="utf-8")
    return tuple(Matter(**row | {"words": tuple(row["words"])}) for row in tomllib.loads(text)["matter"])


def matter_of(folded: str) -> Matter | None:
    """The matter a question, in simplified characters, has to do with; the first of several."""
    return next((matter for matter in matters() if any(word in folded for word in matter.words)), None)
