"""What a search engine must do, whichever it is. One contract suite runs against every adapter."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .language import Question


class IndexEntry(NamedTuple):
    """A record as the index holds it. Text is as people read it; the engine folds it.

    ``pages`` holds one string a page, of documents whose text is known; ``page_numbers`` the number of
    each in its own document, where they do not simply count from one. ``date_start`` and
    ``date_end`` are the ends of the record's dating; both are ``None`` where nothing is known.
    ``year`` is the year it is filed under (年度), which rights go by; it may differ from the date's.
    ``changed`` is when the record was made or last changed, seconds since 1970.
    The remaining fields are what facets count and what decides who may see the entry.
    """

    record_id: str
    title: str
    reference_code: str = ""
    responsible: str = ""
    document_number: str = ""
    date_text: str = ""
    date_start: date | None = None
    date_end: date | None = None
    pages: tuple[str, ...] = ()
    page_count: int = 0
    fonds: str = ""
    category: str = ""
    custodian: str = ""
    agency: str = ""
    department: str = ""
    classification: str = ""
    opening_mark: str = ""
    year: int | None = None
    changed: int = 0
    page_numbers: tuple[int, ...] = ()


FACETS = ("fonds", "category", "opening_mark", "year")
"""What results are counted by."""
MOST_YEARS, MOST_VALUES = 400, 20


def most_values(facet: str) -> int:
    """Of how many values of a facet it is told how many results have each, the most frequent first."""
    return MOST_YEARS if facet == "year" else MOST_VALUES


EXACT = ("fonds", "category", "custodian", "agency", "department", "classification", "opening_mark")
"""Fields of an entry that are asked for by their whole value."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One set of entries somebody may see: all conditions hold. Empty conditions do not restrict.

    ``terms`` maps a field of :class:`IndexEntry` to the values allowed; ``without`` names records that
    are not to be seen whatever the index says of them; without ``texts`` they are found by their
    description alone, not by what their documents say.
    """

    terms: tuple[tuple[str, frozenset[str]], ...] = ()
    since_year: int | None = None
    until_year: int | None = None
    without: frozenset[str] = frozenset()
    texts: bool = True


class Alternative(NamedTuple):
    """A question to the entries of some reaches that are in none of others."""

    question: Question
    reach: tuple[Reach, ...]
    but: tuple[Reach, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is asked of the engine.

    Attributes:
        question: the parsed query.
        reach: an entry is visible if any of these holds; no reach, nothing visible.
        filters: chosen facet values, ``(field, values)``; ``year`` values are decimal strings.
        sort: ``relevance``, ``date`` or ``-date``.
        after: cursor of the page before, from :attr:`EngineResult.next`.
        size: hits on a page, 1 to 100.
        facets: what results are counted by, names of :data:`FACETS`.
        changed_since: only entries whose record changed after that moment, seconds since 1970.
    """

    question: Question
    reach: tuple[Reach, ...]
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sort: str = "relevance"
    after: str = ""
    size: int = 20
    facets: tuple[str, ...] = FACETS
    changed_since: int | None = None

    def __post_init__(self) -> None:
        """Refuses a filter that no engine knows.

        Raises:
            Invalid: no such facet, or a year that is none.
        """
        for name, values in self.filters:
            if name not in FACETS and values:
                raise Invalid(
                    _("不能按“%(name)s”筛选。") % {"name": name},
                    remedy=_("可用：%(facets)s。") % {"facets": "、".join(FACETS)},
                )
            if name == "year" and not all(value.isdecimal() and len(value) <= 4 for value in values):
                raise Invalid(_("年份应为四位数字。"), subject=" ".join(values))

    @property
    def order(self) -> str:
        """``sort``; the newest first where nothing is asked that an entry could be relevant to."""
        return "-date" if self.sort == "relevance" and self.question.is_empty else self.sort

    @property
    def alternatives(self) -> list[Alternative]:
        """What is asked, of which entries: the question itself of those whose documents may be read."""
        read, told = (tuple(one for one in self.reach if one.texts is texts) for texts in (True, False))
        others = [Alternative(self.question.of_descriptions(), told, read)] if told else []
        return [Alternative(self.question, read), *others]


@dataclass(frozen=True, slots=True)
class EngineResult:
    """Hits in order, with the count of all entries that match and are visible."""

    total: int
    hits: tuple[IndexEntry, ...]
    next: str = ""
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


class SearchEngine(Protocol):
    """An index of entries."""

    def write(self, entries: Iterable[IndexEntry], gone: Sequence[str] = ()) -> int:
        """Adds or replaces entries, drops those gone, and makes it visible. Returns entries written."""
        ...

    def filling(self) -> AbstractContextManager[Callable[[Iterable[IndexEntry]], int]]:
        """Takes any number of batches, visible together at the end; for filling an index anew."""
        ...

    def search(self, request: SearchRequest) -> EngineResult:
        """Answers a request."""
        ...

    def names(self, beginning: str, reach: tuple[Reach, ...], size: int) -> list[tuple[str, int]]:
        """Names (:mod:`~lantai.search.names`) whose key begins so, with the entries in reach that hold each.

        The most frequent first, then by key; what nobody in reach may see is not among them.
        """
        ...

    def count(self) -> int:
        """How many entries the index holds."""
        ...

    def as_of(self) -> Hashable:
        """Another one whenever an answer may be another one."""
        ...

    def clear(self) -> None:
        """Empties the index."""
        ...

    def expunge(self) -> bool:
        """Leaves no byte of dropped entries where the index lies; may take as long as filling it anew.

        Returns whether it did: not while another generation is being filled, which then takes over.
        """
        ...
