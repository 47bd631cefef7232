"""Which table of a file is the catalogue, where nobody said: covers, notes and code lists stand beside it."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from lantai.core.errors import Invalid

from .fields import REQUIRED, find_headings, guess_columns
from .reading import Probe, probe

MOST_LOOKED_INTO = 20


def likely_table(
    path: Path, name: str, table: str, charset: str, organisation_id: UUID | None = None
) -> Probe:
    """The beginning of the table that was named; else of the first with codes and titles, else of the first.

    Raises:
        Invalid: the file cannot be read.
    """
    first = probe(path, name, table, charset)
    if table or len(first.tables) < 2 or _is_catalogue(first, organisation_id):
        return first
    for other in first.tables[:MOST_LOOKED_INTO]:
        if other == first.facts.table:
            continue
        try:
            found = probe(path, name, other, charset)
        except Invalid:
            continue
        if _is_catalogue(found, organisation_id):
            return found
    return first


def _is_catalogue(found: Probe, organisation_id: UUID | None) -> bool:
    try:
        headings = found.rows[find_headings(found.rows)]
    except Invalid:
        return False
    return set(REQUIRED) <= set(guess_columns(headings, organisation_id))
