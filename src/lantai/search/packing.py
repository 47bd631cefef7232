"""What an engine keeps of an entry to give it back, and the key lists by date are walked by."""

from __future__ import annotations

import json
from datetime import date

from .engine import IndexEntry

_encode = json.JSONEncoder(default=str, ensure_ascii=False, separators=(",", ":")).encode


def sort_key(entry: IndexEntry) -> int:
    """Days first, then bits of the id: unique, so that lists can be walked by it to any depth."""
    day = entry.date_start.toordinal() if entry.date_start else 0
    return day << 40 | int(entry.record_id[-10:], 16)


def pack(entry: IndexEntry) -> str:
    """The entry's values, in order, as JSON."""
    return _encode(entry)


def unpack(packed: str | bytes) -> IndexEntry:
    """The entry that :func:`pack` wrote."""
    values = dict(zip(IndexEntry._fields, json.loads(packed), strict=True))
    for name in ("date_start", "date_end"):
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    values["pages"] = tuple(values["pages"])
    return IndexEntry(**values)
