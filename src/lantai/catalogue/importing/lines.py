"""Rows as lines of JSON: how they pass between reading, checking, laying out and loading.

Each row of a million is written and read so several times; the library used is faster by far than
the standard one, but takes no halves of surrogate pairs, which files of an unknown hand may hold:
a line with one of those goes by the standard library. Imported by the child that reads: no model here.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()


def to_line(value: object) -> bytes:
    """A value as one line of JSON."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        told = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return told.encode("utf-8", "backslashreplace")  # of halves of pairs: JSON's own escapes


def cells_in(line: bytes) -> list[list[Any]]:
    """The rows of a line, as cells or as values."""
    rows: list[list[Any]] = json.loads(line)
    return rows
