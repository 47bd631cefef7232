"""The yardstick: a plain scan over entries that answers what any engine must answer.

It shares the folding and the query language with the engines, not their tokens or index; the
contract suite and ``lantai bench search`` hold every engine to its counts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate
from operator import attrgetter

from .engine import Alternative, IndexEntry, Reach, SearchRequest
from .language import Clause, Question
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


def _source(clause: Clause) -> str:
    """A pattern for a clause's text or places; it matches nothing where nothing is left to look for."""
    if clause.places:
        return "".join(f"[{re.escape(place)}]" if place else "[^\0\1]" for place in clause.places)
    wanted = bare_code(clause.text) if clause.field == "code" else bare(clause.text)
    return re.escape(wanted) or "(?!)"


def _text_test(clause: Clause) -> Test:
    text_of = attrgetter(clause.field)
    pattern = re.compile(_source(clause))
    return lambda found: pattern.search(text_of(found)) is not None


def _date_test(clause: Clause) -> Test:
    since, until = clause.since or date.min, clause.until or date.max

    def dated(found: Scanned) -> bool:
        start, end = found.entry.date_start, found.entry.date_end
        return start is not None and end is not None and end >= since and start <= until

    return dated


def _clause_test(clause: Clause) -> Test:
    tests = [_text_test(clause)] if clause.text or clause.places else []
    if clause.since or clause.until:
        tests.append(_date_test(clause))
    return tests[0] if len(tests) == 1 else lambda found: any(test(found) for test in tests)


def within(entry: IndexEntry, reach: Reach) -> bool:
    """Whether an entry is one of those that may be seen."""
    if any(getattr(entry, name) not in values for name, values in reach.terms):
        return False
    if entry.record_id in reach.without:
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
    tests = [_matcher(request, asked) for asked in request.alternatives]
    return tests[0] if len(tests) == 1 else lambda found: any(test(found) for test in tests)


def _matcher(request: SearchRequest, asked: Alternative) -> Test:
    groups = [[_clause_test(clause) for clause in group] for group in asked.question.groups]
    excluded = [_clause_test(clause) for clause in asked.question.excluded]
    filters = [(name, values) for name, values in request.filters if values]
    since = request.changed_since

    def matches(found: Scanned) -> bool:
        return (
            all(any(test(found) for test in group) for group in groups)
            and not any(test(found) for test in excluded)
            and any(within(found.entry, one) for one in asked.reach)
            and not any(within(found.entry, one) for one in asked.but)
            and all(_chosen(found.entry, name, values) for name, values in filters)
            and (since is None or found.entry.changed > since)
        )

    return matches


class Block:
    """Many entries scanned at once: every clause is looked for in one long text, once.

    Answers as :func:`matcher` does, some ten times as fast for many requests.
    """

    def __init__(self, entries: Iterable[IndexEntry]) -> None:
        self._scanned = [scan(entry) for entry in entries]
        self._texts: dict[str, tuple[str, list[int]]] = {}
        self._held: dict[Clause, set[int]] = {}
        self._seen: dict[SearchRequest, set[int]] = {}

    def count(self, request: SearchRequest) -> int:
        """How many entries answer a request and may be seen."""
        return len(set().union(*(self._found(request, asked) for asked in request.alternatives)))

    def _found(self, request: SearchRequest, asked: Alternative) -> set[int]:
        found = self._visible(request, asked.reach)
        if asked.but:
            found = found - self._visible(request, asked.but)
        for group in asked.question.groups:
            found = found & set().union(*map(self._holding, group))
        return found.difference(*map(self._holding, asked.question.excluded))

    def _visible(self, request: SearchRequest, reach: tuple[Reach, ...]) -> set[int]:
        every = tuple(replace(one, texts=True) for one in reach)
        bare_request = SearchRequest(Question(), every, request.filters, changed_since=request.changed_since)
        if bare_request not in self._seen:
            self._seen[bare_request] = self._passing(matcher(bare_request))
        return self._seen[bare_request]

    def _passing(self, test: Test) -> set[int]:
        return {place for place, found in enumerate(self._scanned) if test(found)}

    def _holding(self, clause: Clause) -> set[int]:
        if clause not in self._held:
            found: set[int] = set()
            if clause.text or clause.places:
                found |= self._with_text(clause)
            if clause.since or clause.until:
                found |= self._passing(_date_test(clause))
            self._held[clause] = found
        return self._held[clause]

    def _with_text(self, clause: Clause) -> set[int]:
        text, starts = self._joined(clause.field)
        pattern = re.compile(_source(clause))
        found: set[int] = set()
        at = 0
        while match := pattern.search(text, at):
            place = bisect_right(starts, match.start()) - 1
            found.add(place)
            at = starts[place + 1] if place + 1 < len(starts) else len(text)
        return found

    def _joined(self, name: str) -> tuple[str, list[int]]:
        """The texts of one field, one after the other, and where each begins."""
        if name not in self._texts:
            texts = [f"{getattr(found, name)}\1" for found in self._scanned]
            self._texts[name] = "".join(texts), [0, *accumulate(map(len, texts[:-1]))]
        return self._texts[name]
