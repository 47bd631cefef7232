"""Identifiers: UUIDv7, so that keys sort by the time they were made (RFC 9562 §5.7)."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_ms = 0
_counter = 0
_chance = b""
_DRAWN_BYTES = 4096
"""Drawn at a time: every draw is a call into the system that lets go of the interpreter."""


def new_id() -> UUID:
    """A UUIDv7. Strictly increasing within a process, also within one millisecond.

    The 12 bits after the version are a counter (RFC 9562 §6.2, method 1); when they run
    out, the timestamp borrows one millisecond from the future.
    """
    return new_ids(1)[0]


def new_ids(count: int) -> list[UUID]:
    """As many UUIDv7 in a row, for making rows by the thousand."""
    global _last_ms, _counter, _chance
    heads = []
    with _lock:
        if len(_chance) < 8 * count:
            _chance = os.urandom(max(_DRAWN_BYTES, 8 * count))
        chance, _chance = _chance[: 8 * count], _chance[8 * count :]
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


def _forget() -> None:
    """A process that was forked draws its own; a lock that another thread held would never be let go."""
    global _chance, _lock
    _chance, _lock = b"", threading.Lock()


os.register_at_fork(after_in_child=_forget)
