"""The one sequencer: gives entries their places, grows the tree, signs a head.

Entries are written by many transactions at once and get no place there, so that no act waits for
another. Every ``LEDGER_DELAY_S`` seconds the sequencer places what has come, by id, in one
transaction: leaves, tiles, signed head. A crash leaves either all of that or nothing.
"""

from __future__ import annotations

import hashlib

from django.db import connection, transaction

from . import evidence, tree
from .custody import require_key_of_heads
from .heads import SignedHead
from .merkle import tree_root
from .models import Entry, Head, Leaf, Pending

BATCH = 4096
_LOCK = int.from_bytes(hashlib.sha256(b"lantai.ledger.sequencer").digest()[:8], signed=True)


def sequence_pending() -> int:
    """Places every entry committed so far and has the evidence written; returns how many.

    Raises:
        Conflict: the database and the heads already attested do not agree.
        Unavailable: the keystore is locked.
    """
    placed = 0
    while True:
        with transaction.atomic():
            count = _sequence_batch()
        placed += count
        if count < BATCH:
            break
    transaction.on_commit(evidence.write_evidence)
    return placed


def _sequence_batch() -> int:
    _be_the_only_one()
    entries = list(Entry.objects.filter(pending__isnull=False).order_by("id")[:BATCH])
    if not entries:
        return 0
    require_key_of_heads()
    evidence.require_unforked()
    old_size = tree_size()
    new_size = old_size + len(entries)
    Leaf.objects.bulk_create(
        Leaf(index=index, entry=entry, leaf_hash=entry.leaf_hash)
        for index, entry in enumerate(entries, old_size)
    )
    tree.grow(old_size, new_size)
    root = tree_root(tree.StoredNodes(), new_size)
    Head.of(SignedHead.sign(new_size, root)).save()
    Pending.objects.filter(entry__in=entries).delete()
    return len(entries)


def tree_size() -> int:
    """How many leaves there are."""
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def _be_the_only_one() -> None:
    """Waits for any other sequencer, until the end of the transaction.

    SQLite transactions are IMMEDIATE: there is one writer at a time already.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
