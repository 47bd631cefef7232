"""Signed tree heads: what is signed, in one place."""

from __future__ import annotations

from lantai.core.canonical import canonical_json

PURPOSE = "ledger.head"


def head_bytes(size: int, root: bytes) -> bytes:
    """The bytes a head's seal is over; its time is in the seal."""
    return canonical_json({"log": "lantai-ledger-1", "root": root.hex(), "size": size})
