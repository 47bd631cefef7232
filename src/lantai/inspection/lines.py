"""Every check of a report as a line: how it ended, on what evidence, what it cannot see; and the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from .models import ManualDecision, Report
from .report import PackageReport

UNCHECKED = "unchecked"
"""未检: a person has to do it, and nobody has signed yet."""
_WORST_FIRST = ("fail", "awaiting", "warn", "pass", "not_applicable")


class _Decision(Protocol):
    key: str
    outcome: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check of the plan as a report tells it.

    Attributes:
        state: an outcome, or ``unchecked`` until a person signs.
        counts: how many results of each outcome.
        share: passes over applicable results, 0 to 1; ``None`` where nothing applied.
    """

    key: str
    code: str
    name: str
    nature: str
    method: str
    state: str
    counts: Mapping[str, int]
    weight: int
    blocking: bool
    blind: str
    share: float | None

    def as_dict(self) -> dict[str, Any]:
        """The line, JSON-ready."""
        return asdict(self)


def lines_of(report: Report | PackageReport) -> list[CheckLine]:
    """Every check in the plan of a report, in the order of the standard."""
    decisions = {decision.key: decision for decision in _decisions(report)}
    return [
        _line(rule, report.results.get(rule["key"], {}), decisions.get(rule["key"]))
        for rule in report.plan
        if rule["in_plan"]
    ]


def score_of(report: Report | PackageReport) -> float | None:
    """Weighted passes over what applied, 0 to 100 with one decimal; ``None`` for reports without results.

    What does not apply counts for nothing; what awaits a person counts as not passed.
    """
    if not report.results:
        return None
    applied = [(line.weight, line.share) for line in lines_of(report) if line.share is not None]
    total = sum(weight for weight, _share in applied)
    return round(100 * sum(weight * share for weight, share in applied) / total, 1) if total else None


def unchecked_keys(report: Report) -> list[str]:
    """Manual checks of the plan nobody has signed, in the order of the standard."""
    return [line.key for line in lines_of(report) if line.state == UNCHECKED]


def _line(rule: Mapping[str, Any], counts: Mapping[str, int], decision: _Decision | None) -> CheckLine:
    state = str(decision.outcome) if decision else _state(rule, counts)
    return CheckLine(
        rule["key"],
        rule["code"],
        rule["name"],
        rule["nature"],
        rule["method"],
        state,
        counts,
        rule.get("weight", 1),
        rule["blocking"],
        rule.get("blind", ""),
        _share(state, counts, signed=decision is not None),
    )


def _state(rule: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    found = next((outcome for outcome in _WORST_FIRST if counts.get(outcome)), "")
    if rule["method"] == "manual" and found in {"", "awaiting"}:
        return UNCHECKED
    return found or "not_applicable"


def _share(state: str, counts: Mapping[str, int], *, signed: bool) -> float | None:
    if state == "not_applicable":
        return None
    passed = counts.get("pass", 0) + counts.get("warn", 0)
    applied = passed + counts.get("fail", 0) + counts.get("awaiting", 0)
    if state == UNCHECKED or (signed and state == "fail"):
        return 0.0
    if signed:
        passed += counts.get("awaiting", 0)
    return passed / applied if applied else 1.0


def _decisions(report: Report | PackageReport) -> Sequence[ManualDecision]:
    return list(report.decisions.defer("evidence")) if isinstance(report, Report) else []
