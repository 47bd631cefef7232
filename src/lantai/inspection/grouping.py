"""Findings as a clerk needs them: grouped by what has to be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lantai.core.findings import Finding, Outcome

from .lines import UNCHECKED, CheckLine, lines_of, score_of
from .models import ManualDecision, Report
from .registry import STAGE_NAMES, plan
from .report import PackageReport
from .storing import as_finding, standing_verdict

MAX_SHOWN = 1000
_ORDER = {Outcome.FAIL: 0, Outcome.AWAITING: 1, Outcome.WARN: 2}
OUTCOME_NAMES: Mapping[str, str] = {
    "pass": "通过",
    "warn": "提示",
    "fail": "不通过",
    "awaiting": "待人工确认",
    "not_applicable": "不适用",
}
STATE_NAMES: Mapping[str, str] = {**OUTCOME_NAMES, UNCHECKED: "未检"}
"""How a line of a report ended, for people."""


@dataclass(slots=True)
class Task:
    """One thing to do, and the places it has to be done at."""

    remedy: str
    outcome: Outcome
    code: str
    name: str
    nature: str
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NatureLine:
    """Results of one nature (真实性 …)."""

    key: str
    name: str
    counts: Mapping[str, int]

    def number(self, outcome: str) -> int:
        """How many results of an outcome."""
        return self.counts.get(outcome, 0)


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One check of the plan with its evidence."""

    line: CheckLine
    state_name: str
    decision: ManualDecision | None

    @property
    def tallies(self) -> list[tuple[str, int]]:
        """Name and number of each outcome there was."""
        counts = self.line.counts
        return [(name, counts[outcome]) for outcome, name in OUTCOME_NAMES.items() if counts.get(outcome)]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report, stored or not, as a page and a PDF show it."""

    title: str
    stage: str
    kind: str
    verdict: Outcome
    item_count: int
    accepted_count: int
    natures: Sequence[NatureLine]
    tasks: Sequence[Task]
    not_applicable: Sequence[Finding]
    lines: Sequence[ShownLine]
    score: float | None
    plan_version: str
    outside_plan: Sequence[Mapping[str, Any]]
    inside_plan: int
    decisions: Sequence[Any]
    hidden: int
    input_digest: str
    started_at: datetime
    finished_at: datetime

    @property
    def returned_count(self) -> int:
        """Items that go back."""
        return self.item_count - self.accepted_count


def view_of_report(report: Report, nature: str = "") -> ReportView:
    """A stored report; with a nature, its findings of that nature alone."""
    rows = report.findings.all()
    if nature:
        rows = rows.filter(nature=nature)
    shown = [as_finding(row) for row in rows[:MAX_SHOWN]]
    return _view(
        report,
        title=report.title or report.subject,
        verdict=standing_verdict(report) if report.decisions.exists() else Outcome(report.verdict),
        findings=shown,
        decisions=list(report.decisions.defer("evidence")),
        hidden=max(0, rows.count() - MAX_SHOWN) if len(shown) == MAX_SHOWN else 0,
    )


def view_of_package(report: PackageReport, title: str) -> ReportView:
    """A report that was not stored."""
    findings = report.all_findings
    return _view(
        report,
        title=title,
        verdict=report.verdict,
        findings=findings[:MAX_SHOWN],
        decisions=[],
        hidden=max(0, len(findings) - MAX_SHOWN),
    )


def group_by_remedy(findings: Iterable[Finding]) -> list[Task]:
    """Findings under what has to be done, the most pressing first."""
    tasks: dict[tuple[str, str, str], Task] = {}
    rule_of = plan().rule_of
    for finding in findings:
        if finding.outcome in _ORDER:
            rule = rule_of(finding.key)
            place = finding.key, finding.remedy, finding.outcome
            task = tasks.setdefault(
                place, Task(finding.remedy, finding.outcome, finding.code, rule.name, rule.nature)
            )
            task.findings.append(finding)
    return sorted(tasks.values(), key=lambda task: _ORDER[task.outcome])


def _view(
    report: Report | PackageReport,
    *,
    title: str,
    verdict: Outcome,
    findings: Sequence[Finding],
    decisions: Sequence[Any],
    hidden: int,
) -> ReportView:
    rules: Sequence[Mapping[str, Any]] = report.plan
    signed = {decision.key: decision for decision in decisions}
    return ReportView(
        title=title,
        stage=STAGE_NAMES[report.stage],
        kind=report.kind,
        verdict=verdict,
        item_count=report.item_count,
        accepted_count=report.accepted_count,
        natures=[NatureLine(key, name, report.counts.get(key, {})) for key, name in plan().natures.items()],
        tasks=group_by_remedy(findings),
        lines=[ShownLine(line, STATE_NAMES[line.state], signed.get(line.key)) for line in lines_of(report)],
        score=score_of(report),
        plan_version=report.plan_version,
        not_applicable=[finding for finding in findings if finding.outcome is Outcome.NOT_APPLICABLE],
        outside_plan=[rule for rule in rules if not rule["in_plan"]],
        inside_plan=sum(bool(rule["in_plan"]) for rule in rules),
        decisions=decisions,
        hidden=hidden,
        input_digest=report.input_digest,
        started_at=report.started_at,
        finished_at=report.finished_at,
    )
