"""The groups of a fonds file and how its papers are numbered, as ``data/fonds_file.toml`` declares them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lantai.core.language import gettext as _

if TYPE_CHECKING:
    from .models import FondsPaper


@dataclass(frozen=True, slots=True)
class Group:
    """One group of DA/T 12-2012."""

    key: str
    name: str
    covers: str


@cache
def _declared() -> dict[str, Any]:
    return tomllib.loads(files("lantai.catalogue").joinpath("data/fonds_file.toml").read_text("utf-8"))


@cache
def groups() -> dict[str, Group]:
    """The groups in their order, by key."""
    return {row["key"]: Group(**row) for row in _declared()["group"]}


def group_of(kind: str) -> str:
    """The group a paper that comes by itself belongs to."""
    return str(_declared()["collected"][kind])


def paper_number(paper: FondsPaper) -> str:
    """What stands on the paper: fonds, group, place in the group."""
    return str(_declared()["number"].format(fonds=paper.fonds.code, group=paper.group, place=paper.number))


def group_choices() -> list[tuple[str, str]]:
    """Groups for a form."""
    return [(group.key, f"{group.key} {_(group.name)}") for group in groups().values()]
