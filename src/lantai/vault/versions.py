"""New versions: what a record's contexts know now is written beside what they knew before."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.digests import CHUNK_BYTES, digest_bytes, digest_file
from lantai.core.errors import NotFound
from lantai.core.ports import require
from lantai.ledger.api import append
from lantai.records.api import Document, Record

from . import segments
from .allotment import Allotment, stores_for_new
from .batches import StagedBatch, open_batch
from .descriptions import (
    PREMIS,
    RECORD,
    agent_of,
    describe,
    element_titles,
    event_facts,
    event_row,
    in_chunks,
    new_event,
    rights_of,
)
from .ingest import ready_stores
from .journal import recover
from .models import Copy, Event, SegmentEntry, VaultObject
from .ocfl import CONTENT, INVENTORY, Inventory
from .placing import WrittenObject, commitment, insert_copies, placements_of, write_inventory
from .premis import EventFacts, FileFacts, read_files, write_premis
from .record_xml import Parts, RecordWriter
from .stores import Placement, Store, declared_stores


@dataclass(frozen=True, slots=True)
class Versioned:
    """Records whose description changed, and in how many objects that was written."""

    record_ids: tuple[UUID, ...]
    objects_count: int


def add_version(record_ids: Iterable[UUID], actor: Actor, reason: str) -> Versioned:
    """Writes the current description of records into the vault, content untouched.

    A record whose description did not change gets no version; one that does not stand in the
    vault is passed over. Entries without content are written together in a newer segment.

    Args:
        record_ids: records whose parts may have changed.
        actor: who changed them.
        reason: why, for the version's message and its event.

    Raises:
        Forbidden: the actor may not change the vault.
        Unavailable: a store is away or cannot be written; nothing was changed.
    """
    require(actor, "vault.add_version")
    recover()
    changed: list[UUID] = []
    objects_count = 0
    for ids in in_chunks(dict.fromkeys(record_ids)):
        done = _add_versions(ids, actor, reason)
        changed += done.record_ids
        objects_count += done.objects_count
    return Versioned(tuple(changed), objects_count)


def add_file(
    record_id: UUID,
    document: Document,
    source: Path,
    *,
    actor: Actor,
    note: str,
    settle: Callable[[], None],
) -> None:
    """Adds a file to a record's object as a new version; all that stood there stays.

    Args:
        record_id: the record.
        document: the file as its row will describe it; ``location`` is where it is to lie.
        source: its bytes.
        actor: who has it added.
        note: what was done, for the event and the version's message.
        settle: called in the committing transaction, before the record is described; inserts the row.

    Raises:
        NotFound: the record does not stand whole in the vault.
        Unavailable: a store is away or cannot be written; nothing was changed.
    """
    require(actor, "vault.add_version")
    recover()
    with open_batch("version", _stores_of([record_id])) as batch, transaction.atomic():
        held = VaultObject.objects.select_for_update(of=("self",)).select_related("record")
        row = held.filter(record_id=record_id, state=VaultObject.State.HELD).first()
        current = current_version(batch.stores, row) if row else None
        if row is None or row.record is None or current is None:
            raise NotFound(
                _("这件档案在总库中没有完好的对象，不能加入文件。"),
                subject=str(record_id),
                remedy=_("请先修复副本。"),
            )
        settle()
        name = bytes(document.original_name_b)
        facts = FileFacts(document.location, digest_file(source), name, document.format_name, document.puid)
        description = RecordWriter(element_titles()).record(record_id, describe([record_id])[record_id])
        event = new_event(Event.Kind.MIGRATION, actor, timezone.now(), note)
        added = [(facts, source)]
        written = _write_version(batch, row, row.record, current, description, event, actor, added)
        _commit(batch, [written], [], actor, event.at)


def _add_versions(record_ids: Sequence[UUID], actor: Actor, reason: str) -> Versioned:
    if not _stand_in_vault(record_ids):
        return Versioned((), 0)
    with open_batch("version", _stores_of(record_ids)) as batch:
        now = timezone.now()
        with transaction.atomic():
            rows = list(
                VaultObject.objects.select_for_update(of=("self",))
                .filter(record_id__in=record_ids)
                .exclude(state__in=[VaultObject.State.ERASING, VaultObject.State.ERASED])
                .select_related("record")
                .order_by("id")
            )
            entries = dict(
                SegmentEntry.objects.filter(record_id__in=record_ids).values_list(
                    "record_id", "description_sha512"
                )
            )
            described = describe([*(row.record_id for row in rows if row.record_id), *entries])
            writer = RecordWriter(element_titles())
            written = _write_versions(batch, rows, writer, described, actor, now, reason)
            moved = [
                record_id
                for record_id, digest in entries.items()
                if segments.description_digest(writer, record_id, described[record_id]) != digest
            ]
            covered = segments.write_segments(batch, moved, described, actor, now)
            if not written and not covered:
                batch.finish()
                return Versioned((), 0)
            _commit(batch, written, covered, actor, now)
    changed = [item.row.record_id for item in written if item.row.record_id]
    return Versioned((*changed, *moved), len(written) + len(covered))


def _stores_of(record_ids: Sequence[UUID]) -> list[Store]:
    """The stores that hold these records or are to hold their newer segment."""
    holding = Copy.objects.filter(object__record__in=record_ids)
    keys = set(holding.values_list("store", flat=True).order_by().distinct())
    entries = Record.objects.filter(id__in=record_ids, vault_entry__isnull=False)
    allotment = Allotment.in_force()
    for fonds_id in entries.values_list("fonds_id", flat=True).order_by().distinct():
        keys |= {*allotment.stores_for(fonds_id)}
    return ready_stores([facts.key for facts in declared_stores() if facts.key in keys])


def _stand_in_vault(record_ids: Sequence[UUID]) -> bool:
    """Most news is of records that are still with their agency: no batch is opened for those."""
    return (
        VaultObject.objects.filter(record_id__in=record_ids).exists()
        or SegmentEntry.objects.filter(record_id__in=record_ids).exists()
    )


def _write_versions(
    batch: StagedBatch,
    rows: Sequence[VaultObject],
    writer: RecordWriter,
    described: Mapping[UUID, Parts],
    actor: Actor,
    now: datetime,
    reason: str,
) -> list[WrittenObject]:
    """Stages a version for every object whose description differs from the one it holds."""
    written = []
    for row in rows:
        record = row.record
        if record is None:
            continue
        description = writer.record(record.id, described[record.id])
        if hashlib.sha512(description).hexdigest() == row.description_sha512:
            continue
        current = current_version(batch.stores, row)
        if current is None:
            continue  # no store holds it whole: repair comes first, the next change writes it
        event = new_event(Event.Kind.METADATA, actor, now, reason)
        written.append(_write_version(batch, row, record, current, description, event, actor))
    return written


@dataclass(frozen=True, slots=True)
class CurrentVersion:
    """The newest version as it lies on a store that holds it whole."""

    inventory: Inventory
    files: Sequence[FileFacts]


def current_version(stores: Sequence[Store], row: VaultObject) -> CurrentVersion | None:
    """The newest version's inventory and files, from the first store where both are proven."""
    for store in stores:
        content = read_inventory(store, row.object_path, row.inventory_sha512)
        if content is None:
            continue
        inventory = Inventory.parse(content)
        try:
            with store.object_files(row.object_path).open(inventory.content_path(PREMIS)) as source:
                premis = b"".join(iter(lambda: source.read(CHUNK_BYTES), b""))
        except OSError:
            continue
        if hashlib.sha512(premis).hexdigest() == inventory.state()[PREMIS]:
            return CurrentVersion(inventory, list(read_files(io.BytesIO(premis))))
    return None


def read_inventory(store: Store, path: str, sha512: str, version: str = "") -> bytes | None:
    """An object's inventory on a store, or that of one version (``v1``), if it is the one that is meant."""
    try:
        with store.object_files(path).open(f"{version}/{INVENTORY}" if version else INVENTORY) as source:
            content = b"".join(iter(lambda: source.read(CHUNK_BYTES), b""))
    except OSError:
        return None
    return content if hashlib.sha512(content).hexdigest() == sha512 else None


def _write_version(
    batch: StagedBatch,
    row: VaultObject,
    record: Record,
    current: CurrentVersion,
    description: bytes,
    event: EventFacts,
    actor: Actor,
    added: Sequence[tuple[FileFacts, Path]] = (),
) -> WrittenObject:
    slot, folder, inventory = str(row.id), f"v{row.version + 1}/{CONTENT}", current.inventory
    digests = digest_bytes(description)
    files = [file for file in current.files if file.path != RECORD]
    files += [facts for facts, _source in added]
    files.append(FileFacts(RECORD, digests, format_name="XML", puid="fmt/101"))
    events = [*map(event_facts, row.events.order_by("at", "id")), event]
    pieces = write_premis(row.object_id, record.title, files, events, rights_of(record))
    premis = batch.write(slot, f"{folder}/{PREMIS}", pieces)
    to_store = inventory.add_version(
        {**{file.path: file.digests for file in files}, PREMIS: premis},
        created=event.at,
        message=f"{event.note} {batch.id}",
        agent=agent_of(actor),
    )
    for facts, source in added:
        if facts.path in to_store:  # else the same bytes lie in the object already
            with source.open("rb", buffering=0) as opened:
                row.size_bytes += batch.copy(slot, to_store[facts.path], opened).size_bytes
    if RECORD in to_store:  # else the description is again what an earlier version says
        batch.write(slot, to_store[RECORD], [description])
        row.size_bytes += digests.size_bytes
    previous = row.inventory_sha512
    row.version += 1
    row.files_count += len(to_store)
    row.size_bytes += premis.size_bytes
    row.description_sha512 = digests.sha512
    row.changed_at = event.at
    row.inventory_sha512 = write_inventory(batch, slot, inventory)
    return WrittenObject(row, slot, event, previous)


def _commit(
    batch: StagedBatch,
    written: Sequence[WrittenObject],
    covered: Sequence[segments.WrittenSegment],
    actor: Actor,
    now: datetime,
) -> None:
    """Places what was staged and records it, in the caller's transaction."""
    new = [segment.written for segment in covered]
    asked = stores_for_new([item.row for item in new])
    placements = placements_of(batch, new, asked)
    placements += [
        (store, item.placement)
        for store in batch.stores
        for item in written
        if read_inventory(store, item.row.object_path, item.previous_sha512) is not None
    ]
    batch.place(placements)
    everything = [*written, *new]
    row = batch.record(len(everything), sum(item.row.size_bytes for item in everything))
    for item in everything:
        item.row.batch = row
    VaultObject.objects.bulk_create([item.row for item in new], batch_size=500)
    insert_copies([item.row for item in new], batch.stores, asked, now)
    segments.insert_entries(covered)
    _update_rows(written, placements)
    Event.objects.bulk_create([event_row(item.row.id, item.event) for item in everything], batch_size=500)
    append(
        act="vault.add_version",
        actor=actor,
        subject=f"batch:{batch.id}",
        before=[item.previous_sha512 for item in written],
        after=commitment((item.row.object_id, item.row.inventory_sha512) for item in everything),
        count=len(everything),
    )


def _update_rows(written: Sequence[WrittenObject], placements: Sequence[tuple[Store, Placement]]) -> None:
    """Objects as they now are; a copy that missed the version waits for repair."""
    VaultObject.objects.bulk_update(
        [item.row for item in written],
        [
            "version",
            "files_count",
            "size_bytes",
            "description_sha512",
            "inventory_sha512",
            "changed_at",
            "batch",
        ],
        batch_size=200,
    )
    placed = {(store.facts.key, placement.object_path) for store, placement in placements}
    by_id = {item.row.id: item.row for item in written}
    copies = list(Copy.objects.filter(object_id__in=by_id))
    for copy in copies:
        row = by_id[copy.object_id]
        if (copy.store, row.object_path) in placed:
            copy.version = row.version
        elif copy.state == Copy.State.VERIFIED:
            copy.state = Copy.State.PENDING
    Copy.objects.bulk_update(copies, ["version", "state"], batch_size=200)
