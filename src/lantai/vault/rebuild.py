"""Rebuild: an empty database made whole again from one store of the vault alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Invalid, Unavailable
from lantai.core.events import publish
from lantai.core.identifiers import new_id
from lantai.core.ports import require, restorers
from lantai.ledger.api import Entry, append, restore_from
from lantai.records.api import Record

from .crew import MANY_AT_ONCE, spread
from .descriptions import element_titles, in_chunks
from .erasure import ORDER
from .events import RecordsIngested
from .found import DELETION, Found, find_object, inventory_at, read_entries
from .models import Batch, Copy, Erasure, SegmentEntry, VaultObject
from .papers import is_paper
from .premis import EventFacts
from .record_xml import RecordWriter
from .rows import NewCopy, insert_copy_rows, insert_events, insert_object_rows
from .segments import description_digest
from .stores import Store, evidence_store, open_store, open_stores

PURPOSE = "rebuild"
FILES_AT_ONCE = 2_500
"""Files of the objects restored together, some five hundred small objects: a record of many documents takes
as much memory as many records."""
TRANSACTION_S = 2.0
"""How long a transaction goes on taking in more of them, seconds. A store tells its objects in the order of their hashes,
so keys come in none: the more go in together, the more of them share a page of each index that is written."""
TOLD_AT_ONCE = 1_000
Parts = Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild brought back.

    Attributes:
        objects_seen: objects passed on the store, also those that stood already.
        records_stood: records that an interrupted rebuild had brought back before.
        records_expected: how many the ledger says were stored; nought where it says nothing.
        skipped: objects that could not be used, and why.
    """

    objects_seen: int = 0
    objects_count: int = 0
    records_count: int = 0
    ledger_entries: int = 0
    records_stood: int = 0
    records_expected: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)


def rebuild(
    from_store: str, actor: Actor = SYSTEM, observe: Callable[[Rebuilt], None] | None = None
) -> Rebuilt:
    """Recreates ledger, records and every context's part of them, copies and events.

    Runs on an empty, freshly migrated database; interrupted, it goes on where it was. Content is
    not read: the copies wait for the next audit to be called verified.

    Args:
        from_store: key of the one store that is read.
        actor: who asked.
        observe: called before the first chunk and after each.

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
    result.records_expected = (
        Entry.objects.filter(act="vault.ingest").aggregate(records=Sum("count"))["records"] or 0
    )
    result.records_stood = VaultObject.objects.exclude(record=None).count() + SegmentEntry.objects.count()
    if observe:
        observe(result)
    others = [other for other in open_stores() if other.facts.key != from_store and _is_ready(other)]
    segments: list[Found] = []
    portions = _portions(_unknown_objects(store, result))
    for first in portions:
        segments += _restore_together(store, first, portions, batch, others, result)
        if observe:
            observe(result)
    for item in sorted(segments, key=lambda item: (item.changed_at, item.object_id), reverse=True):
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


def _restore_together(
    store: Store,
    first: list[Found],
    more: Iterator[list[Found]],
    batch: Batch,
    others: Sequence[Store],
    result: Rebuilt,
) -> list[Found]:
    """One transaction: these objects, and more while there is time. Returns the segments, which come later."""
    segments: list[Found] = []
    until = time.monotonic() + TRANSACTION_S
    with transaction.atomic():
        for found in chain([first], more):
            heeded = list(_heeding_erasures(found, others, result))
            segments += [item for item in heeded if item.is_segment]
            _restore_records(store, [item for item in heeded if not item.is_segment], batch, others, result)
            if time.monotonic() > until:
                break
    return segments


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


def _unknown_objects(store: Store, result: Rebuilt) -> Iterator[Found]:
    """Objects that no row knows yet, read ahead of what is being restored."""

    def unknown() -> Iterator[str]:
        for paths in in_chunks(store.object_paths()):
            rows = VaultObject.objects.filter(object_path__in=paths)
            known = set(rows.values_list("object_path", flat=True))
            result.objects_seen += len(paths)
            yield from (path for path in paths if path not in known)

    reading = partial(find_object, store)
    for found in spread(reading, unknown(), crosses=store.crosses, at_once=MANY_AT_ONCE):
        if isinstance(found, Found):
            yield found
        else:
            result.skipped.append((found.path, found.reason))


def _portions(found: Iterable[Found]) -> Iterator[list[Found]]:
    """Objects as they are restored together."""
    portion: list[Found] = []
    files = 0
    for item in found:
        portion.append(item)
        files += item.files_count
        if files >= FILES_AT_ONCE:
            yield portion
            portion, files = [], 0
    if portion:
        yield portion


def _heeding_erasures(found: Sequence[Found], others: Sequence[Store], result: Rebuilt) -> Iterator[Found]:
    """What was lawfully erased does not come back from a store that was away at the time.

    The ledger tells it, and where the store's ledger is as old as the store, the tombstone on
    any other store does.
    """
    subjects = {item.path: f"{'segment' if item.is_segment else 'record'}:{item.key}" for item in found}
    told = set(
        Entry.objects.filter(act="vault.erase", subject__in=subjects.values()).values_list("subject", flat=True)
    )  # fmt: skip
    elsewhere = _tombstones_elsewhere([item for item in found if not item.is_tombstone], others)
    for item in found:
        if item.is_tombstone:
            yield item
        elif tombstone := elsewhere.get(item.path):
            yield tombstone
        elif subjects[item.path] in told:
            result.skipped.append((item.path, _("已依法销毁，这个存储上还是旧内容，不予恢复。")))
        else:
            yield item


def _tombstones_elsewhere(found: Sequence[Found], others: Sequence[Store]) -> dict[str, Found]:
    tombstones: dict[str, Found] = {}
    for other in others:
        held = _inventories_at(other, [item.path for item in found])
        for item in found:
            if held[item.path] in {"", item.inventory_sha512} or item.path in tombstones:
                continue
            there = find_object(other, item.path)
            if isinstance(there, Found) and there.is_tombstone:
                tombstones[item.path] = there
    return tombstones


def _inventories_at(store: Store, paths: Sequence[str]) -> dict[str, str]:
    """SHA-512 of the inventory that lies at each path, empty where there is none."""
    held = spread(partial(inventory_at, store), paths, crosses=store.crosses, at_once=MANY_AT_ONCE)
    return dict(zip(paths, held, strict=True))


def _restore_records(
    store: Store, found: Sequence[Found], batch: Batch, others: Sequence[Store], result: Rebuilt
) -> None:
    described = {record_id: parts for item in found for record_id, parts in item.described.items()}
    holders = {record_id: item for item in found for record_id in item.described}
    stands = {other.facts.key: _inventories_at(other, [item.path for item in found]) for other in others}
    with transaction.atomic():
        restored = _restore_parts(described, result)
        standing = {key: holders[key] for key in restored}
        facts = [_facts(item, batch, key, restored[key]) for key, item in standing.items()]
        insert_object_rows(facts)
        _restore_orders(standing)
        ids = [told["id"] for told in facts]
        _insert_copies_and_events(list(zip(ids, standing.values(), strict=True)), store, stands)
        _announce(list(restored), result)
    result.objects_count += len(facts)


def _holder(item: Found, store: Store, others: Sequence[Store]) -> Store:
    """The store on which an object was found."""
    return next((other for other in others if other.facts.key == item.store), store)


def _restore_segment(
    store: Store, found: Found, batch: Batch, others: Sequence[Store], result: Rebuilt
) -> None:
    """Newest segments come first, so an entry that stands already is the true one."""
    if VaultObject.objects.filter(object_path=found.path).exists():
        return
    try:
        entries = read_entries(_holder(found, store, others), found)
    except (Invalid, OSError) as error:
        result.skipped.append((found.path, str(error)))
        return
    stands = {other.facts.key: _inventories_at(other, [found.path]) for other in others}
    with transaction.atomic():
        row = VaultObject(**_facts(found, batch, None, None))
        row.save(force_insert=True)
        writer = RecordWriter(element_titles())
        for ids in in_chunks(entries):
            newer = set(SegmentEntry.objects.filter(record_id__in=ids).values_list("record_id", flat=True))
            # An object of its own tells more than the entry before it; that still stands, to be expunged with it.
            whole = set(VaultObject.objects.filter(record_id__in=ids).values_list("record_id", flat=True))
            fresh = {record_id: entries[record_id] for record_id in ids if record_id not in newer | whole}
            restored = _restore_parts(fresh, result)
            if row.fonds_id is None:
                row.fonds_id = next(iter(restored.values()), None) or _fonds_of(ids, entries)
                row.save()
            SegmentEntry.objects.bulk_create(
                SegmentEntry(
                    record_id=record_id,
                    segment=row,
                    description_sha512=description_digest(writer, record_id, entries[record_id]),
                )
                for record_id in [*restored, *(whole - newer)]
            )
            _announce(list(restored), result)
        _insert_copies_and_events([(row.id, found)], store, stands)
    result.objects_count += 1


def _fonds_of(ids: Sequence[UUID], entries: Mapping[UUID, Parts]) -> UUID | None:
    """The fonds of a segment all entries of which a newer one tells; none of one that holds papers."""
    records = [record_id for record_id in ids if not is_paper(entries[record_id])]
    return Record.objects.filter(id__in=records).values_list("fonds_id", flat=True).first()


def _restore_parts(described: Mapping[UUID, Parts], result: Rebuilt) -> dict[UUID, UUID]:
    """Hands each context its part, in order; returns the records that now stand, with their fonds."""
    for part in restorers():
        own = {record_id: parts[part.key] for record_id, parts in described.items() if part.key in parts}
        if own:
            part.restore(own)
    # A paper (:mod:`.papers`) is no record, even where it bears the id of one that is not stored.
    records = [record_id for record_id, parts in described.items() if not is_paper(parts)]
    standing = dict(Record.objects.filter(id__in=records).values_list("id", "fonds_id"))
    for record_id in set(records) - standing.keys():
        result.skipped.append((str(record_id), _("描述中没有档案本身的部分")))
    return standing


def _facts(found: Found, batch: Batch, record_id: UUID | None, fonds_id: UUID | None) -> dict[str, Any]:
    """What the object's row is to say, by the names of its columns."""
    return {
        "id": new_id() if record_id else UUID(found.key),
        "kind": str(VaultObject.Kind.RECORD if record_id else VaultObject.Kind.SEGMENT),
        "record_id": record_id,
        "fonds_id": fonds_id,
        "object_id": found.object_id,
        "object_path": found.path,
        "version": found.version,
        "files_count": found.files_count,
        "size_bytes": found.size_bytes,
        "inventory_sha512": found.inventory_sha512,
        "description_sha512": found.description_sha512,
        "batch_id": batch.id,
        "state": str(VaultObject.State.ERASED if found.is_tombstone else VaultObject.State.HELD),
        "created_at": found.created_at,
        "changed_at": found.changed_at,
    }


def _insert_copies_and_events(
    objects: Sequence[tuple[UUID, Found]], store: Store, stands: Mapping[str, Mapping[str, str]]
) -> None:
    """A copy for every store: waiting for the audit where the same inventory stands, else missing.

    ``stands`` tells for each other store what lies at each object's path.
    """
    copies = []
    for object_id, found in objects:
        for key in (store.facts.key, *stands):
            held = key == found.store or stands.get(key, {}).get(found.path) == found.inventory_sha512
            copies.append(
                NewCopy(object_id, key, found.version)
                if held
                else NewCopy(object_id, key, 0, Copy.State.MISSING, _("重建时未找到"))
            )
    insert_copy_rows(copies)
    insert_events((object_id, event) for object_id, found in objects for event in found.events)


def _restore_orders(records: Mapping[UUID, Found]) -> None:
    """The orders that the tombstones were put up by."""
    for record_id, found in records.items():
        event = next((event for event in found.events if event.kind == DELETION), None)
        if event is None:
            continue
        kind, _space, basis = event.note.partition(" ")
        by, role, at = _ordered(basis, event)
        Erasure.objects.get_or_create(
            record_id=record_id,
            defaults={"kind": kind, "basis": basis, "ordered_by": by, "ordered_role": role,
                      "ordered_at": at, "finished_at": event.at},
        )  # fmt: skip


def _ordered(basis: str, event: EventFacts) -> tuple[str, str, datetime]:
    """Who ordered it and when, by the ledger; where that has no line, who carried it out."""
    lines = Entry.objects.filter(subject=basis, act=ORDER).order_by("-id")
    line = lines.filter(at__lte=event.at).first() or lines.first()
    return (line.actor, line.role, line.at) if line else (event.agent, event.role, event.at)


def _announce(record_ids: Sequence[UUID], result: Rebuilt) -> None:
    """Tells those above, the search index among them, that these records stand again."""
    result.records_count += len(record_ids)
    for ids in in_chunks(record_ids, TOLD_AT_ONCE):
        publish(RecordsIngested(record_ids=ids))
