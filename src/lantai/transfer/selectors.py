"""Reading: whose hand-overs an actor sees, and which records may go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from lantai.capture.api import Submission, SubmissionItem
from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.findings import Outcome
from lantai.core.ports import Scope, allows
from lantai.inspection.api import Report, standing_verdict
from lantai.institutions.api import answers_for
from lantai.records.api import Fonds, NumberState, Record, State

from .models import Handover, HandoverItem


def handovers_for(actor: Actor) -> QuerySet[Handover]:
    """Those of the actor's agency, and those that come to the actor's archive."""
    rows = Handover.objects.select_related("agency", "archive", "fonds", "report", "job")
    if "system" in actor.roles:
        return rows
    if actor.organisation_id is None or not allows(
        actor, "transfer.see", Scope(organisation_id=actor.organisation_id)
    ):
        return rows.none()
    coming = Q(archive_id=actor.organisation_id) & ~Q(state=Handover.State.DRAFT)
    return rows.filter(Q(agency__in=answers_for(actor.organisation_id)) | coming)


def handover_for(actor: Actor, handover_id: UUID) -> Handover:
    """One of them.

    Raises:
        NotFound: there is none, or not for this actor.
    """
    handover = handovers_for(actor).filter(id=handover_id).first()
    if handover is None:
        raise NotFound(_("没有找到这次移交。"), subject=str(handover_id), remedy=_("请从移交列表里打开。"))
    return handover


def ready_records(fonds: Fonds, year_from: int, year_to: int) -> QuerySet[Record]:
    """Records that may be handed over: filed, their numbers fixed, in no other open hand-over."""
    elsewhere = HandoverItem.objects.filter(
        record_id=OuterRef("id"), handover__state__in=Handover.OPEN, returned_at=None
    )
    return Record.objects.filter(
        ~Exists(elsewhere),
        fonds=fonds,
        year__range=(year_from, year_to),
        state=State.FILED,
        number_state=NumberState.FIXED,
        custodian_id=fonds.creator_id,
    )


def unsigned_submissions(records: QuerySet[Record]) -> list[Submission]:
    """The batches of these records whose inspection a person has yet to sign, or signed as failed."""
    items = SubmissionItem.objects.filter(record__in=records)
    batches = Submission.objects.filter(id__in=items.values("submission")).select_related("report")
    return [batch for batch in batches if batch.report and standing_verdict(batch.report) != Outcome.PASS]


@dataclass(frozen=True, slots=True)
class ReadyYear:
    """Records of one fonds and year that wait to be handed over."""

    fonds_id: UUID
    fonds_code: str
    fonds_name: str
    year: int
    records: int


def ready_years(agency_id: UUID) -> list[ReadyYear]:
    """What an agency could hand over now, by fonds and year."""
    rows = (
        Record.objects.filter(
            fonds__creator__in=answers_for(agency_id),
            agency__in=answers_for(agency_id),
            custodian=F("fonds__creator"),
            state=State.FILED,
            number_state=NumberState.FIXED,
            year__isnull=False,
        )
        .values_list("fonds_id", "fonds__code", "fonds__name", "year")
        .annotate(records=Count("id"))
        .order_by("fonds__code", "year")
    )
    return [ReadyYear(*row) for row in rows]


def waiting_handovers(archive_id: UUID) -> QuerySet[Handover]:
    """Hand-overs that wait to be received by an archive, oldest first."""
    return Handover.objects.filter(
        archive_id=archive_id, state__in=(Handover.State.SUBMITTED, Handover.State.RECEIVING)
    ).order_by("submitted_at")


def standing_counts(reports: Iterable[Report]) -> dict[str, dict[str, int]]:
    """Outcomes by nature of what was taken in, with what people signed since; of several, added up.

    Items that were sent back are not counted as failures of those that stayed.
    """
    summed: dict[str, dict[str, int]] = {}
    for report in reports:
        decided = report.decisions.values("key")
        kept = report.findings.filter(item_returned=False)
        for nature, outcomes in report.counts.items():
            mine = kept.filter(nature=nature)
            waiting = mine.filter(outcome="awaiting")
            standing = {
                "pass": outcomes.get("pass", 0),
                "not_applicable": outcomes.get("not_applicable", 0),
                "fail": mine.filter(outcome="fail", blocking=True).count(),
                "signed": waiting.filter(key__in=decided).count(),
                "awaiting": waiting.exclude(key__in=decided).count(),
            }
            own = summed.setdefault(nature, {})
            for outcome, number in standing.items():
                own[outcome] = own.get(outcome, 0) + number
    return summed


def noted_lines(
    handover: Handover, items: Sequence[HandoverItem], actor: Actor
) -> list[tuple[HandoverItem, list[dict[str, Any]]]]:
    """Items of a hand-over, each with what its archive's inspection found, for who receives there.

    A check is told once an item: its ``code``, ``name`` and ``outcome``.
    """
    noted: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    if handover.report and allows(actor, "transfer.receive", Scope(custodian_id=handover.archive_id)):
        names = {rule["key"]: rule["name"] for rule in handover.report.plan}
        found = handover.report.findings.filter(item_number__in=[item.place for item in items])
        rows = found.order_by("item_number", "code").values("item_number", "key", "code", "outcome")
        for row in rows.distinct():
            noted[row["item_number"]].append(row | {"name": names.get(row["key"], "")})
    return [(item, noted[item.place]) for item in items]


def ledger_subjects(record_id: UUID) -> list[str]:
    """The ledger subjects of the hand-overs a record was in."""
    ids = HandoverItem.objects.filter(record=record_id).values_list("handover_id", flat=True)
    return [f"handover:{handover_id}" for handover_id in ids]
