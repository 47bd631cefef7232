"""Keeping SQLite's log short while entries are loaded by the hundred thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

TOGETHER = 8
"""Transactions whose pages are copied back together: those of the indexes are mostly the same."""


@contextmanager
def short_log() -> Iterator[Callable[[], None]]:
    """For a load of many transactions; yields what is to be called after each, outside of it.

    Left to itself SQLite copies the log back after every large transaction, the same pages time and
    again, and never begins it anew: whoever waited to write (the index, which takes its news) writes
    while it copies, so that the end of the log is never reached. At a million entries the log was
    several times the database, and everybody read through it.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield lambda: None
        return
    done = 0

    def after_one() -> None:
        nonlocal done
        done += 1
        if done % TOGETHER == 0:
            _copy_back(connection, "RESTART")

    with connection.cursor() as cursor:
        usual = cursor.execute("PRAGMA wal_autocheckpoint").fetchone()[0]
        cursor.execute("PRAGMA wal_autocheckpoint=0")
    try:
        yield after_one
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA wal_autocheckpoint={int(usual)}")
        if done >= TOGETHER:
            _copy_back(connection, "TRUNCATE")


def _copy_back(connection: BaseDatabaseWrapper, way: str) -> None:
    """Most of it while others write, then the rest of it while they wait."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        cursor.execute(f"PRAGMA wal_checkpoint({way})")
