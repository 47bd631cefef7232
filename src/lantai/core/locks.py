"""Locks between processes that vanish with their holder, also after ``kill -9``."""

from __future__ import annotations

import fcntl
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from .settings import home

_TRIED_AGAIN_S = 0.1


@contextmanager
def exclusive(name: str, wait_s: float = 0.0) -> Iterator[bool]:
    """Tries to be the only holder of ``name``; yields whether it is.

    On PostgreSQL an advisory lock of the session, so that it holds between machines (a pooler
    must therefore pool sessions, not transactions). On SQLite, which is one machine, a lock on
    a file below the data folder.

    Args:
        name: of what is locked.
        wait_s: how long to try, seconds.
    """
    until = time.monotonic() + wait_s
    while True:
        with _advisory_lock(name) if connection.vendor == "postgresql" else exclusive_here(name) as held:
            if held or time.monotonic() >= until:
                yield held
                return
        time.sleep(_TRIED_AGAIN_S)


@contextmanager
def _advisory_lock(name: str) -> Iterator[bool]:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        held: bool = cursor.fetchone()[0]
    try:
        yield held
    finally:
        if held and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def exclusive_here(name: str) -> Iterator[bool]:
    """The same for one data folder, whatever the database: a lock on a file below it."""
    folder = home() / "locks"
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
