"""Keeping SQLite's log short while entries are loaded by the hundred thousand."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Thread

from django.db import DEFAULT_DB_ALIAS, connections

TOGETHER = 3
"""Transactions whose pages are copied back together: those of the indexes are mostly the same."""
KEPT_KIB = 160 * 1024
"""Pages kept in memory meanwhile, as many as a transaction changes: else they are written twice."""


@contextmanager
def short_log() -> Iterator[Callable[[], None]]:
    """For a load of many transactions; yields what is to be called after each, outside of it.

    Left to itself SQLite copies the log back after every large transaction, the same pages time and
    again, and never begins it anew: whoever waited to write (the index, which takes its news) writes
    while it copies, so that the end of the log is never reached. At a million entries the log was
    several times the database, and everybody read through it.

    Here it is copied back during every fourth transaction, and what that one adds after it.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield lambda: None
        return
    done = 0
    copying: Thread | None = None

    def after_one() -> None:
        nonlocal done, copying
        done += 1
        if copying:
            copying.join()
            copying = None
            _run("PRAGMA wal_checkpoint(RESTART)")
        elif done % (TOGETHER + 1) == TOGETHER:
            copying = Thread(target=_copy_back, args=[str(connection.settings_dict["NAME"])])
            copying.start()

    usual, kept = _run("PRAGMA wal_autocheckpoint"), _run("PRAGMA cache_size")
    _run("PRAGMA wal_autocheckpoint=0")
    _run(f"PRAGMA cache_size={-KEPT_KIB}", said=False)
    try:
        yield after_one
    finally:
        if copying:
            copying.join()
        _run(f"PRAGMA wal_autocheckpoint={usual}")
        _run(f"PRAGMA cache_size={kept}", said=False)
        if done >= TOGETHER:
            _run("PRAGMA wal_checkpoint(PASSIVE)")  # most of it while others write
            _run("PRAGMA wal_checkpoint(TRUNCATE)")


def _run(pragma: str, *, said: bool = True) -> int:
    """What a pragma says, if it says anything."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(pragma)
        return int(cursor.fetchone()[0]) if said else 0


def _copy_back(path: str) -> None:
    """Copies what no transaction holds, over a connection of its own, while others write."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
