"""Searching, and keeping the index true to the records."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.events import undelivered
from lantai.core.language import gettext as _
from lantai.core.locks import exclusive
from lantai.core.walks import keys_by_piece
from lantai.records.api import Fonds, Record, RecordsChanged, select_values
from lantai.vault.api import RecordsErased, RecordsIngested

from .engine import FACETS, EngineResult, IndexEntry, Reach, SearchEngine, SearchRequest
from .engines import Generations, engine
from .highlight import Piece, Snippet, mark, snippet
from .language import MAX_LENGTH, Clause, Names, parse
from .meaning import alike, is_on
from .names import name_of
from .selectors import REBUILD, entries_of, hidden_among, is_refilling, reach_of
from .suggesting import correction, suggestions
from .truth import within
from .withholding import INDEX
from .wordings import with_known

MOST_INITIALS, MOST_NAMES = 8, 6
SORTS = ("relevance", "date", "-date")
BATCH = 500
LONGEST_WRITING = timedelta(minutes=1)
"""Between the moment a change bears and the one others see it."""
_LOOKED_S = 1.0
"""Longer than :func:`is_being_rebuilt` looks."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found, ready to show: text in pieces, matches marked."""

    record_id: str
    title: tuple[Piece, ...]
    reference_code: str
    responsible: str
    document_number: str
    date_text: str
    fonds: str
    opening_mark: str
    page_count: int
    snippet: Snippet | None


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value results can be narrowed to, its label, and how many it leaves."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Results:
    """An answer: exact total of what the reader may see, one page of it, and the way on."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetValue, ...]]
    next: str
    took_ms: float
    did_you_mean: str = ""
    """The query put right, where nothing was found but something else would be."""
    in_part: bool = False
    """Whether the index was lost and is being filled: there may be more than it knows of yet."""
    alike: tuple[Hit, ...] = ()
    """Those found by the meaning of their titles and not by the words; not in the total."""


def search(
    query: str,
    reader: Actor,
    *,
    filters: Mapping[str, Sequence[str]] | None = None,
    sort: str = "relevance",
    after: str = "",
    size: int = 20,
    facets: tuple[str, ...] = FACETS,
    by_meaning: bool = False,
) -> Results:
    """Answers a query for a reader; what the reader may not see neither appears nor counts.

    Args:
        query: in the query language of :mod:`lantai.search.language`.
        reader: who asks.
        filters: chosen facet values by facet.
        sort: ``relevance``, ``date`` (oldest first) or ``-date``.
        after: :attr:`Results.next` of the page before.
        size: hits on a page, 1 to 100.
        facets: what to count results by, names of :data:`~lantai.search.engine.FACETS`.
        by_meaning: whether to give those alike in meaning too, where that is set and the words find
            less than a page.

    Raises:
        Invalid: the query is too long, or a parameter is none of those above.
        Unavailable: the index cannot be opened.
    """
    if sort not in SORTS:
        raise Invalid(
            _("不能按“%(sort)s”排序。") % {"sort": sort},
            remedy=_("可用：%(sorts)s。") % {"sorts": "、".join(SORTS)},
        )
    started = time.perf_counter()
    chosen = {name: tuple(values) for name, values in (filters or {}).items() if values}
    reach = reach_of(reader)
    question = parse(query, with_known(names_in(engine(), reach)))
    request = SearchRequest(
        question,
        reach,
        tuple(chosen.items()),
        sort=sort,
        after=after,
        size=min(max(size, 1), 100),
        facets=facets,
    )
    found = engine().search(request)
    meant = "" if found.total or after else correction(engine(), query, question, reach)
    near = _alike(request, found) if by_meaning else []
    names, clauses = _fonds_names(found, near), question.clauses
    hidden = hidden_among([entry.record_id for entry in found.hits])
    return Results(
        total=found.total - len(hidden),
        hits=tuple(
            _hit(_as_read(entry, reach), clauses, names)
            for entry in found.hits
            if entry.record_id not in hidden
        ),
        facets=_facets(found, chosen, names),
        next=found.next,
        took_ms=(time.perf_counter() - started) * 1000,
        did_you_mean=meant,
        in_part=not engine().is_whole() and is_refilling(),
        alike=tuple(_hit(entry, (), names) for entry in near),
    )


def basis(reader: Actor) -> Hashable:
    """What answers to a reader rest on, but for the states of the records themselves: the same, the same answers.

    Raises:
        Unavailable: the index cannot be opened.
    """
    return engine().as_of(), reach_of(reader)


def count(
    query: str,
    reader: Actor,
    *,
    filters: Mapping[str, Sequence[str]] | None = None,
    changed_since: int | None = None,
) -> int:
    """How many records a reader finds; with ``changed_since`` (seconds since 1970) only those changed later.

    Raises:
        Invalid: the query is not understood.
        Unavailable: the index cannot be opened.
    """
    reach = reach_of(reader)
    question = parse(query, with_known(names_in(engine(), reach)))
    chosen = tuple((name, tuple(values)) for name, values in (filters or {}).items() if values)
    request = SearchRequest(question, reach, chosen, size=1, facets=(), changed_since=changed_since)
    return engine().search(request).total


def suggest(typed: str, reader: Actor, size: int = 8) -> list[str]:
    """Ways to go on from what a reader has typed so far, all from what the reader may see.

    Raises:
        Unavailable: the index cannot be opened.
    """
    reach = reach_of(reader)
    if not reach or len(typed) > MAX_LENGTH:
        return []
    return suggestions(engine(), typed, reach, names_in(engine(), reach), size)


def names_in(engine: SearchEngine, reach: tuple[Reach, ...]) -> Names:
    """From letters to the names within reach whose initials they are, the most frequent first."""

    def under(letters: str) -> list[str]:
        if not 2 <= len(letters) <= MOST_INITIALS or not letters.isalpha():
            return []
        return [name_of(kept) for kept, _count in engine.names(letters.lower() + "\t", reach, MOST_NAMES)]

    return under


def _alike(request: SearchRequest, found: EngineResult) -> list[IndexEntry]:
    """What is near in meaning; nothing where the words find so much that it could be among their next pages."""
    if not is_on() or request.after or request.order != "relevance" or found.next:
        return []
    return alike(request, {entry.record_id for entry in found.hits})


def _fonds_names(found: EngineResult, near: Sequence[IndexEntry]) -> dict[str, str]:
    keys = {hit.fonds for hit in (*found.hits, *near)} | {
        value for value, _n in found.facets.get("fonds", [])
    }
    named = select_values(Fonds, ("id", "name"), [UUID(key) for key in keys if key])
    return {str(UUID(key)): name for key, name in named}


def _as_read(entry: IndexEntry, reach: tuple[Reach, ...]) -> IndexEntry:
    """The entry without its text, where the reader may not read its documents."""
    read = [one for one in reach if one.texts]
    if len(read) == len(reach) or any(within(entry, one) for one in read):
        return entry
    return entry._replace(pages=())


def _hit(entry: IndexEntry, clauses: Sequence[Clause], fonds: Mapping[str, str]) -> Hit:
    return Hit(
        record_id=entry.record_id,
        title=mark(entry.title, clauses),
        reference_code=entry.reference_code,
        responsible=entry.responsible,
        document_number=entry.document_number,
        date_text=entry.date_text,
        fonds=fonds.get(entry.fonds, ""),
        opening_mark=entry.opening_mark,
        page_count=entry.page_count,
        snippet=snippet(entry.pages, clauses, entry.page_numbers),
    )


def _facets(
    found: EngineResult, chosen: Mapping[str, tuple[str, ...]], fonds: Mapping[str, str]
) -> dict[str, tuple[FacetValue, ...]]:
    return {
        name: tuple(
            FacetValue(value, fonds.get(value, value), count, value in chosen.get(name, ()))
            for value, count in (sorted(values) if name == "year" else values)
            if value
        )
        for name, values in found.facets.items()
    }


def index_records(record_ids: Sequence[UUID], into: SearchEngine | None = None) -> int:
    """Writes those records as they are now; repeating it changes nothing. Returns entries written.

    Many are written in one go, visible together at its end: an import is not made into thousands of
    segments, nor committed for every few hundred.

    Args:
        record_ids: which.
        into: another index than the one in use.
    """
    index = into or engine()
    wanted = dict.fromkeys(record_ids)
    if len(wanted) <= BATCH:
        return index.write(*entries_of(list(wanted)))
    written = 0
    gone: list[str] = []
    with index.filling() as put:
        for batch in _batches(wanted):
            entries, missing = entries_of(batch)
            written += put(entries)
            gone += missing
    if gone:
        index.write([], gone)
    return written


def handle_changes(events: Sequence[RecordsChanged | RecordsIngested]) -> None:
    """Takes the news of changed records from the outbox."""
    index_records([record_id for event in events for record_id in event.record_ids])


def handle_erasures(events: Sequence[RecordsErased]) -> bool:
    """Leaves nothing of erased records on the disk of the index; returns whether that is done.

    The engine drops an entry by leaving it out of answers; its words would lie there until some
    later merge.
    """
    index_records([record_id for event in events for record_id in event.record_ids])
    return engine().expunge()


def rebuild_index() -> Iterator[tuple[int, int]]:
    """Fills a new index from the records while the old one serves, then lets it take over.

    What changed meanwhile is written before the change-over, which no news comes between: what was
    withdrawn is in neither index.

    Yields:
        Entries written so far and records there are.

    Raises:
        Conflict: it is being rebuilt already.
    """
    with exclusive(REBUILD, wait_s=_LOOKED_S) as alone:
        if not alone:
            raise Conflict(
                _("检索索引正在重建。"), remedy=_("等它办完即可，进度在“任务”页；不必同时重建两次。")
            )
        coming = engine().next_generation()
        try:
            yield from _filled(coming)
        except BaseException:  # also one that is called off: a full disk is not to stay full
            coming.discard()
            raise


def _filled(coming: Generations) -> Iterator[tuple[int, int]]:
    """Fills a generation, gives it what changed meanwhile, lets it take over; yields written and all."""
    started = timezone.now()
    total, written = Record.objects.count(), 0
    with coming.filling() as put:
        for batch in keys_by_piece(Record.objects.all(), BATCH):
            entries, _gone = entries_of(batch)
            written += put(entries)
            yield written, total
    followed = _follow(coming, started)
    with undelivered(INDEX):
        _follow(coming, followed)
        coming.take_over()
    yield written, total


def is_being_rebuilt() -> bool:
    """Whether somebody fills a new index at this moment."""
    with exclusive(REBUILD) as alone:
        return not alone


def _follow(coming: SearchEngine, since: datetime) -> datetime:
    """Writes what changed since a moment, in transactions begun a little before it too; returns this moment."""
    now = timezone.now()
    changed = Record.objects.filter(changed_at__gte=since - LONGEST_WRITING)
    index_records(list(changed.values_list("id", flat=True)), coming)
    return now


def _batches(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    walk = iter(ids)
    while batch := list(islice(walk, BATCH)):
        yield batch
