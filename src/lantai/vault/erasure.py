"""Erasure: what was lawfully condemned goes from every store, and a tombstone stays in its place.

Two steps, so that a crash between any two bytes only delays it:

1. :func:`erase` writes the orders, in the transaction of whoever had them approved;
2. :func:`finish_erasures` puts a tombstone in the place of each object on every store and removes
   what lies outside the vault. Orders that are not finished are taken up again.

The tombstone is an object like any other, under the same identifier: audit, repair and rebuild
hold to it, so that an old copy that comes back is known for what it is. A store that is away
keeps a waiting copy; repair erases it there.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.canonical import canonical_json
from lantai.core.digests import Digests, digest_bytes
from lantai.core.errors import Conflict, NotFound
from lantai.core.events import publish
from lantai.core.language import gettext_noop
from lantai.core.locks import exclusive
from lantai.core.ports import erasers, require
from lantai.core.settings import home
from lantai.ledger.api import append
from lantai.records.api import Record, RecordsChanged, State

from .batches import StagedBatch, open_batch
from .content import subject_of
from .descriptions import (
    PREMIS,
    RECORD,
    SEGMENT,
    agent_of,
    describe,
    element_titles,
    event_facts,
    event_row,
    in_chunks,
    new_event,
    rights_of,
)
from .events import RecordsErased
from .expunging import expunge_entries
from .inventories import BEFORE, past_inventories
from .journal import recover
from .models import Copy, Erasure, Event, VaultObject
from .ocfl import CONTENT, SIDECAR, Inventory, sidecar_digest, version_files
from .papers import expunge_papers
from .premis import EventFacts, FileFacts, write_premis
from .record_xml import Parts, RecordWriter
from .stores import reachable_stores

ORDER = "vault.order_erasure"
CHUNK = 100
ENTRIES_AT_ONCE = 10_000
"""Entries lie together in segments, each of which is written anew once for all of them."""


def erase(
    record_ids: Sequence[UUID],
    *,
    kind: str,
    basis: str,
    actor: Actor,
    settle: Callable[[], None] | None = None,
) -> list[UUID]:
    """Orders records erased; :func:`finish_erasures` carries it out, now or after a crash.

    From here on the content can no longer be opened. A disposal keeps the description; a purge
    takes everything out of it that tells of the content.

    Args:
        record_ids: what goes; a record that is ordered already is passed over.
        kind: ``disposal`` or ``purge`` (:class:`Erasure.Kind`).
        basis: ledger subject of what approved it, such as ``disposal:<id>``.
        actor: who carries it out.
        settle: called within the transaction, for the caller's own rows.

    Returns:
        the records newly ordered.

    Raises:
        Forbidden: the actor may not.
        NotFound: a record does not exist.
        Conflict: a record is on its way between custodians.
    """
    require(actor, "vault.erase")
    now = timezone.now()
    with transaction.atomic():
        ordered = _order(record_ids, Erasure.Kind(kind), basis, actor, now)
        if settle:
            settle()
        if ordered:
            line = append(act=ORDER, actor=actor, subject=basis,
                          after={"kind": kind, "records": [str(key) for key in ordered]}, count=len(ordered))  # fmt: skip
            for ids in in_chunks(ordered):  # a rebuild has the moment from the ledger
                Erasure.objects.filter(record_id__in=ids).update(ordered_at=line.at)
            publish(RecordsChanged(tuple(ordered), "destroyed"))
    return ordered


def _order(
    record_ids: Sequence[UUID], kind: Erasure.Kind, basis: str, actor: Actor, now: datetime
) -> list[UUID]:
    wanted = list(dict.fromkeys(record_ids))
    ordered: list[UUID] = []
    for ids in in_chunks(wanted):
        found = {row.id: row for row in Record.objects.select_for_update().filter(id__in=ids).order_by("id")}
        for record_id in ids:
            if record_id not in found:
                raise NotFound(_("没有这件档案。"), subject=str(record_id))
            if found[record_id].state == State.HANDING_OVER:
                raise Conflict(
                    _("这件档案正在移交，不能销毁。"),
                    subject=found[record_id].reference_code or found[record_id].title,
                    remedy=_("请在接收或退回之后再办理。"),
                )
        known = set(Erasure.objects.filter(record_id__in=ids).values_list("record_id", flat=True))
        fresh = [record_id for record_id in ids if record_id not in known]
        lying = any(True for holder in erasers() for _path in holder.files(fresh))  # of entries nothing does
        Erasure.objects.bulk_create(
            Erasure(
                record_id=record_id, kind=kind, basis=basis, ordered_by=actor.id, ordered_role=actor.role,
                ordered_at=now, files=_files_of(record_id) if lying else [],
            )
            for record_id in fresh
        )  # fmt: skip
        Record.objects.filter(id__in=fresh).update(state=State.DESTROYED, changed_at=now)
        VaultObject.objects.filter(record_id__in=fresh).update(state=VaultObject.State.ERASING)
        if kind == Erasure.Kind.PURGE:
            for holder in reversed(erasers()):  # who reads documents to know what to forget, before they go
                holder.forget(fresh)
        ordered += fresh
    return ordered


def _files_of(record_id: UUID) -> list[str]:
    """What lies outside the vault, whoever put it there."""
    return [path for holder in erasers() for path in holder.files([record_id])]


def finish_erasures(actor: Actor, observe: Callable[[int], None] | None = None) -> int:
    """Carries out every order that is not finished; returns how many records are done with.

    Runs after each approval, in the worker every few minutes, and by ``lantai vault erase``.
    """
    require(actor, "vault.erase")
    recover()
    done = 0
    with exclusive("vault.erase") as alone:
        while alone:
            orders = _due()
            if not orders:
                break
            _finish(orders, actor)
            done += len(orders)
            if observe:
                observe(done)
    return done


def _due() -> list[Erasure]:
    """Orders to be carried out together: entries that are purged before objects, by the thousand."""
    waiting = Erasure.objects.filter(finished_at=None).order_by("id")
    entries = waiting.filter(
        kind=Erasure.Kind.PURGE, record__vault_entry__isnull=False, record__vault_object=None
    )
    return list(entries[:ENTRIES_AT_ONCE]) or list(waiting[:CHUNK])


def _finish(orders: Sequence[Erasure], actor: Actor) -> None:
    purged = [order.record_id for order in orders if order.kind == Erasure.Kind.PURGE]
    expunge_entries(purged, actor)
    expunge_papers(purged, actor)
    by_record = {order.record_id: order for order in orders}
    rows = VaultObject.objects.filter(state=VaultObject.State.ERASING)
    _bury(list(rows.filter(record_id__in=by_record).order_by("id")), by_record, actor)
    _bury(list(rows.filter(kind=VaultObject.Kind.SEGMENT).order_by("id")), by_record, actor)
    for order in orders:
        for path in order.files:
            _remove(path)
    Erasure.objects.filter(id__in=[order.id for order in orders]).update(finished_at=timezone.now())


def _remove(path: str) -> None:
    """Removes a file or folder below the data folder, and nothing else."""
    target = home() / path
    if target.is_symlink() or not target.resolve().is_relative_to(home().resolve()):
        return
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)


def _bury(rows: Sequence[VaultObject], orders: Mapping[UUID, Erasure], actor: Actor) -> None:
    """One batch: tombstones staged, put in place of the objects, and committed."""
    if not rows:
        return
    stores, _away = reachable_stores()
    with open_batch("erase", stores) as batch, transaction.atomic():
        held = list(VaultObject.objects.select_for_update(of=("self",)).filter(
            id__in=[row.id for row in rows], state=VaultObject.State.ERASING
        ).select_related("record"))  # fmt: skip
        described = describe([row.record_id for row in held if row.record_id])
        events = {
            row.id: _stage_tombstone(batch, row, described, orders.get(row.record_id) if row.record_id else None, actor)
            for row in held
        }  # fmt: skip
        batch.erase({str(row.id): row.object_path for row in held})
        _record(batch, held, events, actor)
        transaction.on_commit(batch.finish)


def _stage_tombstone(
    batch: StagedBatch,
    row: VaultObject,
    described: Mapping[UUID, Parts],
    order: Erasure | None,
    actor: Actor,
) -> EventFacts:
    """Stages what stays of an object; its row is changed to tell of the tombstone."""
    basis = f"{order.kind} {order.basis}" if order else "expunged"
    event = new_event(Event.Kind.DELETION, actor, timezone.now(), basis)
    files = _what_stays(batch, row, described)
    digests = {path: digest_bytes(content) for path, content in files.items()}
    keeps = order is not None and order.kind == Erasure.Kind.DISPOSAL
    files[PREMIS] = _premis(row, digests, event, keeps=keeps)
    digests[PREMIS] = digest_bytes(files[PREMIS])
    inventory = Inventory.start(row.object_id)
    inventory.add_version(digests, created=event.at, message=f"erased {basis}", agent=agent_of(actor))
    own = version_files(inventory)
    batch.put(str(row.id), {**{f"v1/{CONTENT}/{path}": content for path, content in files.items()}, **own})
    row.state, row.version, row.files_count = VaultObject.State.ERASED, 1, len(files)
    row.changed_at = event.at
    row.size_bytes = sum(map(len, files.values()))
    row.description_sha512 = digests[RECORD if row.record_id else SEGMENT].sha512
    row.inventory_sha512 = sidecar_digest(own[SIDECAR])
    return event


def _what_stays(batch: StagedBatch, row: VaultObject, described: Mapping[UUID, Parts]) -> dict[str, bytes]:
    """The description as it is now, and the digests of the inventories that stood there."""
    writer = RecordWriter(element_titles())
    before = canonical_json([list(pair) for pair in past_inventories(batch.stores, row)])
    if row.record_id:
        return {RECORD: writer.record(row.record_id, described[row.record_id]), BEFORE: before}
    return {SEGMENT: b"".join(writer.segment(row.fonds_id or row.id, ())), BEFORE: before}


def _premis(row: VaultObject, digests: Mapping[str, Digests], event: EventFacts, *, keeps: bool) -> bytes:
    """The tombstone's events: with all that came before, or the deletion alone."""
    past = [event_facts(old) for old in row.events.order_by("at", "id")] if keeps else []
    if not keeps:
        row.events.all().delete()
    title, rights = (row.record.title, rights_of(row.record)) if keeps and row.record else ("", None)
    formats = {BEFORE: ("JSON", "fmt/817")}
    facts = [
        FileFacts(path, told, b"", *formats.get(path, ("XML", "fmt/101"))) for path, told in digests.items()
    ]
    return b"".join(write_premis(row.object_id, title, facts, [*past, event], rights))


_CHANGED = ("state", "version", "files_count", "changed_at", "size_bytes", "description_sha512", "inventory_sha512")  # fmt: skip


def _record(
    batch: StagedBatch, rows: Sequence[VaultObject], events: Mapping[UUID, EventFacts], actor: Actor
) -> None:
    """Rows, copies, events and one ledger line for each record, in the caller's transaction."""
    now = timezone.now()
    VaultObject.objects.bulk_update(rows, _CHANGED, batch_size=200)
    reached = [store.facts.key for store in batch.stores]
    copies = Copy.objects.filter(object__in=rows)
    copies.filter(store__in=reached).update(
        state=Copy.State.VERIFIED, version=1, detail="", checked_at=now, verified_at=now
    )
    Copy.objects.bulk_create(  # a tombstone also stands where no rule asked for a copy
        [Copy(object=row, store=key, state=Copy.State.VERIFIED, version=1, checked_at=now, verified_at=now)
         for row in rows for key in reached], ignore_conflicts=True,
    )  # fmt: skip
    copies.exclude(store__in=reached).update(
        state=Copy.State.PENDING, version=0, detail=gettext_noop("待销毁：存储未就绪"), verified_at=None
    )
    Event.objects.bulk_create([event_row(row.id, events[row.id]) for row in rows])
    for row in rows:
        append(act="vault.erase", actor=actor, subject=subject_of(row),
               after={"inventory": row.inventory_sha512})  # fmt: skip
    publish(RecordsErased(
        record_ids=[row.record_id for row in rows if row.record_id], object_paths=[row.object_path for row in rows]
    ))  # fmt: skip
