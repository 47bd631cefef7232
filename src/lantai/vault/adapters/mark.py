"""The mark of a store (``store.json``): which store this is, so that a swapped disk or bucket is noticed."""

from __future__ import annotations

import json

PATH = "store.json"


def mark_of(key: str) -> bytes:
    """The file's content for a store."""
    return json.dumps({"key": key}).encode()


def marked_key(content: bytes) -> str:
    """The key a mark names; ``ValueError`` where it is none, whatever else lies in its place."""
    try:
        key = json.loads(content)["key"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError("store.json") from error
    if not isinstance(key, str):
        raise ValueError("store.json")
    return key
