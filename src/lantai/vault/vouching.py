"""Which of two valid versions of one object is the one that was written: asked of the ledger.

A damaged copy is not valid, and is simply made again. A copy that is valid by itself, is the same
object in the same version and yet is not what the database says, means that somebody rewrote one of
the two. Repair would then spread a forgery; so it asks here first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from lantai.ledger.api import Entry, stands_for

from .content import subject_of
from .inventories import newest, past_inventories
from .models import Event, VaultObject
from .ocfl_validation import check_object
from .placing import commitment
from .stores import Store

BATCH_ACTS = ("vault.ingest", "vault.add_version", "vault.expunge", "vault.keep_papers")
"""Acts whose ledger line commits to the inventories of a batch."""


def contradicts(store: Store, row: VaultObject) -> bool:
    """Whether a store holds this object in this version, valid by itself, but other than the database says."""
    found = newest(store, row.object_path)
    if found is None:
        return False
    raw, inventory = found
    is_same = inventory.id == row.object_id and inventory.number == row.version
    is_known = hashlib.sha512(raw).hexdigest() == row.inventory_sha512
    return is_same and not is_known and not check_object(store.object_files(row.object_path)).problems


def _was_heeded(row: VaultObject, stores: Sequence[Store]) -> bool:
    """Whether a rebuild took an erasure from stores whose ledger is younger than the one it restored.

    Two stores must still hold the tombstone: one alone may have been forged.
    """
    if row.batch.purpose != "rebuild":
        return False
    held = [found[0] for store in stores if (found := newest(store, row.object_path))]
    return sum(hashlib.sha512(raw).hexdigest() == row.inventory_sha512 for raw in held) > 1


def is_vouched(row: VaultObject, stores: Sequence[Store]) -> bool:
    """Whether the ledger commits to what the database says: its line of the batch, or of the erasure."""
    if row.state == VaultObject.State.ERASED:
        lines = Entry.objects.filter(act="vault.erase", subject=subject_of(row))
        told = any(stands_for(line, after={"inventory": row.inventory_sha512}) for line in lines)
        return told or _was_heeded(row, stores)
    batch = str(row.batch_id)
    line = Entry.objects.filter(act__in=BATCH_ACTS, subject=f"batch:{batch}").first()
    if line is None:
        return False
    written = Event.objects.filter(kind=Event.Kind.INGESTION, note__startswith=f"batch:{batch}")
    others = VaultObject.objects.filter(batch=row.batch_id).union(
        VaultObject.objects.filter(id__in=written.values("object"))
    )
    pairs = [(row.object_id, row.inventory_sha512)]
    for other in others:
        if other.id != row.id:
            pairs += [
                (other.object_id, sha512)
                for wrote, sha512 in past_inventories(stores, other)
                if wrote == batch
            ]
    return stands_for(line, after=commitment(pairs))
