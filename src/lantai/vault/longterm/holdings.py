"""Stored records as a package (长期保存信息包): what lies on a store, held against what was registered.

The description is that of ``record.xml`` on the store, and the database is its second copy; files
are those that were registered when the record came in, with the digests taken then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from lantai.core.errors import Invalid, Unavailable
from lantai.core.settings import home
from lantai.packages.api import Declaration, Package, PackageFile, PackageItem
from lantai.records.api import Document, DocumentRole, ElementWriter, Record

from ..models import Copy, VaultObject
from ..ocfl import Inventory
from ..record_xml import RECORD, read_all
from ..stores import ObjectFiles, Store, open_stores
from ..versions import read_inventory

KIND = "holdings"
_USABLE = (Copy.State.VERIFIED, Copy.State.PENDING)
_BESIDE = ("fonds__code", "agency__name", "scheme__category", "disclosure", "changed_at")


@dataclass(frozen=True, slots=True)
class Standing:
    """One stored record and the copy of it that is read."""

    object: VaultObject
    copy: Copy
    store: Store


def reachable(objects: Sequence[VaultObject]) -> list[Standing]:
    """Each object with the first copy that can be read; those whose stores are away are left out."""
    copies: defaultdict[UUID, dict[str, Copy]] = defaultdict(dict)
    for copy in Copy.objects.filter(object__in=objects, state__in=_USABLE).select_related("object"):
        copies[copy.object_id][copy.store] = copy
    ready = [store for store in open_stores() if _is_ready(store)]
    found = []
    for row in objects:
        places = ((copies[row.id].get(store.facts.key), store) for store in ready)
        whole = (Standing(row, copy, store) for copy, store in places if copy and copy.version == row.version)
        found += [*islice(whole, 1)]
    return found


def _is_ready(store: Store) -> bool:
    try:
        store.require_ready()
    except Unavailable:
        return False
    return True


@dataclass
class Holdings:
    """Stored records of one archive and one class; read anew at each iteration.

    Attributes:
        standings: in the order of their items, which are numbered from 1.
    """

    standings: Sequence[Standing]
    _registered: dict[UUID, dict[str, Any]] = field(init=False)
    _documents: dict[UUID, list[Document]] = field(init=False)
    _writer: ElementWriter = field(init=False)

    def __post_init__(self) -> None:
        self._writer = ElementWriter()
        keys = [standing.object.record_id for standing in self.standings if standing.object.record_id]
        columns = sorted({"id", "metadata", *self._writer.fields.values(), *_BESIDE})
        self._registered = {row["id"]: row for row in Record.objects.filter(id__in=keys).values(*columns)}
        self._documents = defaultdict(list)
        for document in Document.objects.filter(record__in=keys).order_by("record_id", "sequence"):
            self._documents[document.record_id].append(document)

    def package(self, category: str) -> Package:
        """The records as a package that declares what is registered of them."""
        size_bytes = sum(row.size_bytes for rows in self._documents.values() for row in rows)
        declared = Declaration(items=len(self.standings), bytes=size_bytes, category=category)
        return Package(KIND, home(), declared, self)

    def __iter__(self) -> Iterator[PackageItem]:
        for number, standing in enumerate(self.standings, 1):
            yield self._item(number, standing)

    def in_database(self, item: PackageItem) -> Mapping[str, str] | None:
        """What the database says of an item; untold while a newer description waits to be stored."""
        row = self.standings[item.number - 1].object
        registered = self._registered[row.record_id] if row.record_id else None
        if registered is None or registered["changed_at"] > row.changed_at:
            return None
        fonds, agency = registered["fonds__code"], registered["agency__name"]
        return self._writer.elements(registered, fonds_code=fonds, agency_name=agency)

    def _item(self, number: int, standing: Standing) -> PackageItem:
        row = standing.object
        assert row.record_id is not None  # noqa: S101 - objects of kind record
        registered = self._registered[row.record_id]
        raw = read_inventory(standing.store, row.object_path, row.inventory_sha512)
        documents = self._documents[registered["id"]]
        if raw is None:
            names = (RECORD, *(document.original_name for document in documents))
            return PackageItem(number, {"M22": registered["title"]}, missing=names)
        inventory, stored = Inventory.parse(raw), standing.store.object_files(row.object_path)
        metadata = self._described(registered["id"], inventory, stored)
        files = [(document, _file(document, inventory, stored)) for document in documents]
        missing = [document.original_name for document, file in files if file is None]
        extra = {"公开属性": registered["disclosure"], "门类": registered["scheme__category"] or ""}
        return PackageItem(
            number=number,
            metadata=metadata or {"M22": registered["title"]},
            files=tuple(file for _document, file in files if file is not None),
            extra={name: value for name, value in extra.items() if value},
            missing=tuple(missing if metadata else [RECORD, *missing]),
            announced_pages=registered["page_count"] or None,
        )

    def _described(self, record_id: UUID, inventory: Inventory, stored: ObjectFiles) -> dict[str, str]:
        """The elements that ``record.xml`` tells; none where it cannot be read."""
        try:
            with stored.open(inventory.content_path(RECORD)) as source:
                part = read_all(source.read())[record_id]["records"]
        except (OSError, KeyError, Invalid):
            return {}
        named = {row["id"]: row["name"] for row in part["organisations"]}
        told = part["record"]
        agency_name = named.get(told["agency"], "")
        return self._writer.elements(told, fonds_code=part["fonds"]["code"], agency_name=agency_name)


def _file(document: Document, inventory: Inventory, stored: ObjectFiles) -> PackageFile | None:
    """The file of a document as it lies on the store, or ``None``."""
    try:
        places = _places(document, inventory)
        paths = tuple(stored.local_path(place) for place in places)
        size_bytes = sum(stored.size_bytes(place) for place in places)
    except (KeyError, OSError):
        return None
    if not paths:
        return None
    pages = paths if document.role == DocumentRole.PAGE_IMAGES else ()
    return PackageFile(
        path=_folder(pages) if pages else paths[0],
        name_bytes=bytes(document.original_name_b),
        name=document.original_name,
        role=document.role,  # type: ignore[arg-type]
        declared={} if pages else {"sm3": document.sm3, "sha512": document.sha512},
        size_bytes=size_bytes,
        declared_bytes=document.size_bytes,
        pages=pages,
    )


def _places(document: Document, inventory: Inventory) -> list[str]:
    if document.role != DocumentRole.PAGE_IMAGES:
        return [inventory.content_path(document.location)]
    pages = sorted(path for path in inventory.state() if path.startswith(f"{document.location}/"))
    return [inventory.content_path(page) for page in pages]


def _folder(pages: Sequence[Path]) -> Path:
    return pages[0].parent
