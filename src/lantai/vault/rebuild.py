"""Rebuild: an empty database made whole again from one store of the vault alone."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.core.actors import SYSTEM, Actor
from lantai.core.digests import CHUNK_BYTES
from lantai.core.errors import Conflict, Invalid, Unavailable
from lantai.core.events import publish
from lantai.core.ports import require, restorers
from lantai.ledger.api import Entry, append, restore_from
from lantai.records.api import Record

from .descriptions import PREMIS, RECORD, SEGMENT, element_titles, event_row, in_chunks
from .events import RecordsIngested
from .models import Batch, Copy, Erasure, Event, SegmentEntry, VaultObject
from .ocfl import INVENTORY, SIDECAR, Inventory, object_path, sidecar_digest
from .papers import is_paper
from .premis import EventFacts, read_events
from .record_xml import RecordWriter, read_records
from .segments import description_digest
from .stores import Store, evidence_store, open_store, open_stores
from .versions import read_inventory

PURPOSE = "rebuild"
CHUNK = 200
Parts = dict[str, dict[str, Any]]


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild brought back.

    Attributes:
        skipped: objects that could not be used, and why.
    """

    objects_count: int = 0
    records_count: int = 0
    ledger_entries: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Found:
    """An object as it lies on the store, its description proven against its inventory."""

    store: str
    path: str
    inventory: Inventory
    inventory_sha512: str
    size_bytes: int
    events: Sequence[EventFacts]

    @property
    def is_segment(self) -> bool:
        return SEGMENT in self.inventory.state()

    @property
    def is_tombstone(self) -> bool:
        return any(event.kind == Event.Kind.DELETION for event in self.events)

    @property
    def description_path(self) -> str:
        return SEGMENT if self.is_segment else RECORD


def rebuild(
    from_store: str, actor: Actor = SYSTEM, observe: Callable[[Rebuilt], None] | None = None
) -> Rebuilt:
    """Recreates ledger, records and every context's part of them, copies and events.

    Runs on an empty, freshly migrated database; interrupted, it goes on where it was. Content is
    not read: the copies wait for the next audit to be called verified.

    Args:
        from_store: key of the one store that is read.
        actor: who asked.
        observe: called after each chunk.

    Raises:
        Conflict: the database is not empty.
        Unavailable: the store is away.
        Invalid: the store's ledger is broken; another store should be tried.
    """
    require(actor, "vault.rebuild")
    store = open_store(from_store)
    store.require_ready()
    result = Rebuilt()
    batch = _begin(store, result)
    others = [other for other in open_stores() if other.facts.key != from_store and _is_ready(other)]
    segments = []
    for unknown in _unknown_objects(store, result):
        found = list(_heeding_erasures(unknown, others, result))
        segments += [item.path for item in found if item.is_segment]
        _restore_records(store, [item for item in found if not item.is_segment], batch, others, result)
        if observe:
            observe(result)
    again = _heeding_erasures(_read_objects(store, segments, result), others, result)
    for item in sorted(again, key=_created, reverse=True):
        _restore_segment(store, item, batch, others, result)
        if observe:
            observe(result)
    with transaction.atomic():
        append(
            act="vault.rebuild",
            actor=actor,
            subject=f"store:{from_store}",
            after={"objects": result.objects_count, "skipped": result.skipped},
            count=result.records_count,
        )
    return result


def _begin(store: Store, result: Rebuilt) -> Batch:
    """Restores the ledger before anything is appended to it; a rebuild under way goes on."""
    under_way = Batch.objects.filter(purpose=PURPOSE).first()
    if under_way:
        return under_way
    if VaultObject.objects.exists() or Record.objects.exists():
        raise Conflict(
            _("数据库不是空的，不能重建。"),
            subject=store.facts.name,
            remedy=_("请换一个新建并已执行 lantai migrate 的数据库。"),
        )
    with transaction.atomic():
        result.ledger_entries = restore_from(evidence_store(store))
        return Batch.objects.create(purpose=PURPOSE)


def _is_ready(store: Store) -> bool:
    try:
        store.require_ready()
    except Unavailable:
        return False
    return True


def _unknown_objects(store: Store, result: Rebuilt) -> Iterator[list[_Found]]:
    for paths in in_chunks(store.object_paths(), CHUNK):
        known = set(VaultObject.objects.filter(object_path__in=paths).values_list("object_path", flat=True))
        unknown = [path for path in paths if path not in known]
        yield list(_read_objects(store, unknown, result))


def _read_objects(store: Store, paths: Iterable[str], result: Rebuilt) -> Iterator[_Found]:
    for path in paths:
        try:
            yield _read_object(store, path)
        except (Invalid, OSError, KeyError) as error:
            result.skipped.append((path, str(error)))


def _read_object(store: Store, path: str) -> _Found:
    """Reads inventory and events.

    Raises:
        Invalid: the object is damaged where the rebuild depends on it.
    """
    files = store.object_files(path)
    raw = _read(store, path, INVENTORY)
    digest = hashlib.sha512(raw).hexdigest()
    if sidecar_digest(_read(store, path, SIDECAR)) != digest:
        raise Invalid(_("清单与其校验文件不符"), subject=INVENTORY)
    inventory = Inventory.parse(raw)
    if object_path(inventory.id) != path:
        raise Invalid(_("对象不在其标识所指的位置"), subject=inventory.id)
    size_bytes = sum(files.size_bytes(content) for content, _digest in inventory.manifest())
    events = list(read_events(io.BytesIO(_proven(store, path, inventory, PREMIS))))
    return _Found(store.facts.key, path, inventory, digest, size_bytes, events)


def _read(store: Store, object_path: str, path: str) -> bytes:
    with store.object_files(object_path).open(path) as source:
        return b"".join(iter(lambda: source.read(CHUNK_BYTES), b""))


def _proven(store: Store, path: str, inventory: Inventory, logical_path: str) -> bytes:
    content = _read(store, path, inventory.content_path(logical_path))
    if hashlib.sha512(content).hexdigest() != inventory.state()[logical_path]:
        raise Invalid(_("内容与清单不符"), subject=logical_path)
    return content


def _created(found: _Found) -> tuple[datetime, str]:
    return datetime.fromisoformat(found.inventory.created), found.inventory.id


def _heeding_erasures(found: Iterable[_Found], others: Sequence[Store], result: Rebuilt) -> Iterator[_Found]:
    """What was lawfully erased does not come back from a store that was away at the time.

    The ledger tells it, and where the store's ledger is as old as the store, the tombstone on
    any other store does.
    """
    for items in in_chunks(found, CHUNK):
        subjects = {item.path: _ledger_subject(item) for item in items}
        told = set(
            Entry.objects.filter(act="vault.erase", subject__in=subjects.values()).values_list("subject", flat=True)
        )  # fmt: skip
        for item in items:
            if item.is_tombstone:
                yield item
            elif tombstone := _tombstone_elsewhere(item, others):
                yield tombstone
            elif subjects[item.path] in told:
                result.skipped.append((item.path, _("已依法销毁，这个存储上还是旧内容，不予恢复。")))
            else:
                yield item


def _ledger_subject(item: _Found) -> str:
    kind = "segment" if item.is_segment else "record"
    return f"{kind}:{item.inventory.id.rpartition(':')[2]}"


def _tombstone_elsewhere(item: _Found, others: Sequence[Store]) -> _Found | None:
    for other in others:
        try:
            if sidecar_digest(_read(other, item.path, SIDECAR)) == item.inventory_sha512:
                continue
            there = _read_object(other, item.path)
        except (Invalid, OSError, KeyError):
            continue
        if there.is_tombstone:
            return there
    return None


def _restore_records(
    store: Store, found: Sequence[_Found], batch: Batch, others: Sequence[Store], result: Rebuilt
) -> None:
    described: dict[UUID, Parts] = {}
    holders: dict[UUID, _Found] = {}
    for item in found:
        try:
            content = _proven(_holder(item, store, others), item.path, item.inventory, RECORD)
            for record_id, parts in read_records(io.BytesIO(content)):
                described[record_id], holders[record_id] = parts, item
        except (Invalid, OSError) as error:
            result.skipped.append((item.path, str(error)))
    with transaction.atomic():
        restored = _restore_parts(described, result)
        rows = [_row(holders[record.id], batch, record) for record in restored]
        VaultObject.objects.bulk_create(rows)
        by_path = {item.path: item for item in found}
        _restore_orders(rows, by_path)
        _insert_copies_and_events([(row, by_path[row.object_path]) for row in rows], store, others)
        _announce([record.id for record in restored], result)
    result.objects_count += len(rows)


def _holder(item: _Found, store: Store, others: Sequence[Store]) -> Store:
    """The store on which an object was found."""
    return next((other for other in others if other.facts.key == item.store), store)


def _restore_segment(
    store: Store, found: _Found, batch: Batch, others: Sequence[Store], result: Rebuilt
) -> None:
    """Newest segments come first, so an entry that stands already is the true one."""
    if VaultObject.objects.filter(object_path=found.path).exists():
        return
    try:
        content = _proven(_holder(found, store, others), found.path, found.inventory, SEGMENT)
        entries = dict(read_records(io.BytesIO(content)))
    except (Invalid, OSError) as error:
        result.skipped.append((found.path, str(error)))
        return
    with transaction.atomic():
        row = _row(found, batch, None)
        row.save(force_insert=True)
        writer = RecordWriter(element_titles())
        for ids in in_chunks(entries):
            newer = set(SegmentEntry.objects.filter(record_id__in=ids).values_list("record_id", flat=True))
            fresh = {record_id: entries[record_id] for record_id in ids if record_id not in newer}
            restored = _restore_parts(fresh, result)
            if row.fonds_id is None and restored:
                row.fonds_id = restored[0].fonds_id
                row.save()
            SegmentEntry.objects.bulk_create(
                SegmentEntry(
                    record_id=record.id,
                    segment=row,
                    description_sha512=description_digest(writer, record.id, fresh[record.id]),
                )
                for record in restored
            )
            _announce([record.id for record in restored], result)
        _insert_copies_and_events([(row, found)], store, others)
    result.objects_count += 1


def _restore_parts(described: Mapping[UUID, Parts], result: Rebuilt) -> list[Record]:
    """Hands each context its part, in order; returns the records that now stand."""
    for part in restorers():
        own = {record_id: parts[part.key] for record_id, parts in described.items() if part.key in parts}
        if own:
            part.restore(own)
    # A paper (:mod:`.papers`) is no record, even where it bears the id of one that is not stored.
    records = [record_id for record_id, parts in described.items() if not is_paper(parts)]
    standing = Record.objects.in_bulk(records)
    for record_id in set(records) - standing.keys():
        result.skipped.append((str(record_id), _("描述中没有档案本身的部分")))
    return list(standing.values())


def _row(found: _Found, batch: Batch, record: Record | None) -> VaultObject:
    inventory = found.inventory
    created = datetime.fromisoformat(inventory.document["versions"]["v1"]["created"])
    row = VaultObject(
        kind=VaultObject.Kind.RECORD if record else VaultObject.Kind.SEGMENT,
        record=record,
        fonds_id=record.fonds_id if record else None,
        object_id=inventory.id,
        object_path=found.path,
        version=inventory.number,
        files_count=len(dict(inventory.manifest())),
        size_bytes=found.size_bytes,
        inventory_sha512=found.inventory_sha512,
        description_sha512=inventory.state()[found.description_path],
        batch=batch,
        state=VaultObject.State.ERASED if found.is_tombstone else VaultObject.State.HELD,
        created_at=created,
        changed_at=datetime.fromisoformat(inventory.created),
    )
    if record is None:
        row.id = UUID(inventory.id.rpartition(":")[2])
    return row


def _insert_copies_and_events(
    rows: Sequence[tuple[VaultObject, _Found]], store: Store, others: Sequence[Store]
) -> None:
    copies = []
    for row, found in rows:
        for each in (store, *others):
            stands = each.facts.key == found.store or (
                read_inventory(each, row.object_path, row.inventory_sha512) is not None
            )
            copies.append(
                Copy(
                    object=row,
                    store=each.facts.key,
                    version=row.version if stands else 0,
                    state=Copy.State.PENDING if stands else Copy.State.MISSING,
                    detail="" if stands else _("重建时未找到"),
                )
            )
    Copy.objects.bulk_create(copies)
    Event.objects.bulk_create(event_row(row.id, event) for row, found in rows for event in found.events)


def _restore_orders(rows: Sequence[VaultObject], found: Mapping[str, _Found]) -> None:
    """The orders that the tombstones were put up by."""
    for row in rows:
        event = next((e for e in found[row.object_path].events if e.kind == Event.Kind.DELETION), None)
        if event is None or row.record_id is None:
            continue
        kind, _space, basis = event.note.partition(" ")
        Erasure.objects.get_or_create(
            record_id=row.record_id,
            defaults={"kind": kind, "basis": basis, "ordered_by": event.agent, "ordered_role": event.role,
                      "ordered_at": event.at, "finished_at": event.at},
        )  # fmt: skip


def _announce(record_ids: Sequence[UUID], result: Rebuilt) -> None:
    """Tells those above, the search index among them, that these records stand again."""
    result.records_count += len(record_ids)
    if record_ids:
        publish(RecordsIngested(record_ids=list(record_ids)))
