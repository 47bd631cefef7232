"""Whether files conform to the preservation format they claim: a claim alone is never a pass."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .adapters import verapdf

PDF_A = "PDF/A"


def longterm_verdicts(family: str, paths: Sequence[Path]) -> tuple[list[tuple[Path, str]], int]:
    """What a validator says of files of one family that claim to conform.

    Args:
        family: name of the family (``PDF/A``).
        paths: the files.

    Returns:
        Files that do not conform with why, and how many nobody could judge.
    """
    if family != PDF_A or not verapdf.is_configured():
        return [], len(paths)
    broken: list[tuple[Path, str]] = []
    unknown = 0
    for path, conforms in verapdf.validate(paths):
        if conforms is None:
            unknown += 1
        elif not conforms:
            broken.append((path, "veraPDF 判为不符合"))
    return broken, unknown
