"""A bag read as a package: what is in its payload, with the digests its manifests give."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lantai.formats.api import decode_name

from ..kinds import recognise
from ..package import Declaration, Package, PackageFile, PackageItem, Role
from .bag import Bag
from .contents import PAYLOAD
from .declaration import NAME as DECLARATION

EXAMINED = frozenset({"sha256", "sha512", "sm3"})
"""Digests that every examination of a file computes; those of a bag are then compared with them."""


def is_bag(path: Path) -> bool:
    """Whether a folder declares itself a bag; one without the declaration has to be called a bag."""
    return (path / DECLARATION).is_file() or _has_bag_layout(path)


def _has_bag_layout(path: Path) -> bool:
    return (path / PAYLOAD).is_dir() and next(path.glob("manifest-*.txt"), None) is not None


def read_bag(root: Path) -> Package:
    """Reads a bag; its payload is read as another kind where it is one, else as one item."""
    bag = Bag(root)
    payload = _read_payload(root / PAYLOAD)
    values = dict(reversed(bag.info))
    declaration = payload.declaration if payload else Declaration()
    if not declaration.values:
        declaration = replace(declaration, agency=values.get("Source-Organization", ""), values=values)
    return Package(
        kind="bagit",
        root=root,
        declaration=declaration,
        items=BagItems(bag, payload),
        stray_files=payload.stray_files if payload else (),
        listing=payload.listing if payload else {},
        structure=bag.structure,
        fixity=bag.fixity,
        payload=payload,
    )


def _read_payload(folder: Path) -> Package | None:
    if not folder.is_dir() or folder.is_symlink():
        return None
    kind = recognise(folder, without={"bagit", "file"})
    return kind.read(folder) if kind else None


@dataclass(frozen=True, slots=True)
class BagItems:
    """The items of the payload, each file with what the manifests declare of it."""

    bag: Bag
    payload: Package | None

    def __iter__(self) -> Iterator[PackageItem]:
        if self.payload is None:
            yield self._whole()
            return
        for item in self.payload:
            yield replace(item, files=tuple(map(self._declared, item.files)))

    def _declared(self, file: PackageFile) -> PackageFile:
        if file.pages or not self._is_examined():
            return file
        name = file.path.relative_to(self.bag.root).as_posix()
        return replace(file, declared={**self.bag.digests_of(name), **file.declared})

    def _is_examined(self) -> bool:
        """Whether an examination computes all the bag declares; if not, its own pass compares it."""
        algorithms = self.bag.algorithms()
        return bool(algorithms) and EXAMINED.issuperset(algorithms)

    def _whole(self) -> PackageItem:
        title = next((value for label, value in self.bag.info if label == "External-Description"), "")
        metadata = {"M22": title or decode_name(os.fsencode(self.bag.root.name))}
        return PackageItem(1, metadata, tuple(self._files()), extra=dict(reversed(self.bag.info)))

    def _files(self) -> Iterator[PackageFile]:
        examined = self._is_examined()
        for place, (name, size) in enumerate(self.bag.payload.items()):
            name_bytes = os.fsencode(name)
            declared = self.bag.digests_of(name) if examined else {}
            role: Role = "attachment" if place else "body"
            shown = decode_name(name_bytes)
            yield PackageFile(self.bag.root / name, name_bytes, shown, role, declared, size)
