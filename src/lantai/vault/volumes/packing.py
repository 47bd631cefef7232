"""One object as members of an image: the files of its version, each with the stores that hold it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO

from ..models import VaultObject
from ..ocfl import INVENTORY, OBJECT_DECLARATION, SIDECAR, Inventory
from ..stores import Store
from ..versions import read_inventory
from .image import Member
from .layout import padded, tar_header

ROOT = "root/"


@dataclass(frozen=True, slots=True)
class PackedObject:
    """An object on its way into an image."""

    row: VaultObject
    written: str
    """When its newest version was made (RFC 3339)."""
    members: Sequence[Member]

    def length(self, made_at: int) -> int:
        """How many bytes of the image it takes up."""
        return sum(
            len(tar_header(member.name, member.size_bytes, made_at)) + padded(member.size_bytes)
            for member in self.members
        )


def pack(row: VaultObject, stores: Sequence[Store]) -> PackedObject | None:
    """The object's members, content from whichever store has it; ``None`` if none has its inventory."""
    for store in stores:
        raw = read_inventory(store, row.object_path, row.inventory_sha512)
        if raw is not None:
            inventory = Inventory.parse(raw)
            base = f"{ROOT}{row.object_path}/"
            structure = {**_structure(inventory, raw, row), **_older_inventories(inventory, store, row)}
            members = [_held(base + path, content) for path, content in sorted(structure.items())]
            members += _content(inventory, base, row, [store, *(s for s in stores if s is not store)])
            return PackedObject(row, inventory.created, members)
    return None


def _structure(inventory: Inventory, raw: bytes, row: VaultObject) -> dict[str, bytes]:
    sidecar = f"{row.inventory_sha512} {INVENTORY}\n".encode()
    return {
        OBJECT_DECLARATION[0]: OBJECT_DECLARATION[1],
        INVENTORY: raw,
        SIDECAR: sidecar,
        f"{inventory.head}/{INVENTORY}": raw,
        f"{inventory.head}/{SIDECAR}": sidecar,
    }


def _older_inventories(inventory: Inventory, store: Store, row: VaultObject) -> dict[str, bytes]:
    """Inventories of earlier versions: recommended, not required (OCFL 1.1 §3.7)."""
    found: dict[str, bytes] = {}
    files = store.object_files(row.object_path)
    for version in inventory.document["versions"]:
        if version == inventory.head:
            continue
        try:
            pair = {
                path: b"".join(_pieces(files.open(path)))
                for path in (f"{version}/{INVENTORY}", f"{version}/{SIDECAR}")
            }
        except OSError:
            continue
        found |= pair
    return found


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    with source:
        while piece := source.read(1 << 20):
            yield piece


def _content(inventory: Inventory, base: str, row: VaultObject, stores: Sequence[Store]) -> list[Member]:
    files = [store.object_files(row.object_path) for store in stores]
    members = []
    for path, sha512 in sorted(inventory.manifest()):
        openers: list[Callable[[], IO[bytes]]] = [partial(held.open, path) for held in files]
        size = next((size for held in files if (size := _size(held.size_bytes, path)) is not None), 0)
        members.append(Member(base + path, size, openers, sha512))
    return members


def _size(size_bytes: Callable[[str], int], path: str) -> int | None:
    try:
        return size_bytes(path)
    except OSError:
        return None


def _held(name: str, content: bytes) -> Member:
    return Member(name, len(content), [partial(io.BytesIO, content)])
