"""Receiving a hand-over, step by step (job ``transfer.receive``).

A record is received in the very transaction in which it comes to stand in the vault, so that a
process killed at any moment leaves it either with the agency or in the archive, and going on
repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.errors import Conflict
from lantai.core.events import publish
from lantai.core.findings import Outcome
from lantai.core.jobs import JobRun
from lantai.inspection.api import (
    ExaminationMemory,
    Inspection,
    Report,
    category_of,
    plan_in_force,
    save_report,
    standing_verdict,
)
from lantai.ledger.api import append
from lantai.records.api import Document, tables_at_rest
from lantai.vault.api import IngestItem, ingest

from .asking import scope_of_archive
from .cataloguing import CHECK, SenderCatalogue
from .correcting import reasons_of, return_items
from .due import level_of
from .events import HandoverReceived
from .models import Handover, HandoverItem
from .register import fill_acceptance, seal_as_receiver, signature_sentence
from .releasing import release_copies
from .selectors import standing_counts
from .services import send_back, settle_custody
from .sip import open_handover

CONTENT_CHUNK = 1_000
"""Records with content that go into the vault together, at most; a batch is forced to disk as one."""
CONTENT_BYTES = 2**30
"""Where their files reach this size, a batch is full before."""
ENTRY_CHUNK = 5_000
"""Catalogue entries without content that go into one segment together."""
TOLD_EVERY = 200
"""Items inspected between two words on how far it is."""


def receive_handover(run: JobRun, handover: Handover) -> Handover:
    """Inspects; then sends back, waits for a person, or accepts, ingests, locks and lets go of copies."""
    if handover.acceptance is None:
        handover.report = handover.report or _inspect(run, handover)
        verdict = _verdict(handover.report)
        if verdict == Outcome.FAIL:
            return _return(run, handover)
        _return_failed(run, handover)
        if verdict == Outcome.AWAITING:
            return _leave_to_person(run, handover, _("检测报告里有待人工签署的项目。签署以后，再点“接收”。"))
        _accept(run, handover)
    _ingest(run, handover)
    _finish(run, handover)
    release_copies(run, handover)
    return handover


def inspect_handover(run: JobRun, handover: Handover) -> Handover:
    """Inspects, and leaves what becomes of it to whoever reads the report."""
    handover.report = handover.report or _inspect(run, handover)
    return _leave_to_person(run, handover, _("检测完了。请看报告，有问题的单件退回，其余的点“接收”。"))


def _inspect(run: JobRun, handover: Handover) -> Report:
    """The receiver's own inspection (接收方复检) of what the agency holds."""
    run.step(_("接收检测"), handover.items.count())
    package = open_handover(handover)
    plan = plan_in_force(handover.archive_id, "YJ", category_of(package))
    compared = SenderCatalogue(handover).copy_of if handover.catalogue and CHECK in plan.asked else None
    inspection = Inspection(
        package,
        "YJ",
        database=compared,
        plan_in_force=plan,
        memory=ExaminationMemory(),
        scope=scope_of_archive(handover, level_of(handover.archive).terms),
    )
    number = 0
    with tables_at_rest():
        for number, _item in enumerate(inspection.items(), 1):
            if number % TOLD_EVERY == 0:
                run.advance(TOLD_EVERY)
    run.advance(number % TOLD_EVERY)
    with transaction.atomic():
        report = save_report(
            inspection.report(),
            subject=f"handover:{handover.id}",
            title=handover.title,
            organisation_id=handover.archive_id,
        )
        handover.report = report
        handover.save(update_fields=["report"])
    return report


def _verdict(report: Report) -> Outcome:
    """Items that fail go back one by one; with nothing left, or the package at fault, all of it does."""
    if report.item_count and not report.accepted_count:
        return Outcome.FAIL
    return standing_verdict(report)


def _return_failed(run: JobRun, handover: Handover) -> None:
    """Sends the items back that the inspection refused, each with its findings."""
    report = handover.report
    assert report is not None  # noqa: S101 - inspected just now
    failing = report.findings.filter(item_returned=True, outcome=Outcome.FAIL, blocking=True)
    reasons = reasons_of(failing)
    waiting = handover.items.filter(place__in=list(reasons), returned_at=None)
    rows = dict(waiting.values_list("record_id", "place"))
    if rows:
        return_items(
            handover=handover,
            reasons={record_id: reasons[place] for record_id, place in rows.items()},
            actor=run.actor,
        )
        run.log(_("%(count)s 件接收检测不合格，已单件退回。") % {"count": len(rows)})


def _return(run: JobRun, handover: Handover) -> Handover:
    report = handover.report
    reason = _("接收检测不合格 %(count)s 件，详见检测报告。") % {
        "count": report.item_count - report.accepted_count if report else 0
    }
    return send_back(handover=handover, actor=run.actor, reason=reason)


def _leave_to_person(run: JobRun, handover: Handover, told: str) -> Handover:
    """The hand-over waits where it was before the job."""
    run.log(told)
    handover.state = Handover.State.SUBMITTED
    handover.save(update_fields=["state"])
    return handover


def _accept(run: JobRun, handover: Handover) -> None:
    """Fills in the receiver's column and seals it; from here on the hand-over can only be finished."""
    report = handover.report
    with transaction.atomic():
        handover.acceptance = fill_acceptance(
            handover,
            run.actor,
            standing_counts([report] if report else []),
            report.input_digest if report else "",
        )
        handover.receiver_seal = seal_as_receiver(handover)
        handover.save(update_fields=["acceptance", "receiver_seal"])
        append(
            act="transfer.accept",
            actor=run.actor,
            subject=f"handover:{handover.id}",
            after={"acceptance": handover.acceptance, "seal": handover.receiver_seal},
            count=handover.items.filter(returned_at=None).count(),
        )


def _ingest(run: JobRun, handover: Handover) -> None:
    """Moves what has not been received yet into the vault, in batches."""
    staying = handover.items.filter(returned_at=None)
    run.step(_("入库"), staying.count())
    waiting = staying.filter(received_at__isnull=True).order_by("place")
    sizes: dict[UUID, int] = dict(
        Document.objects.filter(record__handover_items__in=waiting)
        .order_by()
        .values_list("record_id")
        .annotate(Sum("size_bytes"))
    )
    rows = list(waiting.values_list("record_id", flat=True))
    run.advance(staying.count() - len(rows))
    for record_ids in _batches(rows, sizes):
        outcome = ingest(
            [IngestItem(record_id) for record_id in record_ids],
            run.actor,
            settle=lambda ids: _settle(handover, ids),
            note=signature_sentence(handover),
        )
        if outcome.refused:
            first = outcome.refused[0].finding
            raise Conflict(
                _("%(count)s 件没有入库：%(why)s") % {"count": len(outcome.refused), "why": first.observed},
                subject=first.subject,
                remedy=first.remedy,
            )
        run.advance(len(outcome.record_ids))


def _batches(rows: Sequence[UUID], sizes: Mapping[UUID, int]) -> Iterator[list[UUID]]:
    """Records with content, then those without; ``sizes`` are of the files of those that have any."""
    batch: list[UUID] = []
    size_bytes = 0
    for record_id in (record_id for record_id in rows if record_id in sizes):
        if batch and (len(batch) == CONTENT_CHUNK or size_bytes + sizes[record_id] > CONTENT_BYTES):
            yield batch
            batch, size_bytes = [], 0
        batch.append(record_id)
        size_bytes += sizes[record_id]
    if batch:
        yield batch
    entries = [record_id for record_id in rows if record_id not in sizes]
    for start in range(0, len(entries), ENTRY_CHUNK):
        yield entries[start : start + ENTRY_CHUNK]


def _settle(handover: Handover, record_ids: Sequence[UUID]) -> None:
    """Within the ingest's transaction: the records are the archive's now."""
    settle_custody(record_ids, handover.archive_id)
    now = timezone.now()
    for start in range(0, len(record_ids), ENTRY_CHUNK):
        HandoverItem.objects.filter(
            handover=handover, record_id__in=record_ids[start : start + ENTRY_CHUNK]
        ).update(received_at=now)


def _finish(run: JobRun, handover: Handover) -> None:
    run.step(_("办结"))
    with transaction.atomic():
        held = Handover.objects.select_for_update(of=("self",)).get(id=handover.id)
        if held.state == Handover.State.RECEIVED:
            return
        if held.items.filter(received_at=None, returned_at=None).exists():
            raise Conflict(_("还有档案没有入库，不能办结。"), subject=held.title, remedy=_("请接着接收。"))
        held.state, held.received_at = Handover.State.RECEIVED, timezone.now()
        held.save(update_fields=["state", "received_at"])
        append(
            act="transfer.receive",
            actor=run.actor,
            subject=f"handover:{held.id}",
            after={"seal": held.receiver_seal},
            count=held.items.filter(returned_at=None).count(),
        )
        publish(HandoverReceived(held.id, held.agency_id, held.archive_id))
    handover.refresh_from_db()
