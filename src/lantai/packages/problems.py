"""Findings a reader makes about a package; standard codes are filled in by the inspection."""

from __future__ import annotations

from lantai.core.findings import Finding, Outcome

DOCUMENTS = "auth.pkg.docs"
READABLE = "use.meta.readable"
BARRIER = "use.pkg.barrier"
UNSAFE = "sec.pkg.unsafe"
STRUCTURE = "int.pkg.structure"


def failure(key: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
    """Something that has to be mended before the package can be taken."""
    return Finding(key, "", "", subject, Outcome.FAIL, expected, observed, remedy)


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
