"""Whether every byte of the vault is where it should be, asked by nobody who wrote it.

Reads the stores' folders as plain OCFL (``inventory.json``, its sidecar, the manifest) and compares
them with the database. None of the vault's own checks is used: this is what it is held to.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from lantai.core.settings import home
from lantai.vault.api import VaultObject, declared_stores

DECLARATION = "0=ocfl_object_1.1"


@cache
def places() -> dict[str, Path]:
    """Each store's folder by its key."""
    return {facts.key: home() / facts.location for facts in declared_stores()}


def object_folder(key: str, row: VaultObject) -> Path:
    """Where a store holds an object."""
    return places()[key] / "objects" / row.object_path


def sha512(path: Path) -> str:
    """Digest of a file; empty where there is none."""
    return hashlib.sha512(path.read_bytes()).hexdigest() if path.is_file() else ""


def faults_of(folder: Path, inventory_sha512: str) -> Iterator[str]:
    """What is wrong with an object's folder, whose newest inventory must be the one that is known."""
    if sha512(folder / "inventory.json") != inventory_sha512:
        yield "inventory.json is not the one the database knows"
        return
    inventory = json.loads((folder / "inventory.json").read_bytes())
    places = ["", *(f"{version}/" for version in inventory["versions"])]
    expected = {DECLARATION}
    for place in places:
        expected |= {f"{place}inventory.json", f"{place}inventory.json.sha512"}
        told = folder / f"{place}inventory.json.sha512"
        if not told.is_file() or told.read_text().split()[0] != sha512(folder / f"{place}inventory.json"):
            yield f"{place}inventory.json is not what its sidecar says"
    for digest, paths in inventory["manifest"].items():
        expected |= set(paths)
        yield from (
            f"{path} is not what the inventory says" for path in paths if sha512(folder / path) != digest
        )
    standing = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    yield from (f"{path} is too much or missing" for path in sorted(standing ^ expected))


def contents(folder: Path) -> set[str]:
    """SHA-512 of everything an object keeps."""
    return set(json.loads((folder / "inventory.json").read_bytes())["manifest"])


def wrong_objects(rows: Iterable[VaultObject]) -> Iterator[str]:
    """Objects without a row, rows without an object, and whatever is not whole of the given rows."""
    known, rows = set(VaultObject.objects.values_list("object_path", flat=True)), list(rows)
    for key, place in places().items():
        standing = set(_objects_in(place / "objects"))
        yield from (f"{key}: object without a row {path}" for path in standing - known)
        yield from (f"{key}: row without an object {path}" for path in known - standing)
        for row in rows:
            told = faults_of(object_folder(key, row), row.inventory_sha512)
            yield from (f"{key}: {row.object_path}: {fault}" for fault in told)


def wrong_copies(rows: Iterable[VaultObject]) -> Iterator[str]:
    """Rows whose copies the database does not call verified, each in its newest version."""
    for row in rows:
        copies = sorted(row.copies.values_list("store", "version", "state"))
        if copies != sorted((key, row.version, "verified") for key in places()):
            yield f"{row.object_path}: copies are {copies}"


def leftovers() -> Iterator[str]:
    """What a process that is gone left lying about: journals, staged files, working folders."""
    vault = home() / "vault"
    for path in (vault / "journal").iterdir():
        yield f"left over: journal {path.name}"
    for key, place in places().items():
        yield from (f"left over: {key} {path}" for path in (place / "staging").rglob("*") if path.is_file())
    yield from (f"left over: {path}" for path in (vault / "migrating").rglob("*") if path.is_file())
    yield from (f"left over: {path.name}" for path in home().glob(".*") if path.is_dir())


def outside_objects() -> Iterator[Path]:
    """Every file of the vault's folder that is no object's: staged, in quarantine, cached."""
    for folder, names, files in os.walk(home() / "vault"):
        names[:] = [name for name in names if name != "objects"]
        yield from (Path(folder, name) for name in files)


def _objects_in(root: Path) -> Iterator[str]:
    for first in root.iterdir() if root.is_dir() else ():
        if first.is_dir() and first.name != "extensions":
            yield from (path.relative_to(root).as_posix() for path in first.glob("*/*"))
