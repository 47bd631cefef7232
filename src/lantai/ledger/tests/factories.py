"""Ledgers for tests."""

from __future__ import annotations

from contextlib import contextmanager

from django.db import connection

from lantai.core import ports
from lantai.core.actors import Actor
from lantai.core.identifiers import new_id
from lantai.ledger.api import FolderStore, append, sequence_pending, write_evidence

from .flushing import triggers_lifted

CLERK = Actor(id=str(new_id()), name="王小明", roles=frozenset({"clerk", "record_archivist"}), via="web")


def write_entries(count, *, start=0, runs=1):
    """Appends entries, sequencing after each of ``runs`` equal shares.

    Evidence is written on commit, which the transaction around a test never reaches: so here.
    """
    entries = []
    for number in range(count):
        entries.append(
            append(
                act="record.capture",
                actor=CLERK,
                subject=f"record:{start + number}",
                before={"state": "none"},
                after={"state": "captured", "number": number},
            )
        )
        if (number + 1) % max(1, count // runs) == 0:
            sequence_pending()
            write_evidence()
    sequence_pending()
    write_evidence()
    return entries


def use_store(monkeypatch, folder, name="备份甲"):
    """Registers a folder as the evidence store of a vault."""
    store = FolderStore(folder, name)
    monkeypatch.setattr(ports, "_evidence_stores", [*ports._evidence_stores, lambda: [store]])
    return store


@contextmanager
def tampering():
    """A cursor for somebody who owns the database: triggers lifted, foreign keys unchecked."""
    with triggers_lifted(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        else:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        yield cursor
