"""The yardstick: a plain scan over entries that answers what any engine must answer.

It shares the folding and the query language with the engines, not their tokens or index; the
contract suite and ``lantai bench search`` hold every engine to its counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter

from .engine import IndexEntry, Reach, SearchRequest
from .language import Clause
from .text import HAN_CLASS, fold, is_han

_LETTER = rf"[^\W_{HAN_CLASS}]"
_BREAK = r"(?:[^\w\u0300-\u036f\0]|_)"  # \0 parts fields and pages: nothing runs across it


def _is_word(character: str) -> bool:
    return (character.isalnum() or "\u0300" <= character <= "\u036f") and not is_han(character)


@cache
def _pattern(text: str) -> re.Pattern[str] | None:
    """Han characters as they stand, other words whole; a break is asked for where one is typed."""
    parts: list[str] = []
    before, broken = "", False
    for run in re.findall(
        f"[{HAN_CLASS}]|(?:(?![{HAN_CLASS}_])\\w|[\u0300-\u036f])+|.", fold(text), re.DOTALL
    ):
        kind = "han" if is_han(run) else "word" if _is_word(run[0]) else ""
        if not kind:
            broken = True
            continue
        if before and kind == before == "han":
            parts.append(_BREAK + "+" if broken else "")
        elif before:
            parts.append(_BREAK + "*")
        parts.append(
            run if kind == "han" else rf"(?<!{_LETTER}){re.escape(run)}(?!{_LETTER}|[\u0300-\u036f])"
        )
        before, broken = kind, False
    return re.compile("".join(parts)) if parts else None


@dataclass(frozen=True, slots=True)
class Scanned:
    """An entry with its text folded, once for all questions put to it."""

    entry: IndexEntry
    any: str
    title: str
    responsible: str
    code: str
    number: str


def scan(entry: IndexEntry) -> Scanned:
    """Prepares an entry for :func:`matcher`."""
    title, responsible, number = fold(entry.title), fold(entry.responsible), fold(entry.document_number)
    return Scanned(
        entry,
        "\0".join((title, responsible, number, *map(fold, entry.pages))),
        title,
        responsible,
        "".join(fold(entry.reference_code).split()),
        "".join(number.split()),
    )


Test = Callable[[Scanned], bool]


def _text_test(clause: Clause) -> Test:
    text_of = attrgetter(clause.field)
    folded = fold(clause.text)
    if clause.field in {"code", "number"}:
        wanted = "".join(folded.split())
        return lambda found: bool(wanted) and wanted in text_of(found)
    if folded and all(map(is_han, folded)):
        return lambda found: folded in text_of(found)
    pattern = _pattern(clause.text)
    return lambda found: pattern is not None and pattern.search(text_of(found)) is not None


def _date_test(clause: Clause) -> Test:
    since, until = clause.since or date.min, clause.until or date.max

    def dated(found: Scanned) -> bool:
        start, end = found.entry.date_start, found.entry.date_end
        return start is not None and end is not None and end >= since and start <= until

    return dated


def _clause_test(clause: Clause) -> Test:
    tests = [_text_test(clause)] if clause.text else []
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

    def matches(found: Scanned) -> bool:
        return (
            all(any(test(found) for test in group) for group in groups)
            and not any(test(found) for test in excluded)
            and any(_within(found.entry, reach) for reach in request.reach)
            and all(_chosen(found.entry, name, values) for name, values in filters)
        )

    return matches
