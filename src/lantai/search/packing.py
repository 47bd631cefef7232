"""What an engine keeps of an entry to give it back, and the key lists by date are walked by."""

from __future__ import annotations

import msgspec

from .engine import IndexEntry

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(IndexEntry)
LARGEST_KEY = 2**63 - 1


def sort_key(entry: IndexEntry) -> int:
    """Days first, then bits of the id: unique, so that lists can be walked by it to any depth."""
    day = entry.date_start.toordinal() if entry.date_start else 0
    return day << 40 | int(entry.record_id[-10:], 16)


def pack(entry: IndexEntry) -> bytes:
    """The entry's values, in order, as JSON."""
    return _encoder.encode(entry)


def unpack(packed: str | bytes) -> IndexEntry:
    """The entry that :func:`pack` wrote."""
    return _decoder.decode(packed)
