"""Whether an object is byte for byte what is known of it: the audit's question, asked of millions.

Only yes is answered here. Who gets no has :mod:`.ocfl_validation` say what is wrong.

The inventory is known by its SHA-512 from the database, so what it says needs no second look: each
file is read once, for the one digest that the manifest is keyed by. SM3 and SHA-256 of the fixity
block were taken of the same bytes at ingest and stand in the proven inventory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from lantai.core.digests import CHUNK_BYTES
from lantai.core.errors import Invalid

from .ocfl import INVENTORY, OBJECT_DECLARATION, SIDECAR, Inventory
from .ocfl_validation import check_object
from .stores import ObjectFiles, Store


def prove_at(store: Store, wanted: tuple[str, str]) -> int | None:
    """:func:`prove` for one object path and the SHA-512 of its inventory."""
    object_path, inventory_sha512 = wanted
    return prove(store.object_files(object_path), inventory_sha512)


def prove(files: ObjectFiles, inventory_sha512: str) -> int | None:
    """How many bytes the object has, if every one is right and nothing is added or missing.

    Args:
        files: where it lies.
        inventory_sha512: what its inventory must be.
    """
    try:
        raw = b"".join(_pieces(files, INVENTORY))
        if hashlib.sha512(raw).hexdigest() != inventory_sha512:
            return None
        inventory = Inventory.parse(raw)
        if inventory.algorithm != "sha512":
            return None
        if inventory.number > 1 and check_object(files, content=False).problems:
            return None  # inventories of earlier versions have to agree with this one
        return _prove_files(files, inventory, raw, inventory_sha512)
    except (OSError, Invalid, KeyError):
        return None


def _prove_files(files: ObjectFiles, inventory: Inventory, raw: bytes, inventory_sha512: str) -> int | None:
    sidecar = f"{inventory_sha512} {INVENTORY}\n".encode()
    small = {OBJECT_DECLARATION[0]: OBJECT_DECLARATION[1], SIDECAR: sidecar,
             f"{inventory.head}/{INVENTORY}": raw, f"{inventory.head}/{SIDECAR}": sidecar}  # fmt: skip
    content = dict(inventory.manifest())
    versions = inventory.document["versions"]
    older = {f"{version}/{name}" for version in versions for name in (INVENTORY, SIDECAR)}
    if set(files.paths()) != {INVENTORY, *small, *content} | older:
        return None
    size_bytes = len(raw)
    for path, expected in small.items():
        if b"".join(_pieces(files, path)) != expected:
            return None
    for path, digest in content.items():
        hasher = hashlib.sha512()
        for piece in _pieces(files, path):
            hasher.update(piece)
            size_bytes += len(piece)
        if hasher.hexdigest() != digest:
            return None
    return size_bytes


def _pieces(files: ObjectFiles, path: str) -> Iterator[bytes]:
    with files.open(path) as source:
        while piece := source.read(CHUNK_BYTES):
            yield piece
