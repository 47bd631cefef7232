"""Reconciliation: database, ledger and stores held against each other, both ways.

The fixity audit trusts the database. This does not: what an object should be is taken from the
ledger, whose lines commit to every inventory of a batch by a salted digest, whose leaves are
hashed into a tree, and whose signed heads lie on every store. An object replaced by another valid
one does not fit its row; where the row was rewritten too, it does not fit the line; where the
line was rewritten too, the tree and its heads say so.

Nothing is repaired here: the findings say what stands against what.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from django.db.models import F

from lantai.core.actors import SYSTEM, Actor
from lantai.core.findings import Outcome
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.ledger.api import Entry, append, stands_for, verify

from .allotment import Allotment
from .descriptions import in_chunks
from .inventories import BEFORE, chain_of, newest
from .journal import paths_in_flight
from .models import Copy, VaultObject
from .placing import commitment
from .stores import Store, reachable_stores
from .vouching import BATCH_ACTS

TOLD = 1000
"""How many findings one run keeps."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that does not agree.

    Attributes:
        kind: ``extra``, ``missing``, ``swapped``, ``stale`` (a store against the database),
            ``unproven`` (a store against the ledger) or ``ledger`` (the ledger against its heads).
        subject: object path, or the ledger's subject.
    """

    kind: str
    store: str
    subject: str
    detail: str


@dataclass(slots=True)
class Reconciled:
    """What was held against what."""

    objects_count: int = 0
    batches_count: int = 0
    away: list[str] = field(default_factory=list)
    findings: list[Discrepancy] = field(default_factory=list)
    findings_count: int = 0

    def tell(self, kind: str, store: str, subject: str, detail: str) -> None:
        """Keeps a finding; beyond :data:`TOLD` it is only counted."""
        self.findings_count += 1
        if len(self.findings) < TOLD:
            self.findings.append(Discrepancy(kind, store, subject, detail))


def reconcile(actor: Actor = SYSTEM, observe: Callable[[Reconciled], None] | None = None) -> Reconciled:
    """Holds every inventory on every store against the rows and the ledger, and the ledger against itself.

    Content is not read: that is the audit's. What it keeps of each inventory lies in a scratch
    file, so that memory does not grow with the holdings.
    """
    require(actor, "vault.reconcile")
    result = Reconciled()
    for finding in verify().findings:
        if finding.outcome is Outcome.FAIL:
            result.tell("ledger", "", finding.subject, finding.observed)
    stores, result.away = reachable_stores()
    with closing(sqlite3.connect("")) as scratch:  # a file of its own that vanishes when closed
        scratch.execute("CREATE TABLE seen (store TEXT, batch TEXT, object_id TEXT, sha512 TEXT)")
        for store in stores:
            _missing(store, result)
            for paths in in_chunks(store.object_paths(), 200):
                _against_rows(store, paths, scratch, result)
                if observe:
                    observe(result)
        scratch.execute("CREATE INDEX by_batch ON seen (batch, store)")
        for store in stores:
            waiting = Copy.objects.filter(store=store.facts.key, version__lt=F("object__version")).count()
            if waiting:
                detail = _("有 %s 份副本待补写，补写后再与存证核对。") % waiting
                result.tell("stale", store.facts.key, store.facts.name, detail)
            else:
                _against_ledger(store, [other for other in stores if other is not store], scratch, result)
    append(act="vault.reconcile", actor=actor, subject="vault:all",
           after={"findings": result.findings_count, "away": result.away}, count=result.objects_count)  # fmt: skip
    return result


def _missing(store: Store, result: Reconciled) -> None:
    """Rows whose object does not stand on the store that is said to hold it."""
    copies = Copy.objects.filter(store=store.facts.key, version__gt=0).order_by("id")
    for path in copies.values_list("object__object_path", flat=True).iterator(chunk_size=500):
        if newest(store, path) is None:
            result.tell("missing", store.facts.key, path, _("数据库说有，存储上没有。"))


def _against_rows(store: Store, paths: list[str], scratch: sqlite3.Connection, result: Reconciled) -> None:
    rows = {row.object_path: row for row in VaultObject.objects.filter(object_path__in=paths)}
    here = Copy.objects.filter(store=store.facts.key, object__object_path__in=paths)
    told = set(here.values_list("object__object_path", flat=True))
    moving = paths_in_flight() if len(rows) < len(paths) else set()
    for path in paths:
        found = newest(store, path)
        if found is None:
            continue
        raw, inventory = found
        result.objects_count += 1
        scratch.executemany(
            "INSERT INTO seen VALUES (?, ?, ?, ?)",
            ((store.facts.key, batch, inventory.id, sha512) for batch, sha512 in chain_of(store, path, raw)),
        )
        sha512, row = hashlib.sha512(raw).hexdigest(), rows.get(path)
        if row is None:
            if path not in moving:
                result.tell("extra", store.facts.key, path, _("存储上有，数据库没有登记。"))
        elif path not in told:
            result.tell("extra", store.facts.key, path, _("副本策略没有要求，也没有登记这一份。"))
        elif sha512 != row.inventory_sha512 and row.state != VaultObject.State.ERASING:
            older = inventory.id == row.object_id and inventory.number < row.version
            kind, detail = ("stale", _("停留在旧版本。")) if older else ("swapped", _("清单与登记不符。"))
            result.tell(kind, store.facts.key, path, detail)
        if BEFORE in inventory.state() and not _is_erasure_of(inventory.id, sha512):
            result.tell("unproven", store.facts.key, path, _("存证中没有这次销毁。"))


def _is_erasure_of(object_id: str, sha512: str) -> bool:
    key = object_id.rpartition(":")[2]
    lines = Entry.objects.filter(act="vault.erase", subject__in=[f"record:{key}", f"segment:{key}"])
    return any(stands_for(line, after={"inventory": sha512}) for line in lines)


def _against_ledger(
    store: Store, others: Sequence[Store], scratch: sqlite3.Connection, result: Reconciled
) -> None:
    """Each batch's line, made again from what lies on the store.

    What of a batch this store is not to hold is taken from another that holds it.
    """
    known: set[str] = set()
    lines = Entry.objects.filter(act__in=BATCH_ACTS).order_by("id")
    for line in lines.iterator(chunk_size=200):
        batch = line.subject.rpartition(":")[2]
        known.add(batch)
        result.batches_count += 1
        seen = dict(_seen(scratch, store, batch))
        if any(
            stands_for(line, after=commitment(whole.items()))
            for whole in _completed(store, others, scratch, batch, seen)
        ):
            continue
        detail = _("这一批对象与存证不符：少了、多了，或被另一个自身有效的对象替换（%s）。")
        objects = "、".join(list(seen)[:5])
        result.tell("unproven", store.facts.key, line.subject, detail % objects)
    own = (store.facts.key,)
    for batch, object_id in scratch.execute(
        "SELECT DISTINCT batch, object_id FROM seen WHERE store = ?", own
    ):
        if batch not in known:
            result.tell("unproven", store.facts.key, object_id, _("存证中没有写入它的批次。"))


def _completed(
    store: Store, others: Sequence[Store], scratch: sqlite3.Connection, batch: str, seen: dict[str, str]
) -> Iterator[dict[str, str]]:
    """A batch as the store has it, then with what it is not to hold, from one other store and from all."""
    yield seen
    everywhere: dict[str, str] = {}
    for other in others:
        lacking = {
            object_id: sha512 for object_id, sha512 in _seen(scratch, other, batch) if object_id not in seen
        }
        for object_id in _due_on(store, lacking):
            del lacking[object_id]  # that it does not lie here is what is to be found
        if lacking:
            yield seen | lacking
            everywhere = lacking | everywhere
    yield everywhere | seen


def _due_on(store: Store, object_ids: Collection[str]) -> Iterator[str]:
    """Those objects that a row or the rule in force says are to stand on a store."""
    rows = list(VaultObject.objects.filter(object_id__in=object_ids))
    asked = Allotment.in_force().stores_of_objects(rows) if rows else {}
    told = set(
        Copy.objects.filter(store=store.facts.key, object__in=rows).values_list("object_id", flat=True)
    )
    yield from (row.object_id for row in rows if row.id in told or store.facts.key in asked[row.id])


def _seen(scratch: sqlite3.Connection, store: Store, batch: str) -> Iterator[tuple[str, str]]:
    yield from scratch.execute(
        "SELECT object_id, sha512 FROM seen WHERE batch = ? AND store = ?", (batch, store.facts.key)
    )
