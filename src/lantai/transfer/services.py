"""Use cases of hand-over: prepare, submit, receive, send back; and accession of catalogues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.capture.api import Submission
from lantai.core import jobs
from lantai.core.actors import Actor
from lantai.core.errors import AwaitsPerson, Conflict, Invalid
from lantai.core.events import publish
from lantai.core.ports import Scope, require
from lantai.inspection.api import Report
from lantai.ledger.api import append
from lantai.records.api import Fonds, NumberState, Record, RecordsChanged, State, insert_rows
from lantai.vault.api import IngestItem, ingest

from .cataloguing import require_catalogue
from .correcting import close_corrections
from .due import schedule_of
from .events import HandoverReturned, HandoverSubmitted
from .models import Handover, HandoverItem
from .register import CARRIER, fill_register, named_opinions, require_opinions, seal_as_sender
from .selectors import ready_records, standing_counts, unsigned_submissions
from .stripping import strip_signatures

RECEIVE = "transfer.receive"
INSPECT = "transfer.inspect"
PIECE = 5_000


@dataclass(frozen=True, slots=True)
class Terms:
    """How a hand-over is made.

    Attributes:
        signature_policy: whether signatures travel (``keep``) or only the seal's image (``image``).
        carrier: ``type``, ``numbers`` and ``looks`` of an offline carrier; empty is online.
        schedule_reason: why it is earlier than due; what was agreed on the plan need not be said again.
    """

    signature_policy: str = Handover.SignaturePolicy.KEEP
    carrier: Mapping[str, str] = field(default_factory=dict)
    schedule_reason: str = ""

    def check(self, subject: str) -> None:
        """Refuses what contradicts itself.

        Raises:
            Invalid: a carrier of which nothing is said.
        """
        missing = [name for name in CARRIER if self.carrier and not self.carrier.get(name, "").strip()]
        if missing:
            raise Invalid(
                _("离线移交还差：%s。") % "、".join(str(CARRIER[name]) for name in missing), subject=subject
            )


def prepare(
    *,
    fonds: Fonds,
    year_from: int,
    year_to: int,
    actor: Actor,
    title: str = "",
    opinions: Mapping[str, str] | None = None,
    terms: Terms | None = None,
) -> Handover:
    """Draws up a hand-over of every filed record of a fonds and years, in the order of the catalogue.

    Args:
        fonds: whose records; they go to its archive.
        year_from: first year.
        year_to: last year, included.
        actor: who prepares it.
        title: 交接工作名称; by default from fonds and years.
        opinions: 到期开放意见 (``opening``), 政府信息公开情况 (``disclosure``), 密级变更情况
            (``classification_changes``); they may still be written until it is submitted.
        terms: what becomes of signatures, on which carrier, and why off the plan; see :class:`Terms`.

    Raises:
        Forbidden: the actor does not hand over this agency's records.
        Invalid: there is nothing to hand over, or it is off the plan with no reason.
        AwaitsPerson: an inspection of some of the records still waits to be signed.
    """
    terms = terms or Terms()
    terms.check(fonds.name)
    require(actor, "transfer.prepare", _scope(fonds.creator_id, fonds.id), subject=fonds.name)
    with transaction.atomic():
        Fonds.objects.select_for_update().get(id=fonds.id)
        ready = ready_records(fonds, year_from, year_to)
        _refuse_unsigned(ready)
        records = list(ready.order_by("reference_code").values_list("id", "reference_code"))
        if not records:
            raise Invalid(
                _("%(from)s—%(to)s 年没有可以移交的档案。") % {"from": year_from, "to": year_to},
                subject=fonds.name,
                remedy=_("请先在“整理与编号”里定号；已在别的移交中的档案不会重复列入。"),
            )
        schedule, reason = _schedule(fonds, year_from, year_to, terms)
        handover = Handover.objects.create(
            agency_id=fonds.creator_id,
            archive_id=fonds.archive_id,
            fonds=fonds,
            year_from=year_from,
            year_to=year_to,
            title=(title.strip() or _title(fonds, ready))[:400],
            opinions=named_opinions(opinions or {}),
            signature_policy=terms.signature_policy,
            carrier=dict(terms.carrier),
            schedule=schedule,
            schedule_reason=reason,
            prepared_by=actor.id,
            prepared_by_name=actor.name,
            prepared_at=timezone.now(),
        )
        _list(handover, records, actor)
    return handover


def _list(handover: Handover, records: Sequence[tuple[UUID, str]], actor: Actor) -> None:
    """Puts the records into the hand-over, in order, and tells the ledger."""
    insert_rows(
        [
            HandoverItem(handover=handover, place=place, record_id=record_id, reference_code=code)
            for place, (record_id, code) in enumerate(records, 1)
        ]
    )
    append(
        act="transfer.prepare",
        actor=actor,
        subject=f"handover:{handover.id}",
        after=[code for _id, code in records],
        count=len(records),
    )


def _schedule(fonds: Fonds, year_from: int, year_to: int, terms: Terms) -> tuple[str, str]:
    """Whether it is early or late, and why; being early needs a reason (实施条例第二十条)."""
    kind, agreed = schedule_of(fonds, year_from, year_to)
    reason = "；".join(filter(None, (agreed, terms.schedule_reason.strip())))
    if kind == "early" and not reason:
        raise Invalid(
            _("这些档案还没有到移交年限，提前移交要写明与档案馆商定的情况。"),
            subject=fonds.name,
            remedy=_("请在“移交计划”里商请提前，或写明理由和同意的文号。"),
        )
    return kind, reason if kind else ""


def submit(*, handover: Handover, actor: Actor, opinions: Mapping[str, str] | None = None) -> Handover:
    """Fills in the register, seals it as the sender and hands the records over.

    Raises:
        Forbidden: the actor does not submit for this agency.
        Conflict: it was submitted already, or a record changed meanwhile.
        Invalid: one of the three opinions is missing.
        AwaitsPerson: an inspection waits to be signed.
    """
    require(actor, "transfer.submit", _scope(handover.agency_id, handover.fonds_id), subject=handover.title)
    strip_signatures(handover, actor)
    with transaction.atomic():
        held = _locked(handover, Handover.State.DRAFT)
        if opinions is not None:
            held.opinions = named_opinions(opinions)
        require_opinions(held)
        require_catalogue(held)
        records = Record.objects.filter(handover_items__handover=held)
        _refuse_unsigned(records)
        sent = records.filter(state=State.FILED, number_state=NumberState.FIXED)
        record_ids = list(sent.values_list("id", flat=True))
        if len(record_ids) != held.items.count():
            raise Conflict(
                _("有档案在准备之后变动过，不能移交。"),
                subject=held.title,
                remedy=_("请撤销这次准备，重新准备。"),
            )
        close_corrections(held)
        held.register = fill_register(held, actor, standing_counts(_sender_reports(records)))
        held.sender_seal = seal_as_sender(held)
        held.state, held.submitted_at = Handover.State.SUBMITTED, timezone.now()
        held.save()
        _set_state(record_ids, State.HANDING_OVER)
        append(
            act="transfer.submit",
            actor=actor,
            subject=f"handover:{held.id}",
            after={"register": held.register, "seal": held.sender_seal},
            count=len(record_ids),
        )
        publish(HandoverSubmitted(held.id, held.archive_id))
    return held


def discard(*, handover: Handover, actor: Actor) -> None:
    """Gives up a hand-over that was only prepared.

    Raises:
        Conflict: it was submitted.
    """
    require(actor, "transfer.prepare", _scope(handover.agency_id, handover.fonds_id), subject=handover.title)
    with transaction.atomic():
        held = _locked(handover, Handover.State.DRAFT)
        append(act="transfer.discard", actor=actor, subject=f"handover:{held.id}", count=held.items.count())
        held.delete()


def inspect(*, handover: Handover, actor: Actor, enqueue: bool = True) -> Handover:
    """Begins the receiver's inspection alone (接收检测): nothing is accepted before somebody has read it.

    Args:
        handover: one that was submitted and not inspected yet.
        actor: who inspects.
        enqueue: whether a worker does it; a caller that says no runs the job itself.

    Raises:
        Forbidden: the actor does not receive for this archive.
        Conflict: it is not waiting to be received, or was inspected already.
    """
    if handover.report_id:
        raise Conflict(_("这次移交已经检测过。"), subject=handover.title, remedy=_("请打开接收检测报告。"))
    return _begin(handover, actor, INSPECT, _("接收检测：%s") % handover.title, enqueue)


def receive(*, handover: Handover, actor: Actor, enqueue: bool = True) -> Handover:
    """Begins to receive a hand-over: it is inspected, unless it was, and what passes goes into the vault.

    Args:
        handover: one that was submitted.
        actor: who answers for the reception.
        enqueue: whether a worker does it; a caller that says no runs the job itself.

    Raises:
        Forbidden: the actor does not receive for this archive.
        Conflict: it is not waiting to be received.
    """
    return _begin(handover, actor, RECEIVE, _("接收：%s") % handover.title, enqueue)


def _begin(handover: Handover, actor: Actor, kind: str, title: str, enqueue: bool) -> Handover:
    require(actor, "transfer.receive", Scope(custodian_id=handover.archive_id), subject=handover.title)
    with transaction.atomic():
        held = _locked(handover, Handover.State.SUBMITTED)
        held.state = Handover.State.RECEIVING
        held.received_by, held.received_by_name = actor.id, actor.name
        if enqueue:
            held.job = jobs.start(kind, actor, title=title, handover_id=str(held.id))
        held.save()
    return held


def send_back(*, handover: Handover, actor: Actor, reason: str, report: Report | None = None) -> Handover:
    """Returns a hand-over to the agency, with the reason and the report; its records are as before.

    Raises:
        Forbidden: the actor does not receive for this archive.
        Conflict: it is not waiting, or part of it is in the vault already.
        Invalid: no reason is given.
    """
    require(actor, "transfer.send_back", Scope(custodian_id=handover.archive_id), subject=handover.title)
    if not reason.strip():
        raise Invalid(_("请写明退回的原因。"), subject=handover.title)
    with transaction.atomic():
        held = _locked(handover, Handover.State.SUBMITTED, Handover.State.RECEIVING)
        if held.items.filter(received_at__isnull=False).exists():
            raise Conflict(
                _("这次移交已有档案入库，不能整批退回。"),
                subject=held.title,
                remedy=_("请接着接收，直到办结。"),
            )
        held.state, held.returned_reason = Handover.State.RETURNED, reason.strip()
        held.report = report or held.report
        held.received_by, held.received_by_name = actor.id, actor.name
        held.save()
        staying = held.items.filter(returned_at=None)
        record_ids = list(staying.values_list("record_id", flat=True))
        _set_state(record_ids, State.FILED)
        append(
            act="transfer.send_back",
            actor=actor,
            subject=f"handover:{held.id}",
            after={"reason": held.returned_reason, "report": held.report.input_digest if held.report else ""},
            count=len(record_ids),
        )
        publish(HandoverReturned(held.id, held.agency_id))
    return held


def accession(*, record_ids: Sequence[UUID], archive_id: UUID, actor: Actor) -> int:
    """Takes records the archive has described itself, such as an old catalogue, into the vault.

    Their numbers are locked and their custodian is the archive. Repeating it is harmless: what
    stands in the vault already is left alone.

    Args:
        record_ids: records with or without documents; without, they go into segments of their fonds.
        archive_id: the archive; records of others are left alone.
        actor: who answers for it.

    Returns:
        how many went in now.

    Raises:
        Forbidden: the actor does not accession for this archive.
        Conflict: a record has no reference code.
    """
    require(actor, "transfer.accession", Scope(custodian_id=archive_id))
    done = 0
    for start in range(0, len(record_ids), PIECE):
        piece = list(record_ids[start : start + PIECE])
        rows = Record.objects.filter(id__in=piece, archive_id=archive_id).exclude(state=State.HELD)
        if bare := rows.filter(number_state=NumberState.NONE).first():
            raise Conflict(_("这件档案还没有档号，不能入馆。"), subject=bare.title, remedy=_("请先编号。"))
        waiting = list(rows.values_list("id", flat=True))
        outcome = ingest(
            [IngestItem(record_id) for record_id in waiting],
            actor,
            settle=lambda ids: settle_custody(ids, archive_id),
        )
        done += len(outcome.record_ids)
    return done


def settle_custody(record_ids: Sequence[UUID], archive_id: UUID) -> None:
    """Numbers locked, custody changed, state held; in the transaction of the ingest."""
    for start in range(0, len(record_ids), PIECE):
        Record.objects.filter(id__in=record_ids[start : start + PIECE]).update(
            state=State.HELD,
            number_state=NumberState.LOCKED,
            custodian_id=archive_id,
            changed_at=timezone.now(),
        )


def _locked(handover: Handover, *states: Handover.State) -> Handover:
    held = (
        Handover.objects.select_for_update(of=("self",))
        .select_related("agency", "archive", "fonds", "report", "job")
        .get(id=handover.id)
    )
    if held.state not in states:
        raise Conflict(
            _("这次移交现在是“%(state)s”，不能这样办。") % {"state": held.get_state_display()},
            subject=held.title,
            remedy=_("请刷新页面，看它现在办到哪一步。"),
        )
    return held


def _refuse_unsigned(records: Any) -> None:
    waiting = unsigned_submissions(records)
    if waiting:
        names = "、".join(batch.title for batch in waiting[:5])
        raise AwaitsPerson(
            _("%(count)s 批档案的检测还没有签署，不能移交：%(names)s。")
            % {"count": len(waiting), "names": names},
            remedy=_("请档案室档案员打开该批的检测报告，核对后签署待人工项目。"),
        )


def _sender_reports(records: Any) -> list[Report]:
    batches = Submission.objects.filter(items__record__in=records, report__isnull=False)
    return list(Report.objects.filter(id__in=batches.values("report_id")))


def _set_state(record_ids: Sequence[UUID], state: str) -> None:
    now = timezone.now()
    for start in range(0, len(record_ids), PIECE):
        piece = record_ids[start : start + PIECE]
        Record.objects.filter(id__in=piece).update(state=state, changed_at=now)
        publish(RecordsChanged(tuple(piece), "arranged"))


def _title(fonds: Fonds, records: QuerySet[Record]) -> str:
    """Names the years there are records of, which are often fewer than were asked for."""
    found = records.aggregate(first=Min("year"), last=Max("year"))
    first, last = found["first"], found["last"]
    years = str(first) if first == last else f"{first}—{last}"
    return f"{fonds.name}{years}年档案移交"


def _scope(agency_id: UUID, fonds_id: UUID) -> Scope:
    return Scope(organisation_id=agency_id, fonds_id=fonds_id)
