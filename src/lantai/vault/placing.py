"""The last steps every batch shares: inventories written, versions placed, copies recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lantai.core.actors import Actor
from lantai.ledger.api import append
from lantai.records.api import insert_rows

from .allotment import stores_for_new
from .batches import StagedBatch
from .models import Copy, VaultObject
from .ocfl import INVENTORY, Inventory, version_files
from .premis import EventFacts
from .rows import NewCopy, insert_copy_rows, insert_events
from .stores import Placement, Store


@dataclass(frozen=True, slots=True)
class WrittenObject:
    """A version as staged: its row as it will stand, its slot, and the event that made it.

    ``previous_sha512`` is the inventory a store must hold for a later version to be added there.
    """

    row: VaultObject
    slot: str
    event: EventFacts
    previous_sha512: str = ""

    @property
    def placement(self) -> Placement:
        """Where it goes."""
        row = self.row
        return Placement(self.slot, row.object_path, row.version, row.inventory_sha512)


def commitment(objects: Iterable[tuple[str, str]]) -> list[list[str]]:
    """What the ledger commits to for a batch: each object with its inventory's SHA-512, by identifier.

    In this form it can be made again from any store alone; see :mod:`.reconciling`.
    """
    return sorted([object_id, sha512] for object_id, sha512 in objects)


def write_inventory(batch: StagedBatch, slot: str, inventory: Inventory) -> str:
    """Stages the newest version's inventory files; returns the inventory's SHA-512."""
    files = version_files(inventory)
    batch.put(slot, files)
    return hashlib.sha512(files[INVENTORY]).hexdigest()


def establish(
    batch: StagedBatch, written: Sequence[WrittenObject], *, act: str, actor: Actor, count: int, now: datetime
) -> int:
    """Places new objects on the stores their rules ask for and records them, in the caller's transaction.

    Args:
        batch: it, with its objects staged.
        written: the objects, each in its first version.
        act: what the ledger calls it.
        actor: who has it done.
        count: of records or papers, for the ledger.
        now: when.

    Returns:
        Their size in bytes.
    """
    asked = stores_for_new([item.row for item in written])
    size_bytes = sum(item.row.size_bytes for item in written)
    with batch.placing(placements_of(batch, written, asked)):
        for item in written:
            item.row.batch_id = batch.id
        insert_rows([item.row for item in written])
        insert_copies([item.row for item in written], batch.stores, asked, now)
        insert_events((item.row.id, item.event) for item in written)
    batch.record(len(written), size_bytes)
    append(
        act=act,
        actor=actor,
        subject=f"batch:{batch.id}",
        after=commitment((item.row.object_id, item.row.inventory_sha512) for item in written),
        count=count,
    )
    return size_bytes


def placements_of(
    batch: StagedBatch, written: Iterable[WrittenObject], asked: Mapping[UUID, Collection[str]]
) -> list[tuple[Store, Placement]]:
    """Where new objects go: to those stores of the batch that are asked to hold them."""
    return [
        (store, item.placement)
        for store in batch.stores
        for item in written
        if store.facts.key in asked[item.row.id]
    ]


def insert_copies(
    rows: Sequence[VaultObject], stores: Sequence[Store], asked: Mapping[UUID, Sequence[str]], now: datetime
) -> None:
    """A row for every store that is asked: verified where the proven bytes were written just now."""
    written = {store.facts.key for store in stores}
    verified = [
        NewCopy(row.id, key, row.version, Copy.State.VERIFIED)
        for row in rows
        for key in asked[row.id]
        if key in written
    ]
    insert_copy_rows(verified, now)
    insert_copy_rows([NewCopy(row.id, key) for row in rows for key in asked[row.id] if key not in written])
