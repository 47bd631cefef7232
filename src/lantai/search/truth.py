"""The yardstick: a plain scan over entries that answers what any engine must answer.

It shares the folding and the query language with the engines, not their tokens or index; the
contract suite and ``lantai bench search`` hold every engine to its counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from .engine import IndexEntry, Reach, SearchRequest
from .language import Clause
from .text import bare, bare_code


@dataclass(frozen=True, slots=True)
class Scanned:
    """An entry with its text bared, once for all questions put to it."""

    entry: IndexEntry
    any: str
    title: str
    responsible: str
    code: str
    number: str


def scan(entry: IndexEntry) -> Scanned:
    """Prepares an entry for :func:`matcher`."""
    title, responsible, number = bare(entry.title), bare(entry.responsible), bare(entry.document_number)
    everything = "\0".join((title, responsible, number, *map(bare, entry.pages)))
    return Scanned(entry, everything, title, responsible, bare_code(entry.reference_code), number)


Test = Callable[[Scanned], bool]


def _text_test(clause: Clause) -> Test:
    text_of = attrgetter(clause.field)
    wanted = bare_code(clause.text) if clause.field == "code" else bare(clause.text)
    return lambda found: wanted in text_of(found) if wanted else False


def _places_test(clause: Clause) -> Test:
    text_of = attrgetter(clause.field)
    pattern = re.compile("".join(f"[{re.escape(place)}]" if place else "[^\0]" for place in clause.places))
    return lambda found: pattern.search(text_of(found)) is not None


def _date_test(clause: Clause) -> Test:
    since, until = clause.since or date.min, clause.until or date.max

    def dated(found: Scanned) -> bool:
        start, end = found.entry.date_start, found.entry.date_end
        return start is not None and end is not None and end >= since and start <= until

    return dated


def _clause_test(clause: Clause) -> Test:
    tests = [_text_test(clause)] if clause.text else []
    if clause.places:
        tests.append(_places_test(clause))
    if clause.since or clause.until:
        tests.append(_date_test(clause))
    return tests[0] if len(tests) == 1 else lambda found: any(test(found) for test in tests)


def _within(entry: IndexEntry, reach: Reach) -> bool:
    if any(getattr(entry, name) not in values for name, values in reach.terms):
        return False
    if reach.since_year is None and reach.until_year is None:
        return True
    year = entry.year
    return year is not None and (reach.since_year or 0) <= year <= (reach.until_year or 9999)


def _chosen(entry: IndexEntry, name: str, values: tuple[str, ...]) -> bool:
    if name == "year":
        return entry.date_start is not None and str(entry.date_start.year) in values
    return getattr(entry, name) in values


def matcher(request: SearchRequest) -> Test:
    """A test for one entry: does it answer the request, and may it be seen?"""
    groups = [[_clause_test(clause) for clause in group] for group in request.question.groups]
    excluded = [_clause_test(clause) for clause in request.question.excluded]
    filters = [(name, values) for name, values in request.filters if values]
    since = request.changed_since

    def matches(found: Scanned) -> bool:
        return (
            all(any(test(found) for test in group) for group in groups)
            and not any(test(found) for test in excluded)
            and any(_within(found.entry, reach) for reach in request.reach)
            and all(_chosen(found.entry, name, values) for name, values in filters)
            and (since is None or found.entry.changed > since)
        )

    return matches
