"""Canonical JSON: the one byte string of a value, for digests and signatures.

Keys sorted, no white space, UTF-8 unescaped, no NaN: what RFC 8785 gives for values made of
strings, whole numbers, booleans, nulls, lists and objects with keys of the basic plane.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical_json(value: Any) -> bytes:
    """The canonical bytes of a value; times, dates, UUIDs, bytes and sets are written as text.

    Raises:
        TypeError: the value holds something with no canonical form.
        ValueError: it holds NaN or an infinity.
    """
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain
    )
    return text.encode("utf-8", "surrogatepass")


def utc_text(moment: datetime) -> str:
    """An aware time as ISO 8601 in UTC with microseconds: ``2026-11-21T08:00:00.000000Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def sm3(*parts: bytes) -> bytes:
    """SM3 (GB/T 32905-2016) of the parts in sequence, 32 bytes."""
    digest = hashlib.new("sm3")
    for part in parts:
        digest.update(part)
    return digest.digest()
