"""Identifiers: UUIDv7, so that keys sort by the time they were made (RFC 9562 §5.7)."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_ms = 0
_counter = 0


def new_id() -> UUID:
    """A UUIDv7. Strictly increasing within a process, also within one millisecond.

    The 12 bits after the version are a counter (RFC 9562 §6.2, method 1); when they run
    out, the timestamp borrows one millisecond from the future.
    """
    return new_ids(1)[0]


def new_ids(count: int) -> list[UUID]:
    """As many UUIDv7 in a row, for making rows by the thousand."""
    global _last_ms, _counter
    chance = os.urandom(8 * count)
    heads = []
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last_ms:
            _last_ms, _counter = now_ms, -1
        for _number in range(count):
            _counter += 1
            if _counter > 0xFFF:
                _last_ms, _counter = _last_ms + 1, 0
            heads.append((_last_ms & (2**48 - 1)) << 80 | 0x7 << 76 | _counter << 64 | 0b10 << 62)
    return [
        UUID(int=head | int.from_bytes(chance[at : at + 8]) >> 2)
        for head, at in zip(heads, range(0, 8 * count, 8), strict=True)
    ]
