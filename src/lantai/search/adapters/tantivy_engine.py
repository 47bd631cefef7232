"""The embedded engine: tantivy, one index folder, one writer at a time.

An index is a generation, a folder of its own; the file ``current`` names the one in use, so
that a rebuild fills the next generation while this one serves. Any process may write, one at
a time, held apart by a file lock; readers see a commit at their next search.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import tantivy

from lantai.core.numerals import read_count

from ..engine import EngineResult, IndexEntry, Reach, SearchRequest, most_values
from ..packing import LARGEST_KEY, unpack
from ..tallies import Place, Remembered, Tally, counted, facets_among, walked
from .tantivy_fields import documents
from .tantivy_folder import NO_COMMIT, Stamp, opened, readable, stamp_of, writable
from .tantivy_query import Translator

WRITER_HEAP_BYTES = 128 * 2**20
FILLING_HEAP_BYTES = 768 * 2**20
"""A segment is as large as the heap: fewer of them, and less to merge while an index is filled."""
WHOLE = "whole"
_TOTAL = "total"
_NAMES_LOOKED_AT = 200
_COPIED_AT_ONCE = 5_000
_TAKEN_AT_ONCE = 500
_FIRST = "000001"
_ALL_AT_ONCE = 65_000  # the engine's own default keeps too few buckets a segment and counts wrong


class TantivyEngine:
    """A :class:`~lantai.search.engine.SearchEngine` in a folder.

    Args:
        folder: where the generations lie; made if it is not there.
        generation: which one to use; the one in ``current`` by default.
        remembers: how many counts, and how many pages of answers, are kept while nothing is written.
    """

    def __init__(self, folder: Path, *, generation: str = "", remembers: int = 0) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._fixed = generation
        self._tallies = Remembered[Tally](remembers)
        self._places = Remembered[Place](remembers)
        self._names = Remembered[list[tuple[str, int]]](remembers)
        self._open = ("", NO_COMMIT)
        self._index: Any = None
        self._looked: tuple[tuple[str, Stamp], Any, Any] = (self._open, None, None)

    def write(self, entries: Iterable[IndexEntry], gone: Sequence[str] = ()) -> int:
        """Adds or replaces entries, drops those gone, commits once."""
        with self._writer() as (writer, standing):
            for record_id in gone:
                writer.delete_documents_by_term("id", record_id)
            return _put(writer, entries, standing)

    @contextmanager
    def filling(self) -> Iterator[Callable[[Iterable[IndexEntry]], int]]:
        """Takes any number of batches and commits once, at the end: segments are made once and large."""
        with self._writer(FILLING_HEAP_BYTES) as (writer, standing):
            yield lambda entries: _put(writer, entries, standing)

    def search(self, request: SearchRequest) -> EngineResult:
        """Answers a request; the total is exact."""
        index, searcher = self._look()
        tally = self._tallies.recall(searcher, counted(request))
        place = self._places.recall(searcher, walked(request))
        if not place or not tally:
            page = self._by_relevance if request.order == "relevance" else self._by_date
            total, place = page(Translator(index.schema, searcher), request, tally)
            tally = tally or (self._tally(index, searcher, request) if total is None else Tally(total))
            self._places.keep(searcher, walked(request), place)
        hits = tuple(unpack(bytes(searcher.doc(at).get_first("entry"))) for at in place.addresses)
        if len(hits) == tally.total:
            facets = facets_among(hits, request.facets)
        else:
            tally = self._with_facets(index, searcher, request, tally)
            facets = {name: tally.facets[name] for name in request.facets}
        self._tallies.keep(searcher, counted(request), tally)
        return EngineResult(tally.total, hits, place.cursor, facets)

    def names(self, beginning: str, reach: tuple[Reach, ...], size: int) -> list[tuple[str, int]]:
        """Names whose key begins so, counted within reach, the most frequent first."""
        index, searcher = self._look()
        found = self._names.recall(searcher, (beginning, reach))
        if found is None:
            visible = Translator(index.schema, searcher).visible(reach)
            standing = searcher.terms_with_prefix(
                "name", beginning, filter_query=visible, limit=_NAMES_LOOKED_AT
            )
            found = sorted(standing, key=lambda item: (-item[1], item[0]))
            self._names.keep(searcher, (beginning, reach), found)
        return found[:size]

    def count(self) -> int:
        """Entries held."""
        return int(self._reader().searcher().num_docs)

    def as_of(self) -> Hashable:
        """The commit that is looked at."""
        self._reader()
        return self._open

    def clear(self) -> None:
        """Empties the index in use."""
        with self._writer() as (writer, _standing):
            writer.delete_all_documents()

    def expunge(self) -> bool:
        """Copies what is left to the next generation: the engine itself merges when it likes."""
        with self._alone():
            index, coming = self._reader(), self._following()
            if int(coming._generation()) > int(self._generation()) + 1:
                return False
            with coming._writing(FILLING_HEAP_BYTES) as (writer, standing):
                _put(writer, _all_entries(index), standing)
            if self.is_whole():
                coming.mark_whole()
            coming._become_current()
        return True

    def is_whole(self) -> bool:
        """Whether the folder in use says that it holds every record."""
        return (self.folder / self._generation() / WHOLE).exists()

    def is_current(self) -> bool:
        """Whether titles are held in threes too."""
        index, searcher = self._look()
        return bool(Translator(index.schema, searcher).in_threes)

    def mark_whole(self) -> None:
        """Leaves a file in the folder in use, which goes when the folder goes."""
        (self.folder / self._generation() / WHOLE).touch()

    def next_generation(self) -> TantivyEngine:
        """An empty index beside the one in use, for a rebuild; what a rebuild that died left is removed."""
        with self._alone():
            coming = self._following()
            self._remove_others()
        return coming

    def _following(self) -> TantivyEngine:
        numbers = [int(path.name) for path in self.folder.iterdir() if path.name.isdecimal()]
        name = f"{max([*numbers, int(self._generation())]) + 1:06d}"
        return TantivyEngine(self.folder, generation=name)

    def take_over(self) -> None:
        """Makes this generation, whole now, the one in use and removes the others."""
        self.mark_whole()
        self._become_current()

    def discard(self) -> None:
        """Leaves nothing of this generation, unless it has taken over."""
        with self._alone():
            if self._fixed:
                shutil.rmtree(self.folder / self._fixed, ignore_errors=True)

    def _become_current(self) -> None:
        pointer = self.folder / "current.new"
        pointer.write_text(self._generation(), encoding="ascii")
        pointer.replace(self.folder / "current")
        self._remove_others()
        self._fixed = ""

    def _remove_others(self) -> None:
        """Leaves this generation alone in the folder."""
        for path in self.folder.iterdir():
            if path.name.isdecimal() and path.name != self._generation():
                shutil.rmtree(path, ignore_errors=True)

    def _by_relevance(
        self, translator: Translator, request: SearchRequest, known: Tally | None
    ) -> tuple[int | None, Place]:
        """By place: entries of the same score keep their order, and every place is counted down to.

        Where those whose titles say everything fill the page, all else is only counted, with its facets.
        """
        searcher, total = translator.searcher, known.total if known else None
        place = min(read_count(request.after, 18) or 0, searcher.num_docs)
        wanted, ranks = request.size + 1, None
        if known or request.facets:
            ranks = translator.ranks(request)
        if ranks:
            hits = searcher.search(ranks[0], limit=wanted, count=False, offset=place).hits
            if len(hits) == wanted:
                return total, _place(hits, request.size, place)
            if not place:
                below = searcher.search(ranks[1], limit=wanted - len(hits), count=known is None)
                total = total if known else len(hits) + below.count
                return total, _place([*hits, *below.hits], request.size, place)
        query = translator.request(request)
        found = searcher.search(query, limit=wanted, count=known is None, offset=place)
        return (total if known else found.count), _place(found.hits, request.size, place)

    def _by_date(
        self, translator: Translator, request: SearchRequest, known: Tally | None
    ) -> tuple[int | None, Place]:
        newest_first = request.order == "-date"
        order = tantivy.Order.Desc if newest_first else tantivy.Order.Asc
        searcher, query = translator.searcher, translator.request(request, ranked=False)
        page = query
        key = read_count(request.after, 19)
        if key is not None and key < LARGEST_KEY:
            bounds = (None, key - 1) if newest_first else (key + 1, None)
            must = tantivy.Occur.Must
            page = tantivy.Query.boolean_query([(must, query), (must, translator.range("sort_key", *bounds))])
        counted = known is None and not request.after
        found = searcher.search(
            page, limit=request.size + 1, count=counted, order_by_field="sort_key", order=order
        )
        total = found.count if counted else known.total if known else _count(searcher, query)
        hits = found.hits[: request.size]
        more = len(found.hits) > request.size
        return total, Place(tuple(address for _key, address in hits), str(hits[-1][0]) if more else "")

    def _with_facets(self, index: Any, searcher: Any, request: SearchRequest, tally: Tally) -> Tally:
        """What was counted, and by those facets too that are asked for and were not counted yet."""
        lacking = tuple(name for name in request.facets if name not in tally.facets)
        if not lacking:
            return tally
        more = self._tally(index, searcher, replace(request, facets=lacking))
        return Tally(tally.total, {**tally.facets, **more.facets})

    def _tally(self, index: Any, searcher: Any, request: SearchRequest) -> Tally:
        """All that match, and the facets that are asked for, in one walk."""
        asked: dict[str, Any] = {
            name: {"terms": {"field": name, "size": most_values(name), "segment_size": _ALL_AT_ONCE}}
            for name in request.facets
        }
        asked[_TOTAL] = {"value_count": {"field": "sort_key"}}
        query = Translator(index.schema, searcher).request(request, ranked=False)
        told = searcher.aggregate(query, asked)
        counted = {name: [_bucket(found) for found in told[name]["buckets"]] for name in request.facets}
        return Tally(int(told[_TOTAL]["value"]), counted)

    def _generation(self) -> str:
        if self._fixed:
            return self._fixed
        pointer = self.folder / "current"
        told = pointer.read_bytes() if pointer.exists() else b""
        return told.decode() if told.isdigit() else _FIRST  # a power cut may have left anything

    def _reader(self) -> Any:
        """The index in use, reloaded if a commit came since; an empty one if somebody took it away."""
        path = self.folder / self._generation()
        stamp = stamp_of(path)
        if self._index is None or self._open[0] != str(path) or stamp == NO_COMMIT:
            self._index = self._open_index(path)
            stamp = stamp_of(path)
        elif stamp != self._open[1]:
            with readable(path):
                self._index.reload()
        self._open = (str(path), stamp)
        return self._index

    def _look(self) -> tuple[Any, Any]:
        """The index, and a searcher that sees one commit of it: the same one until the next commit.

        What is remembered holds for that searcher: by itself the engine turns to a new commit at any moment.
        """
        index = self._reader()
        at, standing, searcher = self._looked
        if at != self._open or standing is not index:
            at, searcher = self._open, index.searcher()
            self._looked = (at, index, searcher)
        return index, searcher

    def _open_index(self, path: Path) -> Any:
        path.mkdir(parents=True, exist_ok=True)
        with readable(path):
            index = opened(path)
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer("spaces", analyzer)
        return index

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process writes meanwhile."""
        with (self.folder / "writer.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _writer(self, heap_bytes: int = WRITER_HEAP_BYTES) -> Iterator[tuple[Any, Any]]:
        """A writer that no other process has, and a searcher of what stood before it.

        What is written is committed at the end, rolled back if anything fails.
        """
        with self._alone(), self._writing(heap_bytes) as writer:
            yield writer

    @contextmanager
    def _writing(self, heap_bytes: int) -> Iterator[tuple[Any, Any]]:
        index = self._reader()
        with writable(self.folder / self._generation()):
            writer = index.writer(heap_size=heap_bytes, num_threads=1)
            try:
                yield writer, index.searcher()
                writer.commit()
            except BaseException:
                writer.rollback()
                raise
            finally:
                writer.wait_merging_threads()


def _all_entries(index: Any) -> Iterator[IndexEntry]:
    """Every entry that is not dropped, by its key, some at a time."""
    searcher, after = index.searcher(), -1
    while True:
        beyond = Translator(index.schema, searcher).range("sort_key", after + 1, None)
        order = {"order_by_field": "sort_key", "order": tantivy.Order.Asc}
        hits = searcher.search(beyond, limit=_COPIED_AT_ONCE, count=False, **order).hits
        if not hits:
            return
        for _key, address in hits:
            yield unpack(bytes(searcher.doc(address).get_first("entry")))
        after = hits[-1][0]


def _put(writer: Any, entries: Iterable[IndexEntry], standing: Any) -> int:
    """Adds entries; an earlier one is dropped where there is one: to drop what is not there costs more."""
    written, walk = 0, iter(entries)
    while some := list(islice(walk, _TAKEN_AT_ONCE)):
        for entry, document in zip(some, documents(some), strict=True):
            if standing.doc_freq("id", entry.record_id):
                writer.delete_documents_by_term("id", entry.record_id)
            writer.add_json(document)
        written += len(some)
    return written


def _place(hits: Sequence[Any], size: int, before: int) -> Place:
    """A page of hits, of which one more than fits were asked for."""
    return Place(tuple(at for _score, at in hits[:size]), str(before + size) if len(hits) > size else "")


def _count(searcher: Any, query: Any) -> int:
    return int(searcher.search(query, limit=1, count=True).count)


def _bucket(found: dict[str, Any]) -> tuple[str, int]:
    key = found["key"]
    return (str(int(key)) if isinstance(key, float) else str(key)), int(found["doc_count"])
