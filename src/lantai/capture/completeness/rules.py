"""The rules of completeness, from ``data/completeness.toml`` or the data folder's own."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from lantai.core import settings

_SHIPPED = Path(__file__).parents[1] / "data" / "completeness.toml"


def rules(section: str) -> dict[str, Any]:
    """One section of the rules as they stand now."""
    own = settings.home() / "data" / "completeness.toml"
    path = own if own.exists() else _SHIPPED
    found: dict[str, Any] = _parsed(str(path), path.stat().st_mtime_ns)[section]
    return found


def due_of(year: int) -> date:
    """By when documents of a year are filed."""
    due = rules("due")
    return date(year + 1, due["month"], due["day"])


@lru_cache(maxsize=4)
def _parsed(path: str, _changed_ns: int) -> dict[str, Any]:
    return tomllib.loads(Path(path).read_text(encoding="utf-8"))
