"""Objects as a rebuild finds them on a store: read and proven where no database is.

Everything here may run in a child process of :mod:`.crew`.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .ocfl import INVENTORY, SIDECAR, Inventory, object_path, sidecar_digest
from .ocfl_validation.reading import read_file
from .premis import PREMIS, EventFacts, events_of
from .record_xml import RECORD, SEGMENT, read_all, read_records
from .stores import ObjectFiles, Store

DESCRIPTION_BYTES = 4 * 2**30
"""A larger description is not read; a segment of a million entries has a quarter of it."""

DELETION = "deletion"
"""The kind of event that makes an object a tombstone (``Event.Kind.DELETION``)."""
Described = dict[UUID, dict[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Found:
    """An object as it lies on a store, its description proven against its inventory.

    Attributes:
        store: key of the store.
        path: where it lies.
        description_path: its description's content path.
        described: what ``record.xml`` says; of a segment nothing, see :func:`read_entries`.
    """

    store: str
    path: str
    object_id: str
    version: int
    files_count: int
    size_bytes: int
    inventory_sha512: str
    description_path: str
    description_sha512: str
    is_segment: bool
    created_at: datetime
    changed_at: datetime
    events: tuple[EventFacts, ...]
    described: Mapping[UUID, Mapping[str, Mapping[str, Any]]]

    @property
    def is_tombstone(self) -> bool:
        """Whether what stood here was lawfully erased."""
        return any(event.kind == DELETION for event in self.events)

    @property
    def key(self) -> str:
        """The UUID of its record or segment, as text."""
        return self.object_id.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Unusable:
    """An object that cannot be brought back from here, and why."""

    path: str
    reason: str


def find_object(store: Store, path: str) -> Found | Unusable:
    """Reads an object's inventory, description and events; content is left alone."""
    try:
        return _read_object(store, path)
    except (Invalid, OSError, KeyError) as error:
        return Unusable(path, str(error))


def read_entries(store: Store, found: Found) -> Described:
    """The entries of a segment.

    Raises:
        Invalid: they are not what the inventory says.
        OSError: they cannot be read.
    """
    content = _proven(store.object_files(found.path), found.description_path, found.description_sha512)
    return dict(read_records(io.BytesIO(content)))


def inventory_at(store: Store, path: str) -> str:
    """SHA-512 of the inventory that a store holds there; empty if it holds none."""
    try:
        return hashlib.sha512(read_small(store, path, INVENTORY)).hexdigest()
    except OSError:
        return ""


def _read_object(store: Store, path: str) -> Found:
    files = store.object_files(path)
    raw = read_file(files, INVENTORY)
    digest = hashlib.sha512(raw).hexdigest()
    if sidecar_digest(read_file(files, SIDECAR)) != digest:
        raise Invalid(_("清单与其校验文件不符"), subject=INVENTORY)
    inventory = Inventory.parse(raw)
    if object_path(inventory.id) != path:
        raise Invalid(_("对象不在其标识所指的位置"), subject=inventory.id)
    state, content = inventory.state(), [name for name, _digest in inventory.manifest()]
    description = SEGMENT if SEGMENT in state else RECORD
    description_path = inventory.content_path(description)
    told = _proven(files, description_path, state[description]) if description == RECORD else b""
    events = tuple(events_of(_proven(files, inventory.content_path(PREMIS), state[PREMIS])))
    return Found(
        store=store.facts.key,
        path=path,
        object_id=inventory.id,
        version=inventory.number,
        files_count=len(content),
        size_bytes=sum(files.size_bytes(name) for name in content),
        inventory_sha512=digest,
        description_path=description_path,
        description_sha512=state[description],
        is_segment=description == SEGMENT,
        created_at=_created_at(inventory, events),
        changed_at=datetime.fromisoformat(inventory.created),
        events=events,
        described=read_all(told) if told else {},
    )


def _created_at(inventory: Inventory, events: Iterable[EventFacts]) -> datetime:
    """When the object came to stand; a tombstone is a first version again, and its events alone still tell."""
    found = list(events)
    if any(event.kind == DELETION for event in found):
        return min(event.at for event in found)
    return datetime.fromisoformat(inventory.document["versions"]["v1"]["created"])


def read_small(store: Store, object_path: str, path: str) -> bytes:
    """A whole small file of an object; ``OSError`` where it is larger than such a file can be."""
    return read_file(store.object_files(object_path), path)


def _proven(files: ObjectFiles, content_path: str, sha512: str) -> bytes:
    content = read_file(files, content_path, DESCRIPTION_BYTES)
    if hashlib.sha512(content).hexdigest() != sha512:
        raise Invalid(_("内容与清单不符"), subject=content_path)
    return content
