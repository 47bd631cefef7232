"""Catalogue entries without content: many lie in one object, a segment of their fonds.

A changed entry is written again in a newer segment; the newest one that holds it is true.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lantai.core.actors import Actor
from lantai.core.digests import Digests
from lantai.core.identifiers import new_id
from lantai.records.api import Record

from .batches import StagedBatch
from .descriptions import PREMIS, SEGMENT, agent_of, element_titles, in_chunks, new_event
from .models import Event, SegmentEntry, VaultObject
from .ocfl import CONTENT, Inventory, object_path
from .placing import WrittenObject, write_inventory
from .premis import FileFacts, write_premis
from .record_xml import Parts, RecordWriter


@dataclass(frozen=True, slots=True)
class WrittenSegment:
    """A staged segment and the entries it holds, each with the digest of its description."""

    written: WrittenObject
    entries: Mapping[UUID, str]


def write_segments(
    batch: StagedBatch,
    record_ids: Sequence[UUID],
    described: Mapping[UUID, Parts],
    actor: Actor,
    now: datetime,
) -> list[WrittenSegment]:
    """Stages one segment a fonds."""
    by_fonds: dict[UUID, list[UUID]] = {}
    for ids in in_chunks(record_ids):
        rows = dict(Record.objects.filter(id__in=ids).values_list("id", "fonds_id"))
        for record_id in ids:
            by_fonds.setdefault(rows[record_id], []).append(record_id)
    return [
        write_segment(batch, fonds_id, {record_id: described[record_id] for record_id in ids}, actor, now)
        for fonds_id, ids in by_fonds.items()
    ]


def write_segment(
    batch: StagedBatch, fonds_id: UUID | None, described: Mapping[UUID, Parts], actor: Actor, now: datetime
) -> WrittenSegment:
    """Stages one segment; one of papers (:mod:`.papers`) belongs to no fonds."""
    segment_id = new_id()
    slot, object_id = str(segment_id), f"urn:uuid:{segment_id}"
    writer = RecordWriter(element_titles())
    digests = batch.write(
        slot, f"v1/{CONTENT}/{SEGMENT}", writer.segment(fonds_id or segment_id, described.items())
    )
    event = new_event(Event.Kind.INGESTION, actor, now, f"batch:{batch.id}")
    facts = FileFacts(SEGMENT, digests, format_name="XML", puid="fmt/101")
    premis = batch.write(
        slot,
        f"v1/{CONTENT}/{PREMIS}",
        write_premis(object_id, str(fonds_id or segment_id), [facts], [event], None),
    )
    inventory = Inventory.start(object_id)
    files: dict[str, Digests] = {SEGMENT: digests, PREMIS: premis}
    inventory.add_version(files, created=now, message=f"ingest {batch.id}", agent=agent_of(actor))
    row = VaultObject(
        id=segment_id,
        kind=VaultObject.Kind.SEGMENT,
        fonds_id=fonds_id,
        object_id=object_id,
        object_path=object_path(object_id),
        files_count=2,
        size_bytes=digests.size_bytes + premis.size_bytes,
        description_sha512=digests.sha512,
        created_at=now,
        changed_at=now,
    )
    row.inventory_sha512 = write_inventory(batch, slot, inventory)
    entries = {
        record_id: description_digest(writer, record_id, described[record_id]) for record_id in described
    }
    return WrittenSegment(WrittenObject(row, slot, event), entries)


def description_digest(writer: RecordWriter, record_id: UUID, parts: Parts) -> str:
    """Tells whether an entry's description changed."""
    return hashlib.sha512(writer.record(record_id, parts)).hexdigest()


def insert_entries(segments: Sequence[WrittenSegment]) -> None:
    """Points every entry at its newest segment."""

    def rows() -> Iterator[SegmentEntry]:
        for segment in segments:
            for record_id, digest in segment.entries.items():
                yield SegmentEntry(
                    record_id=record_id, segment=segment.written.row, description_sha512=digest
                )

    for chunk in in_chunks(rows()):
        SegmentEntry.objects.bulk_create(
            chunk,
            update_conflicts=True,
            unique_fields=["record"],
            update_fields=["segment", "description_sha512"],
        )
