"""The yardstick: a plain scan over entries that answers what any engine must answer.

It shares the folding and the query language with the engines, not their tokens or index; the
contract suite and ``lantai bench search`` hold every engine to its counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from .engine import IndexEntry, Reach, SearchRequest
from .language import Clause
from .text import HAN_CLASS, fold, is_han

_LETTER = rf"[^\W_{HAN_CLASS}]"
_BREAK = r"(?:[^\w\u0300-\u036f]|_)"


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


def _texts(entry: IndexEntry, name: str) -> tuple[str, ...]:
    if name == "any":
        return (entry.title, entry.responsible, entry.document_number, *entry.pages)
    return (getattr(entry, name),)


def _has_text(entry: IndexEntry, clause: Clause) -> bool:
    if clause.field in {"code", "number"}:
        code = entry.reference_code if clause.field == "code" else entry.document_number
        wanted = "".join(fold(clause.text).split())
        return bool(wanted) and wanted in "".join(fold(code).split())
    pattern = _pattern(clause.text)
    return pattern is not None and any(
        pattern.search(fold(text)) for text in _texts(entry, clause.field) if text
    )


def _dated(entry: IndexEntry, clause: Clause) -> bool:
    if not (clause.since or clause.until) or not (entry.date_start and entry.date_end):
        return False
    return (not clause.since or entry.date_end >= clause.since) and (
        not clause.until or entry.date_start <= clause.until
    )


def _answers(entry: IndexEntry, clause: Clause) -> bool:
    return (bool(clause.text) and _has_text(entry, clause)) or _dated(entry, clause)


def _within(entry: IndexEntry, reach: Reach) -> bool:
    if any(getattr(entry, name) not in values for name, values in reach.terms):
        return False
    if reach.since_year is None and reach.until_year is None:
        return True
    year = entry.date_start.year if entry.date_start else None
    return year is not None and (reach.since_year or 0) <= year <= (reach.until_year or 9999)


def matcher(request: SearchRequest) -> Callable[[IndexEntry], bool]:
    """A test for one entry: does it answer the request, and may it be seen?"""

    def chosen(entry: IndexEntry, name: str, values: tuple[str, ...]) -> bool:
        if name == "year":
            return entry.date_start is not None and str(entry.date_start.year) in values
        return getattr(entry, name) in values

    def matches(entry: IndexEntry) -> bool:
        return (
            any(_within(entry, reach) for reach in request.reach)
            and all(chosen(entry, name, values) for name, values in request.filters if values)
            and all(any(_answers(entry, clause) for clause in group) for group in request.question.groups)
            and not any(_answers(entry, clause) for clause in request.question.excluded)
        )

    return matches
