"""Reading an E-ARK package: METS documents into items with their files and declared digests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lantai.core.findings import Finding, Outcome
from lantai.formats.api import decode_name

from ..columns import guess_role
from ..dat46 import Vocabulary
from ..listing import list_files
from ..mets.document import METS, METS_NAME
from ..mets.layout import structure_finding
from ..mets.references import Reference
from ..package import Declaration, Package, PackageFile, PackageItem, Role
from ..problems import UNSAFE, failure
from .descriptions import OWN_TYPE, described
from .documents import Document, Documents
from .targets import actual, declared
from .validator import check_files, check_form

_HEAD_BYTES = 2**16
_EXAMINED = frozenset({"sha256", "sha512"})
"""Digests an examination computes anyway; the others METS allows are computed by ``fixity``."""


def recognises(root: Path) -> bool:
    """Whether a folder has a METS document at its top."""
    path = root / METS_NAME
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    return METS.encode() in head or METS.encode("utf-16-le") in head


def read_eark(root: Path) -> Package:
    """Reads an E-ARK package; what is wrong with it is in its findings and its structure.

    A package made here holds one item for each description in the manner of DA/T 46; any other holds
    one item, the package itself, with the files of all its representations, its documentation and its
    metadata.
    """
    listing = list_files(root)
    documents = Documents.of(root)
    mets = documents.mets
    items = _Items(mets, {document.path for document in mets})
    mentioned = {os.fsencode(path.relative_to(root)) for path in items.mentioned()}
    package = Package(
        "eark",
        root,
        _declaration(mets[0]) if mets and mets[0].is_root else Declaration(),
        items,
        tuple(entry.name for entry in listing.files.values() if _is_stray(entry.name_bytes, mentioned)),
        tuple(_unsafe(name) for name in listing.unsafe),
        listing.paths(),
        structure=lambda: _structure(package, documents),
        fixity=partial(check_files, documents),
    )
    return package


def _structure(package: Package, documents: Documents) -> Iterator[Finding]:
    """The form of the package; an archive must unpack to one folder (CSIPSTR1)."""
    if package.unpacked is not None and Path(package.unpacked.name) == package.root.parent:
        tops = sorted({name.split(b"/")[0] for name in package.listing})
        observed = "、".join(map(decode_name, tops[:5])) or "是空的"
        yield structure_finding(
            "CSIPSTR1", Outcome.FAIL, "压缩包", "解开后是一个文件夹，信息包在其中", observed
        )
    yield from check_form(documents)


def _declaration(mets: Document) -> Declaration:
    told = mets.values
    values = {
        "E-ARK 标识": told["identifier"],
        "E-ARK 规格": told["profile"],
        "信息包类型": told["package_type"],
        "内容类别": told["content_type"],
        "生成时间": told["made_at"],
    }
    return Declaration(agency=told["agency"], values={name: value for name, value in values.items() if value})


@dataclass
class _Items:
    """The items of a package, made again at every iteration.

    Attributes:
        mets: the METS documents, the package's own first.
        documents: the METS documents' own paths, which are nobody's content.
    """

    mets: list[Document]
    documents: set[Path]

    def mentioned(self) -> set[Path]:
        """The METS documents and every file they point to."""
        found = {
            actual(mets, mets.place(reference.target)) for mets in self.mets for reference in mets.references
        }
        return self.documents | {path for path in found if path is not None}

    def __iter__(self) -> Iterator[PackageItem]:
        if not self.mets or not self.mets[0].is_root:
            return
        package = self.mets[0]
        vocabulary = Vocabulary()
        own = [
            one for mets in self.mets for one in described(mets, vocabulary) if one.metadata_type == OWN_TYPE
        ]
        if not own:
            yield self._whole(package, vocabulary)
            return
        files, missing = self._gather({one.identifier for one in own})
        for number, one in enumerate(own, 1):
            yield PackageItem(
                number,
                one.metadata,
                tuple(files.get(one.identifier, ())),
                one.extra,
                tuple(missing.get(one.identifier, ())),
            )

    def _whole(self, package: Document, vocabulary: Vocabulary) -> PackageItem:
        merged: dict[str, str] = {}
        extra: dict[str, str] = {}
        for one in described(package, vocabulary):
            merged = {**one.metadata, **merged}
            extra = {**one.extra, **extra}
        values = package.values
        title = values["label"] or merged.get("M22", "") or values["identifier"]
        files, missing = self._gather(set())
        return PackageItem(
            1,
            {**merged, "M22": title},
            tuple(files.get("", ())),
            extra,
            tuple(missing.get("", ())),
        )

    def _gather(self, owners: set[str]) -> tuple[dict[str, list[PackageFile]], dict[str, list[str]]]:
        """Files and missing names by the description they belong to; by ``""`` where they name none."""
        files: dict[str, list[PackageFile]] = {}
        missing: dict[str, list[str]] = {}
        seen: set[Path] = set()
        for mets in self.mets:
            for reference in mets.references:
                path = actual(mets, mets.place(reference.target))
                if reference.is_pointer or path in self.documents or path in seen:
                    continue
                owner = _owner(reference, owners)
                if path is None:
                    if not reference.is_schema:
                        missing.setdefault(owner, []).append(self._meant(reference))
                    continue
                seen.add(path)
                if not reference.is_schema and (owner or not owners):
                    files.setdefault(owner, []).append(self._file(reference, path))
        return files, missing

    def _meant(self, reference: Reference) -> str:
        """The place a reference means within the package; as written where it means none."""
        place = self.mets[0].place(reference.target)
        return reference.href if place is None else decode_name(self._name(place))

    def _name(self, path: Path) -> bytes:
        return os.fsencode(path.relative_to(self.mets[0].package))

    def _file(self, reference: Reference, path: Path) -> PackageFile:
        name_bytes = self._name(path)
        name = decode_name(name_bytes)
        size = reference.size
        stated = int(size) if size.isascii() and size.isdigit() and len(size) < 19 else None
        digests = {name: value for name, value in declared(reference).items() if name in _EXAMINED}
        return PackageFile(
            path, name_bytes, name, _role(reference, name), digests, path.stat().st_size, stated
        )


def _owner(reference: Reference, owners: set[str]) -> str:
    named = reference.descriptions.split()
    return next((name for name in named if name in owners), "")


def _role(reference: Reference, name: str) -> Role:
    beside = reference.is_metadata or reference.use.casefold().startswith("documentation")
    return guess_role(name) or ("attachment" if beside else "body")


def _is_stray(name_bytes: bytes, mentioned: set[bytes]) -> bool:
    return name_bytes not in mentioned and not name_bytes.rpartition(b"/")[2].startswith(b".")


def _unsafe(name: str) -> Finding:
    return failure(UNSAFE, name, "普通文件", "是链接或设备，没有打开", "请以文件本身替换链接后重新打包。")
