"""Rounds of inspection at the long-term stage: the records not looked at for longest come first.

A round is a job. What it has looked at stands in rows committed with the report, so that one that
is killed goes on with what is left; its reports are those of any inspection, one for each archive,
class and piece.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import SYSTEM, Actor
from lantai.core.findings import Finding, Outcome
from lantai.core.identifiers import new_id
from lantai.core.jobs import start
from lantai.core.ports import require
from lantai.core.settings import VAULT_INSPECT_DAYS, VAULT_INSPECT_RECORDS, VAULT_INSPECT_WITHIN_DAYS
from lantai.inspection.api import (
    ExaminationMemory,
    Inspection,
    PackageReport,
    Plan,
    Report,
    plan_in_force,
    save_report,
)
from lantai.ledger.api import append

from ..audit import Audited, look_at
from ..descriptions import in_chunks
from ..models import Incident, VaultObject
from ..watch.incidents import raise_incident, tell_fit
from ..watch.lately import is_under_way, last_job
from .holdings import Holdings, Standing, reachable
from .models import LongtermLook

JOB = "vault.inspect"
SUBJECT = "longterm"
PIECE = 200
"""Records in one report: what is found is kept while an inspection runs."""
_OF_A_WHOLE_CLASS = "int.meta.seq"
"""A check that asks for every record of a class; a sample cannot answer it."""
_FAILING = 1 / 3
"""The most of a round that goes to records that failed last time: they must not crowd out the others."""
_BLIND = "抽样检测看不到同一类的全部件号。"
_OF_BYTES = frozenset({"auth.fixity", "auth.link", "auth.content.eprop"})
"""Checks that say the copy itself may be spoiled; the audit then judges it."""


@dataclass(slots=True)
class Round:
    """What a round has come to.

    Attributes:
        unread: records of which no copy could be read now.
    """

    records: int = 0
    failed: int = 0
    unread: int = 0


def inspect_holdings(
    *,
    actor: Actor,
    records: int | None = None,
    round_id: UUID | None = None,
    observe: Callable[[Round], None] | None = None,
) -> Round:
    """Inspects the stored records not looked at for longest; reports, ledger and incidents tell of it.

    Args:
        actor: who asked.
        records: how many at most; as many as the settings ask of one round by default.
        round_id: the round it goes on with.
        observe: told after each report.

    Raises:
        Forbidden: the actor may not.
    """
    require(actor, "vault.inspect")
    round_id = round_id or new_id()
    done = LongtermLook.objects.filter(round=round_id)
    result = Round(done.count(), done.filter(passed=False).count())
    wanted = (round_size() if records is None else records) - result.records
    for piece in _pieces(longest_unseen(round_id, max(0, wanted))):
        standings = reachable(piece)
        result.unread += len(piece) - len(standings)
        if standings:
            result.records += len(standings)
            result.failed += _inspect(standings, round_id, actor)
        if observe:
            observe(result)
    return result


def round_size() -> int:
    """How many records one round looks at, so that all are seen within the time set."""
    within = VAULT_INSPECT_WITHIN_DAYS.read()
    share = VAULT_INSPECT_DAYS.read() / within if within else 0
    return max(VAULT_INSPECT_RECORDS.read(), math.ceil(share * holdings().count()))


def holdings() -> QuerySet[VaultObject]:
    """Stored records that are there to be inspected."""
    return VaultObject.objects.filter(kind=VaultObject.Kind.RECORD, state=VaultObject.State.HELD)


def longest_unseen(round_id: UUID, limit: int) -> list[UUID]:
    """Objects that failed, never looked at, then looked at longest ago, of other rounds than this."""
    looks = LongtermLook.objects.filter(object__in=holdings()).exclude(round=round_id)
    failing = looks.filter(passed=False).order_by("looked_at", "object").values_list("object_id", flat=True)
    found = dict.fromkeys(failing[: math.ceil(limit * _FAILING)])
    unseen = holdings().filter(longterm_look=None).order_by("id").values_list("id", flat=True)
    found |= dict.fromkeys(unseen[: limit - len(found)])
    again = looks.order_by("looked_at", "object").values_list("object_id", flat=True)
    found |= dict.fromkeys(again[:limit] if len(found) < limit else ())
    return list(found)[:limit]


def _pieces(ids: Sequence[UUID]) -> Iterator[list[VaultObject]]:
    """The objects in pieces of one archive and class: each has a plan of its own."""
    asked = ("record__archive_id", "record__scheme__category", "id")
    of_plan = [
        row for keys in in_chunks(ids) for row in VaultObject.objects.filter(id__in=keys).values_list(*asked)
    ]
    ordered = sorted(of_plan, key=lambda row: (str(row[0]), row[1] or "", row[2]))
    for _plan, rows in groupby(ordered, key=lambda row: row[:2]):
        keys = [row[2] for row in rows]
        for place in range(0, len(keys), PIECE):
            piece = VaultObject.objects.in_bulk(keys[place : place + PIECE])
            yield [piece[key] for key in keys[place : place + PIECE] if key in piece]


def _inspect(standings: Sequence[Standing], round_id: UUID, actor: Actor) -> int:
    """Inspects records of one archive and class, and keeps what was found; returns how many failed."""
    record = standings[0].object.record
    assert record is not None  # noqa: S101 - objects of kind record
    category = record.scheme.category if record.scheme else ""
    content = Holdings(standings)
    inspection = Inspection(
        content.package(category),
        "BC",
        database=content.in_database,
        plan_in_force=for_a_sample(plan_in_force(record.archive_id, "BC", category)),
        memory=ExaminationMemory(),
    )
    failed: dict[int, tuple[Finding, ...]] = {}
    for item in inspection.items():
        if not item.accepted:
            failed[item.item.number] = tuple(f for f in item.findings if f.outcome is Outcome.FAIL)
    _keep(inspection.report(), standings, failed, round_id, actor)
    _judge_copies(standings, failed)
    return len(failed)


def for_a_sample(plan: Plan) -> Plan:
    """The plan without what only a whole class can be asked."""
    rule = plan.rules[_OF_A_WHOLE_CLASS]
    return replace(
        plan, rules={**plan.rules, rule.key: replace(rule, in_plan=False, blind=rule.blind + _BLIND)}
    )


def _keep(
    report: PackageReport,
    standings: Sequence[Standing],
    failed: dict[int, tuple[Finding, ...]],
    round_id: UUID,
    actor: Actor,
) -> None:
    """Report, looks, ledger and incidents in one transaction."""
    record, now, key = standings[0].object.record, timezone.now(), new_id()
    assert record is not None  # noqa: S101 - objects of kind record
    category = record.scheme.category if record.scheme else ""
    title = _("长期保存检测 %(day)s %(category)s %(count)s 件") % {
        "day": f"{timezone.localdate(now):%Y-%m-%d}", "category": category, "count": len(standings)
    }  # fmt: skip
    with transaction.atomic():
        saved = save_report(
            report, subject=f"{SUBJECT}:{key}", title=title, organisation_id=record.archive_id
        )
        objects = [standing.object for standing in standings]
        before = dict(LongtermLook.objects.filter(object__in=objects).values_list("object_id", "passed"))
        LongtermLook.objects.bulk_create(
            [
                LongtermLook(
                    object=row, passed=number not in failed, report=saved, round=round_id, looked_at=now
                )
                for number, row in enumerate(objects, 1)
            ],
            update_conflicts=True,
            unique_fields=["object"],
            update_fields=["passed", "report", "round", "looked_at"],
        )
        append(
            act="vault.inspect",
            actor=actor,
            subject=f"{SUBJECT}:{key}",
            after={"report": str(saved.id), "verdict": str(report.verdict), "failed": len(failed)},
            count=len(standings),
        )
        for number, standing in enumerate(standings, 1):
            _tell(standing, failed.get(number, ()), passed_before=before.get(standing.object.id, True))


def _tell(standing: Standing, failures: Sequence[Finding], *, passed_before: bool) -> None:
    """Raises an incident where a record fails that did not before; one that passes again is mended."""
    row = standing.object
    if failures and passed_before:
        told = "；".join(f"{found.code} {found.subject}：{found.observed}" for found in failures[:5])
        raise_incident(Incident.Kind.UNFIT, row=row, detail=told[:2000])
    elif not failures and not passed_before:
        tell_fit(row)


def _judge_copies(standings: Sequence[Standing], failed: dict[int, tuple[Finding, ...]]) -> None:
    """Has the audit judge the copies whose bytes are in question, so that they are repaired."""
    for number, failures in failed.items():
        if any(found.key in _OF_BYTES for found in failures):
            standing = standings[number - 1]
            look_at(standing.store, [standing.copy], Audited(standing.store.facts.key))


def reports() -> QuerySet[Report]:
    """The reports of every round."""
    return Report.objects.filter(stage="BC", subject__startswith=f"{SUBJECT}:")


def next_round() -> datetime | None:
    """When the next round is due; ``None`` when none is to be held by itself.

    What came in was inspected when it did: the first round is due so many days later.
    """
    days, last = VAULT_INSPECT_DAYS.read(), last_job(JOB)
    if not days:
        return None
    oldest = holdings().order_by("id").values_list("created_at", flat=True).first()
    since = last.created_at if last else oldest
    return since + timedelta(days=days) if since else None


def hold_when_due() -> bool:
    """Starts a round as a job when its day has come; returns whether it did. Called by the worker."""
    due = next_round()
    if due is None or due > timezone.now() or is_under_way(JOB):
        return False
    start(JOB, SYSTEM)
    return True
