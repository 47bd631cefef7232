"""Reports in the database: saved once, signed by people, read as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction

from lantai.core.actors import Actor
from lantai.core.digests import digest_bytes
from lantai.core.errors import Conflict, Invalid
from lantai.core.findings import Finding, Outcome
from lantai.core.identifiers import new_id
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.ledger.api import append
from lantai.records.api import insert_values

from .lines import lines_of, score_of, unchecked_keys
from .models import ManualDecision, Report, ReportFinding
from .registry import plan
from .report import ItemReport, PackageReport

_FINDING = [
    "id",
    "report",
    "sequence",
    "item_number",
    "item_title",
    "key",
    "code",
    "clause",
    "nature",
    "subject",
    "outcome",
    "blocking",
    "item_returned",
    "expected",
    "observed",
    "remedy",
]
"""Fields of a finding, as :func:`_row` gives their values."""
MAX_EVIDENCE_BYTES = 8 * 2**20


@transaction.atomic
def save_report(
    report: PackageReport, *, subject: str, title: str = "", organisation_id: UUID | None = None
) -> Report:
    """Stores a report in the caller's transaction; the caller writes the ledger.

    Args:
        report: the finished report.
        subject: what was inspected, as the ledger writes it: ``submission:<id>``.
        title: what was inspected, for people.
        organisation_id: whose package it is; its people may read the report.
    """
    stored = Report.objects.create(
        subject=subject,
        title=title,
        organisation_id=organisation_id,
        stage=report.stage,
        kind=report.kind,
        verdict=report.verdict,
        item_count=report.item_count,
        accepted_count=report.accepted_count,
        counts=report.counts,
        results=report.results,
        plan_version=report.plan_version,
        plan=list(report.plan),
        input_digest=report.input_digest,
        started_at=report.started_at,
        finished_at=report.finished_at,
    )
    planned = {rule["key"] for rule in report.plan}
    blocking = {rule["key"] for rule in report.plan if rule["blocking"]}
    blocking |= {
        finding.key
        for finding in report.all_findings
        if finding.key not in planned and report.stage in plan().rule_of(finding.key).blocking
    }
    rows = (
        _row(
            stored,
            place,
            finding,
            item,
            blocking=finding.key in blocking,
            returned=not report.accepted or not (item is None or item.accepted),
        )
        for place, (item, finding) in enumerate(_findings(report))
    )
    insert_values(ReportFinding, _FINDING, rows)
    return stored


def standing_verdict(report: Report) -> Outcome:
    """Whether what was taken in stands, with what people signed since.

    Items that were sent back are not held against those that were accepted. A person's refusal
    of a check counts for the whole report.
    """
    decided = dict(report.decisions.values_list("key", "outcome"))
    if Outcome.FAIL in decided.values():
        return Outcome.FAIL
    kept = report.findings.filter(item_returned=False)
    if kept.filter(outcome=Outcome.FAIL, blocking=True).exists() or not report.accepted_count:
        return Outcome.FAIL
    if kept.filter(outcome=Outcome.AWAITING).exclude(key__in=decided).exists():
        return Outcome.AWAITING
    return Outcome.PASS


def awaiting_keys(report: Report) -> list[str]:
    """Checks of what was taken in that wait for a person, in the report's order."""
    waiting = (
        report.findings.filter(outcome=Outcome.AWAITING, item_returned=False)
        .exclude(key__in=report.decisions.values("key"))
        .order_by("sequence")
        .values_list("key", flat=True)
    )
    return list(dict.fromkeys(waiting))


def signable_keys(report: Report) -> list[str]:
    """Checks a person may sign: what holds the verdict back first, then what is 未检."""
    waiting = awaiting_keys(report)
    return [*waiting, *(key for key in unchecked_keys(report) if key not in waiting)]


@transaction.atomic
def sign_manual(
    *,
    report: Report,
    key: str,
    actor: Actor,
    outcome: Outcome,
    note: str,
    evidence: tuple[str, bytes] | None = None,
) -> ManualDecision:
    """Signs what the automatic inspection left to a person (人工检测).

    Args:
        report: the report the check stands in.
        key: the check.
        actor: who signs.
        outcome: passed or failed.
        note: how it was checked, with what tool.
        evidence: name and bytes of a file that shows it (a photograph, a protocol), if any.

    Raises:
        Forbidden: the actor may not sign for this organisation.
        Invalid: neither passed nor failed, no word on how it was checked, or too large a file.
        Conflict: the check does not wait for anybody.
    """
    require(actor, "inspection.sign", Scope(organisation_id=report.organisation_id), subject=report.title)
    if outcome not in {Outcome.PASS, Outcome.FAIL}:
        raise Invalid(_("人工检测只能签署“通过”或“不通过”。"), subject=key)
    if not note.strip():
        raise Invalid(
            _("请写明怎样检测、用什么工具。"),
            subject=key,
            remedy=_("如：用本机杀毒软件全盘扫描，未发现病毒。"),
        )
    name, content = evidence or ("", b"")
    if len(content) > MAX_EVIDENCE_BYTES:
        raise Invalid(_("佐证文件超过 8 MB。"), subject=name, remedy=_("请压缩图片，或只附检测记录的一页。"))
    locked = Report.objects.select_for_update().get(id=report.id)
    if key not in signable_keys(locked):
        raise Conflict(_("这一项不等待人工签署，或已有人签署。"), subject=key, remedy=_("请刷新页面查看。"))
    decision = ManualDecision.objects.create(
        report=locked,
        key=key,
        outcome=outcome,
        note=note.strip(),
        decided_by=actor.id,
        decided_by_name=actor.name,
        evidence_name=name[:255],
        evidence=content,
        evidence_sm3=digest_bytes(content).sm3 if content else "",
    )
    append(
        act="inspection.sign",
        actor=actor,
        subject=locked.subject,
        after={"report": str(locked.id), "key": key, "outcome": str(outcome), "note": decision.note}
        | ({"evidence": decision.evidence_sm3} if content else {}),
    )
    return decision


def report_json(report: Report) -> dict[str, Any]:
    """The report as stable JSON keys; findings in order, passes only as counts."""
    return {
        "id": str(report.id),
        "subject": report.subject,
        "title": report.title,
        "stage": report.stage,
        "kind": report.kind,
        "verdict": report.verdict,
        "standing": str(standing_verdict(report)),
        "item_count": report.item_count,
        "accepted_count": report.accepted_count,
        "counts": report.counts,
        "results": report.results,
        "score": score_of(report),
        "plan_version": report.plan_version,
        "lines": [line.as_dict() for line in lines_of(report)],
        "input_digest": report.input_digest,
        "started_at": report.started_at.isoformat(),
        "finished_at": report.finished_at.isoformat(),
        "plan": report.plan,
        "findings": [
            {"item": row.item_number, **as_finding(row).as_dict()} for row in report.findings.iterator()
        ],
        "decisions": [
            {
                "key": decision.key,
                "outcome": decision.outcome,
                "note": decision.note,
                "evidence": decision.evidence_name,
                "evidence_sm3": decision.evidence_sm3,
                "decided_by": decision.decided_by_name,
                "decided_at": decision.decided_at.isoformat(),
            }
            for decision in report.decisions.all()
        ],
    }


def as_finding(row: ReportFinding) -> Finding:
    """A stored line as the finding it was."""
    return Finding(
        row.key,
        row.code,
        row.clause,
        row.subject,
        Outcome(row.outcome),
        row.expected,
        row.observed,
        row.remedy,
    )


def _findings(report: PackageReport) -> Iterator[tuple[ItemReport | None, Finding]]:
    for finding in report.findings:
        yield None, finding
    for item in report.items:
        for finding in item.findings:
            yield item, finding


def _row(
    report: Report, place: int, finding: Finding, item: ItemReport | None, *, blocking: bool, returned: bool
) -> tuple[object, ...]:
    """The values of a finding, in the order of ``_FINDING``."""
    return (
        new_id().hex,
        report.id.hex,
        place,
        item.item.number if item else None,
        _clean(item.item.title)[:500] if item else "",
        finding.key,
        finding.code,
        finding.clause,
        plan().rule_of(finding.key).nature,
        _clean(finding.subject),
        str(finding.outcome),
        blocking,
        returned,
        _clean(finding.expected),
        _clean(finding.observed),
        finding.remedy,
    )


def _clean(text: str) -> str:
    """Text a database can hold: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "␀").encode("utf-8", "replace").decode("utf-8")
