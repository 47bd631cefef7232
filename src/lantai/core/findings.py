"""Findings: the result of checking something, as data (DA/T 70-2018 asks for result and reason)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How one check ended. Only ``PASS`` counts as passed; ``AWAITING`` waits for a person."""

    PASS = "pass"  # noqa: S105 - an outcome, no password
    WARN = "warn"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"
    AWAITING = "awaiting"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report.

    Attributes:
        key: stable key of the rule, such as ``auth.fixity``; what is stored and compared.
        code: the rule's number in its standard, such as ``GD-1-1`` (from a data file).
        clause: the standard and clause, such as ``DA/T 70-2018``.
        subject: the file, element or record the finding is about, as the reader knows it.
        outcome: see :class:`Outcome`.
        expected: what the rule asks for.
        observed: what was there.
        remedy: what to do next, in the clerk's words; empty on a pass.
    """

    key: str
    code: str
    clause: str
    subject: str
    outcome: Outcome
    expected: str = ""
    observed: str = ""
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """The finding as JSON-ready strings."""
        return {name: str(value) for name, value in asdict(self).items()}


def verdict(findings: Iterable[Finding]) -> Outcome:
    """The verdict over many findings: any fail fails, else anything awaiting awaits, else pass.

    Warnings do not hold a batch back; they are told.
    """
    outcomes = {finding.outcome for finding in findings}
    if Outcome.FAIL in outcomes:
        return Outcome.FAIL
    if Outcome.AWAITING in outcomes:
        return Outcome.AWAITING
    return Outcome.PASS
