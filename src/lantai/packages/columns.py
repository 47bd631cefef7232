"""The vocabulary of folder packages, from ``data/folder.toml``: columns, declaration lines, roles."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from .package import Role

_IGNORED = re.compile(r"[\s\W_]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the catalogue; ``code`` is empty when no element of DA/T 46 holds its value."""

    name: str
    code: str
    required: bool


@cache
def _vocabulary() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "data" / "folder.toml").read_text(encoding="utf-8"))


def fold(text: str) -> str:
    """A heading without spaces, punctuation, case and width, for comparing."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text)).casefold()


@cache
def columns() -> tuple[Column, ...]:
    """All known columns."""
    return tuple(
        Column(row["name"], row.get("code", ""), row.get("required", False))
        for row in _vocabulary()["column"]
    )


@cache
def columns_by_heading() -> dict[str, Column]:
    """Columns by folded name and synonym; element codes such as ``M22`` are understood too."""
    known: dict[str, Column] = {}
    for column, row in zip(columns(), _vocabulary()["column"], strict=True):
        for heading in (column.name, column.code, *row.get("synonyms", [])):
            if heading:
                known.setdefault(fold(heading), column)
    return known


@cache
def declaration_fields() -> dict[str, str]:
    """Fields of the declaration by folded line name."""
    return {fold(name): field for field, names in _vocabulary()["declaration"].items() for name in names}


def guess_role(name: str) -> Role | None:
    """The part a file plays, told by its name; ``None`` when the name does not tell."""
    text = unicodedata.normalize("NFKC", name.rpartition("/")[2])
    for role, words in _vocabulary()["roles"].items():
        if any(word in text for word in words):
            return cast("Role", role)
    return None
