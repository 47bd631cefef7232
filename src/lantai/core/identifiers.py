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
    global _last_ms, _counter
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last_ms:
            _last_ms, _counter = now_ms, 0
        else:
            _counter += 1
            if _counter > 0xFFF:
                _last_ms, _counter = _last_ms + 1, 0
        value = (_last_ms & (2**48 - 1)) << 80 | 0x7 << 76 | _counter << 64
    return UUID(int=value | 0b10 << 62 | int.from_bytes(os.urandom(8)) >> 2)
