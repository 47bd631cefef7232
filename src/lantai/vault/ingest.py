"""Ingest: records come to stand in the vault, all of a batch at once or none of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.events import publish
from lantai.core.findings import Finding, Outcome
from lantai.core.ports import require
from lantai.records.api import Document, OpeningMark, Record, set_column

from . import segments
from .allotment import Allotment
from .batches import StagedBatch, open_batch
from .contents import Content, IngestItem, Refusal, SourceFile, sources_of, stage_contents
from .descriptions import agent_of, describe, element_titles, in_chunks, new_event
from .events import RecordsIngested
from .finishing import Finished, Unfinished, finish_object
from .journal import recover
from .models import Event, SegmentEntry, VaultObject
from .ocfl import object_path
from .placing import WrittenObject, establish
from .premis import EventFacts, Rights
from .record_xml import Parts, RecordWriter
from .stores import Store, open_stores

DESCRIBED_AT_ONCE = 250
"""Records whose descriptions are asked for together."""
DESCRIBED_FIRST = 96
"""So many at first: a piece for each child, which then does not wait for the others."""
LOADED_AT_ONCE = 200
"""Records whose documents are asked for together; those before them are being copied meanwhile."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one call of :func:`ingest` did; a batch for each choice of stores."""

    batch_ids: tuple[UUID, ...]
    record_ids: tuple[UUID, ...]
    refused: tuple[Refusal, ...]
    size_bytes: int


def ingest(
    records: Sequence[IngestItem],
    actor: Actor,
    *,
    settle: Callable[[Sequence[UUID]], None] | None = None,
    note: str = "",
) -> Ingested:
    """Stores records with their content, and catalogue entries that have none.

    Each record goes to the stores that its rule asks for (:mod:`.allotment`); what goes to the same
    stores is one batch. Content is copied and proven first, outside the transaction; then rows,
    ledger and outbox of all batches are committed together. A record whose files are not what was
    accepted is refused with a finding and leaves nothing behind; the others go on.

    Args:
        records: what to ingest; a record that already stands in the vault is refused.
        actor: who answers for it.
        settle: called within the transaction with the records that go in, before they are
            described: the caller sets their state and custody here.
        note: what the PREMIS event of the ingest tells besides its batch.

    Raises:
        Forbidden: the actor may not ingest.
        Unavailable: a store is away, full or broken; nothing was ingested.
    """
    require(actor, "vault.ingest")
    recover()
    refused: list[Refusal] = []
    with ExitStack() as batches:
        parts: list[_Part] = []
        for keys, group in _by_stores(_load(records, refused)).items():
            batch = batches.enter_context(open_batch("ingest", ready_stores(keys)))
            batch.note = f" {note}" if note else ""
            entries: list[UUID] = []
            contents, unproven = stage_contents(batch, _with_content(group, entries))
            batch.sync_ahead()
            refused += unproven
            if contents or entries:
                parts.append(_Part(batch, contents, entries))
            else:
                batch.finish()
        size_bytes = _commit(parts, actor, settle) if parts else 0
    record_ids = tuple(record_id for part in parts for record_id in part.record_ids)
    return Ingested(tuple(part.batch.id for part in parts), record_ids, tuple(refused), size_bytes)


@dataclass(frozen=True, slots=True)
class _Part:
    """One batch of an ingest: what was staged for the same stores, and entries without content."""

    batch: StagedBatch
    contents: Sequence[Content]
    entries: Sequence[UUID]

    @property
    def record_ids(self) -> list[UUID]:
        """All of them."""
        return [*(content.record_id for content in self.contents), *self.entries]


_Loaded = tuple[IngestItem, list[SourceFile]]


def _with_content(items: Iterable[_Loaded], entries: list[UUID]) -> Iterator[_Loaded]:
    """Those that have documents; the others are noted as entries on the way."""
    for item, documents in items:
        if documents:
            yield item, documents
        else:
            entries.append(item.record_id)


def _by_stores(items: Iterator[_Loaded]) -> Mapping[tuple[str, ...], Iterable[_Loaded]]:
    """Records by the stores that are to hold them; an entry goes where its fonds' segments go."""
    allotment, groups = Allotment.in_force(), dict[tuple[str, ...], list[_Loaded]]()
    if len(set(allotment.stores.values())) == 1:  # one rule, or several that choose the same stores
        first = next(items, None)
        return {allotment.stores_for(None): chain([first], items)} if first else {}
    for chunk in in_chunks(items):
        fonds = dict(
            Record.objects.filter(id__in=[item.record_id for item, _documents in chunk]).values_list(
                "id", "fonds_id"
            )
        )
        of_records = allotment.stores_of_records(list(fonds))
        for item, documents in chunk:
            key = item.record_id
            stores = of_records[key] if documents else allotment.stores_for(fonds[key])
            groups.setdefault(stores, []).append((item, documents))
    return groups


def ready_stores(keys: Iterable[str] | None) -> list[Store]:
    """The stores to write to, each known to be there."""
    stores = open_stores(keys)
    for store in stores:
        store.require_ready()
    return stores


def _load(wanted: Sequence[IngestItem], refused: list[Refusal]) -> Iterator[_Loaded]:
    """Each record with its documents, some at a time; those already in the vault are refused."""
    for chunk in in_chunks({item.record_id: item for item in wanted}.values(), LOADED_AT_ONCE):
        ids = [item.record_id for item in chunk]
        standing = set(VaultObject.objects.filter(record_id__in=ids).values_list("record_id", flat=True))
        entered = set(SegmentEntry.objects.filter(record_id__in=ids).values_list("record_id", flat=True))
        found = sources_of(ids)
        # An entry that came to have content gets an object of its own; its segment goes on to tell of it.
        standing |= {record_id for record_id in entered if not found.get(record_id)}
        for item in chunk:
            if item.record_id in standing:
                refused.append(
                    _refusal(
                        item.record_id, _("该件已在总库中"), _("不必再次入库；如需更新著录，请追加版本。")
                    )
                )
            elif item.record_id not in found:
                refused.append(_refusal(item.record_id, _("没有这件档案"), _("请核对后重试。")))
            else:
                yield item, found[item.record_id]


def _refusal(record_id: UUID, observed: str, remedy: str) -> Refusal:
    return Refusal(
        record_id,
        Finding(
            key="vault.record",
            code="",
            clause="",
            subject=str(record_id),
            outcome=Outcome.FAIL,
            observed=observed,
            remedy=remedy,
        ),
    )


def _commit(parts: Sequence[_Part], actor: Actor, settle: Callable[[Sequence[UUID]], None] | None) -> int:
    """Describes, places and records all batches in one transaction; returns their size in bytes."""
    record_ids = [record_id for part in parts for record_id in part.record_ids]
    now, size_bytes = timezone.now(), 0
    with transaction.atomic():
        _relocate([content for part in parts for content in part.contents])
        if settle:
            settle(record_ids)
        for part in parts:
            written = _write_records(part.batch, part.contents, actor, now)
            covered = segments.write_segments(part.batch, part.entries, describe(part.entries), actor, now)
            written += [segment.written for segment in covered]
            count = len(part.record_ids)
            size_bytes += establish(
                part.batch, written, act="vault.ingest", actor=actor, count=count, now=now
            )
            segments.insert_entries(covered)
        for ids in in_chunks(record_ids, 1000):
            publish(RecordsIngested(record_ids=ids))
    return size_bytes


def _relocate(contents: Sequence[Content]) -> None:
    """Documents now lie in the object; their rows say so before they are described."""
    locations = {key: place for content in contents for key, place in content.locations.items()}
    set_column(Document, "location", locations)


@dataclass(frozen=True, slots=True)
class _Catalogued:
    """What an object says of its record outside ``record.xml``."""

    fonds_id: UUID
    title: str
    rights: Rights


def _catalogued(record_ids: Iterable[UUID]) -> dict[UUID, _Catalogued]:
    marks = {str(mark): str(mark.label) for mark in OpeningMark}
    found: dict[UUID, _Catalogued] = {}
    for ids in in_chunks(record_ids):
        for record_id, fonds_id, title, mark, classification in Record.objects.filter(id__in=ids).values_list(
            "id", "fonds_id", "title", "opening_mark", "classification"
        ):
            found[record_id] = _Catalogued(fonds_id, title, Rights(marks.get(mark, mark), classification))
    return found


def _described(
    record_ids: Sequence[UUID], catalogued: dict[UUID, _Catalogued]
) -> Iterator[tuple[Parts, _Catalogued]]:
    first, others = record_ids[:DESCRIBED_FIRST], record_ids[DESCRIBED_FIRST:]
    for ids in (first, *in_chunks(others, DESCRIBED_AT_ONCE)):
        parts = describe(ids)
        catalogued |= _catalogued(ids)
        yield from ((parts[record_id], catalogued[record_id]) for record_id in ids)


def _write_records(
    batch: StagedBatch,
    contents: Sequence[Content],
    actor: Actor,
    now: datetime,
) -> list[WrittenObject]:
    """Completes the staged objects; those described first are finished while others are described."""
    catalogued: dict[UUID, _Catalogued] = {}
    described = _described([content.record_id for content in contents], catalogued)
    events = [
        new_event(Event.Kind.INGESTION, actor, now, f"batch:{batch.id}{batch.note}") for _content in contents
    ]
    unfinished = (
        Unfinished(
            slot=content.slot,
            object_id=f"urn:uuid:{content.record_id}",
            title=told.title,
            rights=told.rights,
            files=content.files,
            record_id=content.record_id,
            parts=parts,
            event=event,
        )
        for content, (parts, told), event in zip(contents, described, events, strict=True)
    )
    finish = partial(finish_object, RecordWriter(element_titles()), f"ingest {batch.id}", agent_of(actor))
    written: list[WrittenObject] = []
    for content, finished, event in zip(contents, batch.each(finish, unfinished), events, strict=True):
        written.append(_written(content, catalogued[content.record_id].fonds_id, finished, event))
        if len(written) == len(contents) // 2:
            batch.sync_ahead()  # so that placing waits for half of it only
    return written


def _written(content: Content, fonds_id: UUID, finished: Finished, event: EventFacts) -> WrittenObject:
    object_id = f"urn:uuid:{content.record_id}"
    row = VaultObject(
        kind=VaultObject.Kind.RECORD,
        record_id=content.record_id,
        fonds_id=fonds_id,
        object_id=object_id,
        object_path=object_path(object_id),
        files_count=finished.files_count,
        size_bytes=finished.size_bytes,
        inventory_sha512=finished.inventory_sha512,
        description_sha512=finished.description_sha512,
        created_at=event.at,
        changed_at=event.at,
    )
    return WrittenObject(row, content.slot, event)
