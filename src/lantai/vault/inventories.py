"""Every inventory an object ever had, with the batch that wrote it, as a store tells it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from uuid import UUID

from lantai.core.digests import CHUNK_BYTES
from lantai.core.errors import Invalid

from .models import VaultObject
from .ocfl import INVENTORY, Inventory
from .stores import Store
from .versions import read_inventory

BEFORE = "before.json"
"""A tombstone's memory: the inventories that stood there, so that their batches still add up."""


def past_inventories(stores: Sequence[Store], row: VaultObject) -> list[tuple[str, str]]:
    """Batch and SHA-512 of each of an object's inventories, from the first store that has it whole.

    Where an erasure was killed after its tombstones stood and before it was committed, the first
    tombstone that is found tells.
    """
    for store in stores:
        raw = read_inventory(store, row.object_path, row.inventory_sha512)
        if raw is not None:
            return list(chain_of(store, row.object_path, raw))
    for store in stores:
        found = newest(store, row.object_path)
        if found and found[1].id == row.object_id and BEFORE in found[1].state():
            return list(chain_of(store, row.object_path, found[0]))
    return []


def chain_of(store: Store, object_path: str, raw: bytes) -> Iterator[tuple[str, str]]:
    """The same for one object on one store, its newest inventory given; a tombstone remembers.

    A version whose inventory cannot be read is told with an empty digest: its batch will not add up.
    """
    inventory = Inventory.parse(raw)
    if BEFORE in inventory.state():
        try:
            pairs = json.loads(_read(store, object_path, inventory.content_path(BEFORE)))
        except (OSError, ValueError):
            return
        yield from ((str(batch), str(sha512)) for batch, sha512 in pairs)
        return
    for version, told in inventory.document["versions"].items():
        if version == inventory.head:
            yield batch_of(told), hashlib.sha512(raw).hexdigest()
            continue
        try:
            older = _read(store, object_path, f"{version}/{INVENTORY}")
        except OSError:
            yield batch_of(told), ""
        else:
            yield batch_of(told), hashlib.sha512(older).hexdigest()


def batch_of(version: dict[str, str]) -> str:
    """The batch a version's message ends with; empty if it names none."""
    word = str(version.get("message", "")).rpartition(" ")[2]
    try:
        return str(UUID(word))
    except ValueError:
        return ""


def newest(store: Store, object_path: str) -> tuple[bytes, Inventory] | None:
    """The newest inventory as it lies there, whatever the database says; ``None`` if there is none."""
    try:
        raw = _read(store, object_path, INVENTORY)
        return raw, Inventory.parse(raw)
    except (OSError, Invalid):
        return None


def _read(store: Store, object_path: str, path: str) -> bytes:
    with store.object_files(object_path).open(path) as source:
        return b"".join(iter(lambda: source.read(CHUNK_BYTES), b""))
