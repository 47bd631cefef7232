"""The embedded engine: tantivy, one index folder, one writer at a time.

An index is a generation, a folder of its own; the file ``current`` names the one in use, so
that a rebuild fills the next generation while this one serves. Any process may write, one at
a time, held apart by a file lock; readers see a commit at their next search.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import tantivy

from lantai.core.errors import Invalid, Unavailable
from lantai.core.language import gettext as _
from lantai.core.numerals import read_count

from ..engine import FACETS, EngineResult, IndexEntry, Reach, SearchRequest
from ..language import Clause
from ..text import TokenPhrase, code_phrase, code_tokens, phrase, tokens

WRITER_HEAP_BYTES = 192 * 2**20
DEEPEST_RELEVANCE = 10_000
_TEXT = ("all", "title", "responsible")
_CODES = ("code", "number")
_EXACT = (
    "fonds",
    "category",
    "custodian",
    "agency",
    "department",
    "classification",
    "opening_mark",
)
_SPECIAL = re.compile(r"([\\.+*?()|\[\]{}^$#&\-~])")
_ALL_AT_ONCE = 65_000  # the engine's own default keeps too few buckets a segment and counts wrong


def _schema() -> Any:
    build = tantivy.SchemaBuilder()
    build.add_text_field("id", tokenizer_name="raw", index_option="basic")
    build.add_text_field("chars", tokenizer_name="spaces", index_option="basic")
    for name in (*_TEXT, *_CODES):
        build.add_text_field(name, tokenizer_name="spaces", index_option="position")
    for name in _EXACT:
        build.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("from_day", "to_day", "year", "filed_year", "sort_key"):
        build.add_integer_field(name, fast=True)
    build.add_bytes_field("entry", stored=True)
    return build.build()


def _sort_key(entry: IndexEntry) -> int:
    """Days first, then bits of the id: unique, so that lists can be walked by it to any depth."""
    day = entry.date_start.toordinal() if entry.date_start else 0
    return day << 40 | UUID(entry.record_id).int & (2**40 - 1)


_NAMES = tuple(field.name for field in fields(IndexEntry))
_values = attrgetter(*_NAMES)


def _pack(entry: IndexEntry) -> bytes:
    return json.dumps(_values(entry), default=str, ensure_ascii=False, separators=(",", ":")).encode()


def _unpack(stored: bytes) -> IndexEntry:
    values = dict(zip(_NAMES, json.loads(bytes(stored)), strict=True))
    for name in ("date_start", "date_end"):
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    values["pages"] = tuple(values["pages"])
    return IndexEntry(**values)


def _document(entry: IndexEntry) -> Any:
    title = tokens(entry.title)
    responsible = tokens(entry.responsible)
    number = tokens(entry.document_number)
    gap = ["\u241f"]  # no phrase runs from one field or page into the next
    pages = [token for page in entry.pages for token in (*gap, *tokens(page))]
    everything = title + gap + responsible + gap + number + pages
    values: dict[str, Any] = {
        "id": entry.record_id,
        "all": " ".join(everything),
        "chars": " ".join({token[0] for token in everything}),
        "title": " ".join(title),
        "responsible": " ".join(responsible),
        "code": " ".join(code_tokens(entry.reference_code)),
        "number": " ".join(code_tokens(entry.document_number)),
        "sort_key": _sort_key(entry),
        "entry": _pack(entry),
    }
    if entry.date_start and entry.date_end:
        values["from_day"] = entry.date_start.toordinal()
        values["to_day"] = entry.date_end.toordinal()
        values["year"] = entry.date_start.year
    if entry.year is not None:
        values["filed_year"] = entry.year
    values |= {name: getattr(entry, name) for name in _EXACT}
    return tantivy.Document.from_dict(values)


class _Translator:
    """From a parsed question to the engine's query objects."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema

    def request(self, request: SearchRequest) -> Any:
        """The whole request but its paging."""
        must, must_not = tantivy.Occur.Must, tantivy.Occur.MustNot
        parts = [(must, self._either([self.clause(c) for c in group])) for group in request.question.groups]
        parts += [
            (tantivy.Occur.Should, tantivy.Query.boost_query(title, 3.0)) for title in self._titles(request)
        ]
        parts += [(must_not, self.clause(c)) for c in request.question.excluded]
        parts += [(must, self._filter(name, values)) for name, values in request.filters if values]
        parts.append((must, self._unscored(self._either([self.reach(reach) for reach in request.reach]))))
        return tantivy.Query.boolean_query(parts)

    def clause(self, clause: Clause) -> Any:
        """Text, or dates, or either."""
        found = []
        if clause.text:
            found.append(self._text(clause))
        if clause.since or clause.until:
            found.append(self._unscored(self._overlap(clause.since, clause.until)))
        return self._either(found)

    def reach(self, reach: Reach) -> Any:
        """One set of entries somebody may see."""
        must = tantivy.Occur.Must
        parts = [
            (must, tantivy.Query.term_set_query(self.schema, name, sorted(values)))
            for name, values in reach.terms
        ]
        if reach.since_year or reach.until_year:
            low = reach.since_year if reach.since_year is not None else None
            parts.append((must, self.range("filed_year", low, reach.until_year)))
        return tantivy.Query.boolean_query(parts) if parts else tantivy.Query.all_query()

    def _titles(self, request: SearchRequest) -> list[Any]:
        clauses = [clause for group in request.question.groups for clause in group]
        return [
            self._phrase("title", found)
            for clause in clauses
            if clause.field == "any" and clause.text and (found := phrase(clause.text))
        ]

    def _text(self, clause: Clause) -> Any:
        name = "all" if clause.field == "any" else clause.field
        found = code_phrase(clause.text) if name in _CODES else phrase(clause.text)
        return self._phrase(name, found) if found else tantivy.Query.empty_query()

    def _phrase(self, name: str, found: TokenPhrase) -> Any:
        if len(found.tokens) == 1:
            token = found.tokens[0]
            if not found.open_end:
                return tantivy.Query.term_query(self.schema, name, token)
            if name == "all":
                return tantivy.Query.term_query(self.schema, "chars", token, "basic")
            return tantivy.Query.regex_query(self.schema, name, self._escape(token) + ".?")
        if found.open_end:
            words: list[Any] = [*map(self._escape, found.tokens[:-1]), self._escape(found.tokens[-1]) + ".?"]
            return tantivy.Query.regex_phrase_query(self.schema, name, words)
        return tantivy.Query.phrase_query(self.schema, name, list(found.tokens))

    def _overlap(self, since: date | None, until: date | None) -> Any:
        must = tantivy.Occur.Must
        parts = [(must, self.range("to_day", since.toordinal() if since else 1, None))]
        if until:
            parts.append((must, self.range("from_day", None, until.toordinal())))
        return tantivy.Query.boolean_query(parts)

    def _filter(self, name: str, values: Sequence[str]) -> Any:
        if name not in FACETS:
            raise Invalid(
                _("不能按“%(name)s”筛选。") % {"name": name},
                remedy=_("可用：%(facets)s。") % {"facets": "、".join(FACETS)},
            )
        if name == "year":
            if not all(value.isdecimal() and len(value) <= 4 for value in values):
                raise Invalid(_("年份应为四位数字。"), subject=" ".join(values))
            years = [self.range("year", int(value), int(value)) for value in values]
            return self._unscored(self._either(years))
        return self._unscored(tantivy.Query.term_set_query(self.schema, name, list(values)))

    def range(self, name: str, low: int | None, high: int | None) -> Any:
        """Values of a number field, both ends included."""
        return tantivy.Query.range_query(self.schema, name, tantivy.FieldType.Integer, low, high)

    def _unscored(self, query: Any) -> Any:
        return tantivy.Query.const_score_query(query, 0.0)

    def _either(self, queries: list[Any]) -> Any:
        if len(queries) == 1:
            return queries[0]
        if not queries:
            return tantivy.Query.empty_query()
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])

    def _escape(self, token: str) -> str:
        return _SPECIAL.sub(r"\\\1", token)


class TantivyEngine:
    """A :class:`~lantai.search.engine.SearchEngine` in a folder.

    Args:
        folder: where the generations lie; made if it is not there.
        generation: which one to use; the one in ``current`` by default.
    """

    def __init__(self, folder: Path, *, generation: str = "") -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._fixed = generation
        self._open = ("", 0.0)
        self._index: Any = None

    def write(self, entries: Iterable[IndexEntry], gone: Sequence[str] = ()) -> int:
        """Adds or replaces entries, drops those gone, commits once."""
        with self._writer() as (writer, fresh):
            for record_id in gone:
                writer.delete_documents_by_term("id", record_id)
            written = 0
            for entry in entries:
                if not fresh:
                    writer.delete_documents_by_term("id", entry.record_id)
                writer.add_document(_document(entry))
                written += 1
            writer.commit()
        return written

    def search(self, request: SearchRequest) -> EngineResult:
        """Answers a request; the total is exact."""
        index = self._reader()
        translate = _Translator(index.schema)
        query = translate.request(request)
        searcher = index.searcher()
        if request.sort == "relevance" and request.question.is_empty:
            request = replace(request, sort="-date")
        page = self._by_relevance if request.sort == "relevance" else self._by_date
        total, addresses, cursor = page(index, searcher, query, request)
        return EngineResult(
            total=total,
            hits=tuple(_unpack(searcher.doc(address).get_first("entry")) for address in addresses),
            next=cursor,
            facets=self._facets(searcher, query) if request.facets else {},
        )

    def count(self) -> int:
        """Entries held."""
        return int(self._reader().searcher().num_docs)

    def clear(self) -> None:
        """Empties the index in use."""
        with self._writer() as (writer, _fresh):
            writer.delete_all_documents()
            writer.commit()

    def next_generation(self) -> TantivyEngine:
        """An empty index beside the one in use, for a rebuild."""
        numbers = [int(path.name) for path in self.folder.iterdir() if path.name.isdecimal()]
        name = f"{max([*numbers, int(self._generation())]) + 1:06d}"
        return TantivyEngine(self.folder, generation=name)

    def take_over(self) -> None:
        """Makes this generation the one in use and removes the others."""
        pointer = self.folder / "current.new"
        pointer.write_text(self._generation(), encoding="ascii")
        pointer.replace(self.folder / "current")
        for path in self.folder.iterdir():
            if path.name.isdecimal() and path.name != self._generation():
                shutil.rmtree(path, ignore_errors=True)
        self._fixed = ""

    def _by_relevance(
        self, _index: Any, searcher: Any, query: Any, request: SearchRequest
    ) -> tuple[int, list[Any], str]:
        offset = read_count(request.after, 18) or 0
        if offset > DEEPEST_RELEVANCE:
            raise Invalid(_("按相关度只能翻到第 10,000 件。"), remedy=_("请改按日期排序，或增加检索词。"))
        found = searcher.search(query, limit=request.size + 1, count=True, offset=offset)
        more = len(found.hits) > request.size
        addresses = [address for _score, address in found.hits[: request.size]]
        return found.count, addresses, str(offset + request.size) if more else ""

    def _by_date(
        self, index: Any, searcher: Any, query: Any, request: SearchRequest
    ) -> tuple[int, list[Any], str]:
        newest_first = request.sort == "-date"
        order = tantivy.Order.Desc if newest_first else tantivy.Order.Asc
        page = query
        key = read_count(request.after, 18)
        if key is not None:
            bounds = (None, key - 1) if newest_first else (key + 1, None)
            beyond = _Translator(index.schema).range("sort_key", *bounds)
            must = tantivy.Occur.Must
            page = tantivy.Query.boolean_query([(must, query), (must, beyond)])
        found = searcher.search(
            page, limit=request.size + 1, count=not request.after, order_by_field="sort_key", order=order
        )
        total = found.count if not request.after else searcher.search(query, limit=1, count=True).count
        hits = found.hits[: request.size]
        more = len(found.hits) > request.size
        return total, [address for _key, address in hits], str(hits[-1][0]) if more else ""

    def _facets(self, searcher: Any, query: Any) -> dict[str, list[tuple[str, int]]]:
        asked = {
            name: {
                "terms": {
                    "field": name,
                    "size": 400 if name == "year" else 20,
                    "segment_size": _ALL_AT_ONCE,
                }
            }
            for name in FACETS
        }
        answer = searcher.aggregate(query, asked)
        return {name: [_bucket(found) for found in answer[name]["buckets"]] for name in FACETS}

    def _generation(self) -> str:
        if self._fixed:
            return self._fixed
        pointer = self.folder / "current"
        return pointer.read_text(encoding="ascii") if pointer.exists() else "000001"

    def _reader(self) -> Any:
        """The index in use, reloaded if a commit came since."""
        path = self.folder / self._generation()
        meta = path / "meta.json"
        stamp = meta.stat().st_mtime_ns if meta.exists() else 0
        if self._index is None or self._open[0] != str(path):
            self._index = self._open_index(path)
        elif stamp != self._open[1]:
            self._index.reload()
        self._open = (str(path), stamp)
        return self._index

    def _open_index(self, path: Path) -> Any:
        path.mkdir(parents=True, exist_ok=True)
        try:
            index = tantivy.Index(_schema(), path=str(path))
        except ValueError as error:
            raise Unavailable(
                _("检索索引打不开。"),
                subject=str(path),
                remedy=_("运行 lantai index rebuild 重建；档案本身不受影响。"),
            ) from error
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer("spaces", analyzer)
        return index

    @contextmanager
    def _writer(self) -> Iterator[tuple[Any, bool]]:
        """A writer that no other process has; what fails is rolled back."""
        with (self.folder / "writer.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            index = self._reader()
            writer = index.writer(heap_size=WRITER_HEAP_BYTES, num_threads=1)
            try:
                yield writer, index.searcher().num_docs == 0
            except BaseException:
                writer.rollback()
                raise
            finally:
                writer.wait_merging_threads()


def _bucket(found: dict[str, Any]) -> tuple[str, int]:
    key = found["key"]
    return (str(int(key)) if isinstance(key, float) else str(key)), int(found["doc_count"])
