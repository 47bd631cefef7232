"""Where villages' backups lie: one OCFL object each, in a root apart, beside every store's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO

from lantai.core.digests import CHUNK_BYTES, Digester, Digests, digest_bytes
from lantai.core.errors import LantaiError

from ..ocfl import Agent, Inventory, object_path, version_files
from ..ocfl_validation import check_object
from ..stores import Placement, Store, declared_stores, open_facts, open_store
from .models import VillageBackup

_SLOT = "object"
RECEIPT = "receipt.json"


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file as it comes: its name, and its pieces."""

    name: str
    pieces: Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Kept:
    """An object as it was placed."""

    object_path: str
    inventory_sha512: str


def apart() -> list[Store]:
    """The roots for villages on every store that is there now, the one in use first."""
    found = []
    for facts in declared_stores():
        try:
            open_store(facts.key).require_ready()
            location = f"{facts.location.rstrip('/')}/villages"
            store = open_facts(replace(facts, key=f"{facts.key}.villages", location=location))
            store.require_ready()
        except (LantaiError, OSError):
            continue
        found.append(store)
    return found


def object_id(backup_id: object) -> str:
    """The identifier of a backup's object."""
    return f"urn:lantai:village-backup:{backup_id}"


Told = Sequence[tuple[str, str, Digests]]
"""Name, path and digests of each file."""


def path_of(backup_id: object) -> str:
    """Where a backup's object lies in a root."""
    return object_path(object_id(backup_id))


def keep(
    stores: Sequence[Store],
    backup_id: object,
    files: Sequence[GivenFile],
    receipt: Callable[[Told], bytes],
    agent: Agent,
    at: datetime,
) -> Kept:
    """Writes an object to every store, durably, with its receipt; what fails leaves nothing behind."""
    batch = str(backup_id)
    path = path_of(backup_id)
    try:
        for store in stores:
            store.begin(batch)
        told = [_write(stores, batch, number, file) for number, file in enumerate(files, 1)]
        sealed = receipt(told)
        for store in stores:
            store.stage_files(batch, _SLOT, {f"v1/content/{RECEIPT}": sealed})
        inventory = Inventory.start(object_id(backup_id))
        inventory.add_version(
            {**{name: digests for _given, name, digests in told}, RECEIPT: digest_bytes(sealed)},
            created=at,
            message="village backup",
            agent=agent,
        )
        own = version_files(inventory)
        placement = Placement(_SLOT, path, 1, hashlib.sha512(own["inventory.json"]).hexdigest())
        for store in stores:
            store.stage_files(batch, _SLOT, own)
            store.sync()
            store.place(batch, placement)
            store.sync()
    except BaseException:
        drop(stores, path, "")
        raise
    finally:
        for store in stores:
            store.discard(batch)
    return Kept(path, placement.inventory_sha512)


def _write(stores: Sequence[Store], batch: str, number: int, file: GivenFile) -> tuple[str, str, Digests]:
    ending = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    safe = ending if ending.isascii() and ending.isalnum() and len(ending) <= 8 else "bin"
    path = f"files/{number:04d}.{safe}"
    digester = Digester()
    with ExitStack() as opened:
        targets = [opened.enter_context(store.stage(batch, _SLOT, f"v1/content/{path}")) for store in stores]
        for piece in file.pieces():
            digester.update(piece)
            for target in targets:
                target.write(piece)
    return file.name, path, digester.result()


def drop(stores: Sequence[Store], path: str, inventory_sha512: str) -> None:
    """Removes an object from stores; without a digest, whatever of it stands there."""
    for store in stores:
        found = inventory_sha512 or check_object(store.object_files(path), content=False).inventory_sha512
        if found:
            store.take_back(Placement(_SLOT, path, 1, found))


def good_copies(stores: Sequence[Store], backup: VillageBackup) -> list[Store]:
    """The stores on which every byte of a backup is as it came."""
    good = []
    for store in stores:
        try:
            checked = check_object(store.object_files(backup.object_path))
        except OSError:
            continue
        if not checked.problems and checked.inventory_sha512 == backup.inventory_sha512:
            good.append(store)
    return good


def mend(source: Store, target: Store, backup: VillageBackup) -> None:
    """Writes a copy anew from a good one."""
    batch, files = f"mend-{backup.id}", source.object_files(backup.object_path)
    try:
        target.begin(batch)
        for path in files.paths():
            with files.open(path) as origin, target.stage(batch, _SLOT, path) as copy:
                for piece in _pieces(origin):
                    copy.write(piece)
        target.sync()
        target.replace(batch, _SLOT, backup.object_path)
        target.sync()
    finally:
        target.discard(batch)


def read(stores: Sequence[Store], backup: VillageBackup, number: int) -> Iterator[bytes]:
    """One file from the first store on which it is whole; nothing is given out that is not.

    Raises:
        OSError: it is whole nowhere.
    """
    row = backup.files[number]
    for store in stores:
        files = store.object_files(backup.object_path)
        path = f"v1/content/{row['path']}"
        try:
            with files.open(path) as source:
                hasher = hashlib.sha512()
                for piece in _pieces(source):
                    hasher.update(piece)
            if hasher.hexdigest() == row["sha512"]:
                with files.open(path) as source:
                    yield from _pieces(source)
                return
        except OSError:
            continue
    raise OSError(5, "no whole copy", row["name"])


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(CHUNK_BYTES):
        yield piece
