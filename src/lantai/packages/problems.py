"""Findings a reader makes about a package; standard codes are filled in by the inspection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from lantai.core.findings import Finding, Outcome

DOCUMENTS = "auth.pkg.docs"
READABLE = "use.meta.readable"
BARRIER = "use.pkg.barrier"
UNSAFE = "sec.pkg.unsafe"
STRUCTURE = "int.pkg.structure"
NOT_OPENED = "符号链接、特殊文件或打不开的文件夹，未打开"
MOST_ALIKE = 500
"""Findings of one rule that are told one by one; of the others, how many there are."""


def failure(key: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
    """Something that has to be mended before the package can be taken."""
    return Finding(key, "", "", subject, Outcome.FAIL, expected, observed, remedy)


def unopened(name: str) -> Finding:
    """What lies in a package and is never opened: links, devices, sockets, folders that do not open."""
    remedy = "请用文件本身替换链接后重新打包。"
    return failure(UNSAFE, name, "普通文件", NOT_OPENED, remedy)


def warning(key: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
    """Something told that holds nothing back."""
    return Finding(key, "", "", subject, Outcome.WARN, expected, observed, remedy)


def structural(
    code: str,
    clause: str,
    subject: str,
    expected: str,
    observed: str,
    remedy: str,
    outcome: Outcome = Outcome.FAIL,
) -> Finding:
    """What a rule of the package's own standard has to say.

    Args:
        code: the rule's id in its standard, such as ``CSIP4`` or ``RFC 8493 2.1.3``.
        clause: standard and clause, such as ``E-ARK CSIP 2.2``.
        subject: the file or element it is about.
        expected: what the rule asks for.
        observed: what was there.
        remedy: what to do next.
        outcome: ``WARN`` for what the standard only recommends, ``AWAITING`` for what a program
            cannot decide.
    """
    return Finding(STRUCTURE, code, clause, subject, outcome, expected, observed, remedy)


def capped(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings with those that a rule repeats without end told as one, whatever a sender contrives."""
    counts: Counter[tuple[str, str, Outcome]] = Counter()
    last: dict[tuple[str, str, Outcome], Finding] = {}
    for finding in findings:
        kind = (finding.key, finding.code, finding.outcome)
        counts[kind] += 1
        if counts[kind] <= MOST_ALIKE:
            yield finding
        else:
            last[kind] = finding
    for kind, finding in last.items():
        more = counts[kind] - MOST_ALIKE
        yield replace(finding, subject=f"另有 {more} 处，最后一处为 {finding.subject}")
