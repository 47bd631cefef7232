"""Hands the headers' entries (``data/navigation.toml``) to the design system."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast

from django.utils.translation import gettext

from lantai.ui.api import Face, register_navigation

DATA = Path(__file__).parent / "data"


def read_data(name: str) -> dict[str, list[dict[str, Any]]]:
    """One of the data files beside this module."""
    tables: dict[str, list[dict[str, Any]]] = tomllib.loads((DATA / name).read_text(encoding="utf-8"))
    return tables


def words(row: dict[str, Any], key: str) -> str:
    """What a data file says to people, in their language."""
    said: str = row[key]
    return gettext(said)


def register() -> None:
    """Registers every entry, in the order of the file."""
    tables = read_data("navigation.toml")
    for face, entries in tables.items():
        for order, entry in enumerate(entries):
            where, group = cast("Face", face), entry.get("group", "")
            register_navigation(where, entry["label"], entry["page"], order, entry.get("roles", ()), group)
