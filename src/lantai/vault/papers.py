"""Papers (业务登记): what belongs to no stored record and must outlive the database all the same.

A retention schedule, a package that was sent back with its report, an assessment, a record that is
not in the vault yet but was lent or returned for correction: no ``record.xml`` tells of them. Every
act on them leaves a line in the ledger, so the vault follows the ledger: each context is asked what
it keeps now of the subjects that lines told of (``core.ports.PaperPart``), and that is written as a
segment of no fonds, on every store, like any object. Rebuilding reads the newest segment first, and
what stands already stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Unavailable
from lantai.core.locks import exclusive
from lantai.core.ports import paper_parts, record_parts, subject_ids
from lantai.ledger.api import Entry, head
from lantai.records.api import Combination, Record, State

from .allotment import Allotment
from .batches import StagedBatch, open_batch
from .descriptions import describe, in_chunks
from .expunging import entries_in
from .ingest import ready_stores
from .journal import recover
from .models import PapersKept, VaultObject
from .placing import establish
from .record_xml import Parts
from .segments import write_segment
from .stores import open_stores, reachable_stores

LEAVES = 10_000
"""Leaves looked through in one step, and by it the most one segment tells."""
Papers = dict[UUID, dict[str, Mapping[str, Any]]]
_TOLD_NOTHING = ("title", "responsible", "document_number", "date_text")


def keep_papers() -> int:
    """Writes papers of all that the ledger told of since last time; returns how many.

    Run by the worker. Nothing is written while a store is away: the next turn does it.
    """
    written = 0
    with exclusive("vault.papers") as alone:
        latest = head() if alone else None
        if latest is None:
            return 0
        mark, _made = PapersKept.objects.get_or_create(id=1)
        while mark.leaves < latest.size:
            end = min(latest.size, mark.leaves + LEAVES)
            try:
                written += _keep(_told(mark.leaves, end), mark, end)
            except Unavailable:
                break  # the health check tells it
    return written


def is_paper(parts: Parts) -> bool:
    """Whether an entry of a segment is a paper and no record."""
    return not parts.keys().isdisjoint(part.key for part in paper_parts())


def describe_waiting(record_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """All parts of records that are not stored; of an isolated one nothing that tells its content."""
    found: dict[UUID, dict[str, Any]] = {}
    for ids in in_chunks(record_ids):
        rows = Record.objects.filter(id__in=ids, vault_object=None, vault_entry=None)
        states = dict(rows.exclude(state=State.DESTROYED).values_list("id", "state"))
        for record_id, parts in describe(list(states)).items():
            shown = _shut_off(parts) if states[record_id] == State.ISOLATED else parts
            found[record_id] = {"parts": shown}
    return found


def restore_waiting(papers: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Makes records stand again that were never stored; what stands knows better of itself.

    Of a record that went into another, the other tells only that it was: the rest is told here.
    """
    known = Record.objects.filter(id__in=list(papers)).exclude(state=State.COMBINED)
    standing = set(known.values_list("id", flat=True))
    waiting = {record_id: paper["parts"] for record_id, paper in papers.items() if record_id not in standing}
    for part in record_parts():
        own = {record_id: parts[part.key] for record_id, parts in waiting.items() if part.key in parts}
        if own:
            part.restore(own)


class WaitingRecords:
    """Answers ``core.ports.PaperPart`` for records at their agency with which somebody dealt singly."""

    key = "vault.waiting"
    order = 90
    kinds: Collection[str] = ("record",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """See :func:`describe_waiting`; records that went into one of these are told too."""
        ids = subject_ids(subjects)
        combined = Combination.objects.filter(record__in=ids).values_list("parts", flat=True)
        absorbed = {UUID(part["record"]) for parts in combined for part in parts}
        return describe_waiting(dict.fromkeys([*ids, *sorted(absorbed)]))

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """See :func:`restore_waiting`."""
        restore_waiting(parts)


def expunge_papers(record_ids: Sequence[UUID], actor: Actor) -> None:
    """Writes every segment of papers that tells of these records anew, without them.

    The old segments are left in state ``erasing``, for the tombstones that follow.
    """
    if not record_ids:
        return
    stores, wanted = open_stores(), set(record_ids)
    told: dict[UUID, set[UUID]] = {}
    rows = VaultObject.objects.filter(fonds=None, kind=VaultObject.Kind.SEGMENT, state=VaultObject.State.HELD)
    for row in rows.order_by("id").iterator(chunk_size=100):
        ids = set(entries_in(row, stores))
        if ids & wanted:
            told[row.id] = ids - wanted
    if not told:
        return
    living = {key for ids in told.values() for key in ids}
    papers = _papers({f"{kind}:{key}" for part in paper_parts() for kind in part.kinds for key in living})
    ready, _away = reachable_stores()
    with open_batch("expunge", ready) as batch, transaction.atomic():
        _write(batch, papers, "vault.expunge", actor)
        VaultObject.objects.filter(id__in=told).update(state=VaultObject.State.ERASING)


def _shut_off(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What may be said of an isolated record: where it stands and who shut it off."""
    told = {key: dict(part) for key, part in parts.items() if key in ("records", "transfer")}
    blank: dict[str, Any] = dict.fromkeys(_TOLD_NOTHING, "")
    told["records"]["record"] = {**told["records"]["record"], **blank, "metadata": {}, "flags": []}
    told["records"]["documents"] = []
    told["records"].pop("combination", None)
    for correction in told.get("transfer", {}).get("corrections", ()):
        correction.update(first={"description": {}, "documents": []}, changes=[])
    return told


def _told(start: int, end: int) -> set[str]:
    """Subjects of lines that a part wants to hear of. Looking at a record changes nothing about it."""
    of_kind = Q(pk=None)
    for kind in {kind for part in paper_parts() for kind in part.kinds}:
        of_kind |= Q(subject__startswith=f"{kind}:")
    lines = Entry.objects.filter(of_kind, leaf__index__gte=start, leaf__index__lt=end)
    return set(lines.exclude(act__startswith="record.").values_list("subject", flat=True))


def _keep(subjects: set[str], mark: PapersKept, end: int) -> int:
    """Writes the papers of some subjects and moves the mark, in one transaction."""
    recover()
    mark.leaves = end
    papers = _papers(subjects)
    if not papers:
        mark.save()
        return 0
    stores = ready_stores(Allotment.in_force().stores_for(None))
    with open_batch("papers", stores) as batch, transaction.atomic():
        _write(batch, papers, "vault.keep_papers", SYSTEM)
        mark.save()
    return len(papers)


def _papers(subjects: Iterable[str]) -> Papers:
    papers: Papers = {}
    ordered = sorted(subjects)
    for part in paper_parts():
        own = [subject for subject in ordered if subject.partition(":")[0] in part.kinds]
        for chunk in in_chunks(own):
            for key, paper in part.describe(chunk).items():
                papers.setdefault(key, {})[part.key] = paper
    return papers


def _write(batch: StagedBatch, papers: Papers, act: str, actor: Actor) -> None:
    """Stages, places and records one segment, in the caller's transaction."""
    now = timezone.now()
    written = [write_segment(batch, None, papers, actor, now).written] if papers else []
    establish(batch, written, act=act, actor=actor, count=len(papers), now=now)
