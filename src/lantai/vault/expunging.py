"""Catalogue entries that must go: the segments that ever told of them are written again without."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.records.api import Record

from . import segments
from .batches import open_batch
from .descriptions import SEGMENT, describe, in_chunks
from .models import SegmentEntry, VaultObject
from .ocfl import Inventory
from .placing import establish
from .record_xml import read_records
from .stores import Store, open_stores, reachable_stores
from .versions import read_inventory


def expunge_entries(record_ids: Sequence[UUID], actor: Actor) -> None:
    """Writes the living entries of every segment that tells of these records anew.

    The old segments are left in state ``erasing``, for the tombstones that follow.
    """
    entries = Record.objects.filter(id__in=record_ids, vault_entry__isnull=False)
    for fonds_id in set(entries.values_list("fonds_id", flat=True)):
        telling = list(_telling_of(fonds_id, set(record_ids)))
        moved = list(
            SegmentEntry.objects.filter(segment__in=telling).values_list("record_id", flat=True).order_by("record_id")
        )  # fmt: skip
        _write_anew(telling, moved, actor)


def _telling_of(fonds_id: UUID, record_ids: set[UUID]) -> Iterator[VaultObject]:
    """Segments of a fonds in which one of the records stands, also superseded ones."""
    stores = open_stores()
    rows = VaultObject.objects.filter(
        fonds_id=fonds_id, kind=VaultObject.Kind.SEGMENT, state=VaultObject.State.HELD
    )
    for row in rows.order_by("id").iterator(chunk_size=100):
        if any(record_id in record_ids for record_id in entries_in(row, stores)):
            yield row


def entries_in(row: VaultObject, stores: Sequence[Store]) -> Iterator[UUID]:
    """Who stands in a segment, read from the first store that can tell."""
    for store in stores:
        raw = read_inventory(store, row.object_path, row.inventory_sha512)
        if raw is None:
            continue
        try:
            with store.object_files(row.object_path).open(
                Inventory.parse(raw).content_path(SEGMENT)
            ) as source:
                content = io.BytesIO(source.read())
        except OSError:
            continue
        yield from (record_id for record_id, _parts in read_records(content))
        return
    # No store can tell: what cannot be read may hold it.
    yield from row.entries.values_list("record_id", flat=True)


def _write_anew(telling: Sequence[VaultObject], moved: Sequence[UUID], actor: Actor) -> None:
    if not telling:
        return
    stores, _away = reachable_stores()
    with open_batch("expunge", stores) as batch, transaction.atomic():
        now = timezone.now()
        described = describe(moved)
        covered = segments.write_segments(batch, moved, described, actor, now)
        written = [segment.written for segment in covered]
        establish(batch, written, act="vault.expunge", actor=actor, count=len(moved), now=now)
        segments.insert_entries(covered)
        for ids in in_chunks([old.id for old in telling]):
            VaultObject.objects.filter(id__in=ids).update(state=VaultObject.State.ERASING)
