"""Hands the headers' entries (``data/navigation.toml``) to the design system."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

from lantai.ui.api import register_navigation

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
    for order, entry in enumerate(tables["portal"]):
        register_navigation("portal", entry["label"], entry["page"], order, entry.get("roles", ()))
    for order, entry in enumerate(tables["desk"]):
        register_navigation("desk", entry["label"], entry["page"], order, entry.get("roles", ()))
