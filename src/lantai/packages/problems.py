"""Findings a reader makes about a package; standard codes are filled in by the inspection."""

from __future__ import annotations

from lantai.core.findings import Finding, Outcome

DOCUMENTS = "auth.pkg.docs"
READABLE = "use.meta.readable"
BARRIER = "use.pkg.barrier"
UNSAFE = "sec.pkg.unsafe"


def failure(key: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
    """Something that has to be mended before the package can be taken."""
    return Finding(key, "", "", subject, Outcome.FAIL, expected, observed, remedy)


def warning(key: str, subject: str, expected: str, observed: str, remedy: str) -> Finding:
    """Something told that holds nothing back."""
    return Finding(key, "", "", subject, Outcome.WARN, expected, observed, remedy)
