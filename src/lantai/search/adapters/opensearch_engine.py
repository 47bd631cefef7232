"""The distributed engine: an OpenSearch cluster, one index a generation behind one alias.

Entries are routed by fonds and year, so that what is asked of one fonds in one year asks one
shard. A rebuild fills an index of its own; the alias moves to it in one step. The cluster
refreshes when told to: what a batch writes and drops becomes visible together.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

from opensearchpy import OpenSearch, helpers
from opensearchpy.exceptions import NotFoundError, OpenSearchException, RequestError

from lantai.core.errors import Invalid, Unavailable
from lantai.core.language import gettext as _

from ..engine import EXACT, FACETS, EngineResult, IndexEntry, Reach, SearchRequest, most_values
from ..fields import TEXT_FIELDS, tokens_of
from ..names import keys_of
from ..packing import pack, sort_key, unpack
from . import opensearch_query as ask

BULK = 1_000
"""Entries sent in one call."""
_NAMES_LOOKED_AT = 200
_TOO_MANY = "too many nested clauses"
_ALL_AT_ONCE = 65_000  # buckets a shard: its top twenty alone would be added up wrong
_LONGEST_ROUTING = 2_000  # characters of an address, of which a node takes 4,096
STATE_S = 5.0
"""How long an answer may be taken for what the cluster would say now."""
_NUMBERS = ("from_day", "to_day", "year", "years", "filed_year", "changed", "sort_key")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the cluster is and how the index lies in it.

    Attributes:
        addresses: of its nodes, with name and password where it asks for them; any may be down.
        name: of the alias; several installations may share a cluster under names of their own.
        shards: pieces of the index.
        replicas: copies of each piece, as far as there are nodes for them.
    """

    addresses: tuple[str, ...]
    name: str = "lantai"
    shards: int = 3
    replicas: int = 1


class OpenSearchEngine:
    """A :class:`~lantai.search.engine.SearchEngine` on a cluster.

    Args:
        cluster: where it is.
        generation: the index to use; the one behind the alias by default.
    """

    def __init__(self, cluster: Cluster, *, generation: str = "") -> None:
        self.cluster = cluster
        self._fixed = generation
        self._there = self._whole = False
        self._client: Any = OpenSearch(
            list(cluster.addresses),
            timeout=60,
            max_retries=4,
            retry_on_timeout=True,
            retry_on_status=(500, 502, 503),  # 500: a shard's node died in the middle of a search
        )

    def write(self, entries: Iterable[IndexEntry], gone: Sequence[str] = ()) -> int:
        """Adds or replaces entries, drops those gone, and makes both visible."""
        with self.filling() as put:
            written = put(entries)
            for some in _some(gone):
                self._send(_dropped(self._standing(some)))
            return written

    @contextmanager
    def filling(self) -> Iterator[Callable[[Iterable[IndexEntry]], int]]:
        """Takes any number of batches; visible at the end. What broke off before may show in part."""
        fresh = self.count() == 0
        yield lambda entries: self._put(entries, fresh=fresh)
        with self._asking():
            self._client.indices.refresh(index=self._index())

    def search(self, request: SearchRequest) -> EngineResult:
        """Answers a request; the total is exact."""
        body = {
            "query": ask.whole(request),
            "size": request.size + 1,
            "track_total_hits": True,
            "_source": ["entry"],
            **ask.page(request),
            **({"aggs": {name: _FACET_COUNTS[name] for name in request.facets}} if request.facets else {}),
        }
        with self._asking():
            answer = self._client.search(body=body, index=self._index(), params=_routed(request))
        hits = answer["hits"]["hits"]
        shown = hits[: request.size]
        return EngineResult(
            total=int(answer["hits"]["total"]["value"]),
            hits=tuple(unpack(hit["_source"]["entry"]) for hit in shown),
            next=ask.way_on(shown[-1]) if len(hits) > request.size else "",
            facets={name: _buckets(answer["aggregations"][name]) for name in request.facets},
        )

    def names(self, beginning: str, reach: tuple[Reach, ...], size: int) -> list[tuple[str, int]]:
        """Names whose key begins so, counted within reach, the most frequent first."""
        counted = {
            "terms": {
                "field": "name",
                "include": _literally(beginning) + ".*",
                "size": _NAMES_LOOKED_AT,
                "shard_size": _ALL_AT_ONCE,
            }
        }
        body = {"query": ask.visible(reach), "size": 0, "aggs": {"names": counted}}
        with self._asking():
            answer = self._client.search(body=body, index=self._index())
        return _buckets(answer["aggregations"]["names"])[:size]

    def count(self) -> int:
        """Entries held."""
        with self._asking():
            return int(self._client.count(index=self._index())["count"])

    def as_of(self) -> Hashable:
        """The hour by a clock that ticks every few seconds: what others wrote meanwhile, nobody told us."""
        return int(time.monotonic() / STATE_S)

    def clear(self) -> None:
        """Empties the index in use, by a new one in its place."""
        coming = self.next_generation()
        coming.take_over()

    def expunge(self) -> bool:
        """Has every segment that holds something dropped merged without it; not while another generation is filled."""
        index = self._index()
        with self._asking():
            if self._beside():
                return False
            every = {"index.merge.policy.expunge_deletes_allowed": 0}
            self._client.indices.put_settings(index=index, body=every)
            self._client.indices.forcemerge(
                index=index, params={"only_expunge_deletes": "true", "request_timeout": 3600}
            )
        return True

    def is_whole(self) -> bool:
        """Whether the index in use says that it holds every record."""
        if not self._whole:
            with self._asking():
                (index,) = self._client.indices.get_mapping(index=self._index()).values()
            self._whole = bool(index["mappings"].get("_meta", {}).get("whole"))
        return self._whole

    def is_current(self) -> bool:
        """It is: what a cluster's index holds has not changed."""
        return True

    def mark_whole(self) -> None:
        """Writes so into the index in use."""
        with self._asking():
            self._client.indices.put_mapping(index=self._index(), body={"_meta": {"whole": True}})

    def next_generation(self) -> OpenSearchEngine:
        """An empty index beside the one in use, for a rebuild; what a rebuild that died left is removed."""
        last = max((int(name.rpartition("-")[2]) for name in self._generations()), default=1)
        with self._asking():
            for name in self._beside():
                self._client.indices.delete(index=name, params={"ignore_unavailable": "true"})
        return OpenSearchEngine(self.cluster, generation=self._named(last + 1))

    def take_over(self) -> None:
        """Moves the alias to this generation, whole now, and removes the others."""
        self.mark_whole()
        with self._asking():
            mine = self._index()
            others = [name for name in self._generations() if name != mine]
            moved: list[dict[str, Any]] = [{"add": {"index": mine, "alias": self.cluster.name}}]
            moved += [
                {"remove": {"index": name, "alias": self.cluster.name, "must_exist": False}}
                for name in others
            ]
            self._client.indices.update_aliases(body={"actions": moved})
            for name in others:
                self._client.indices.delete(index=name, params={"ignore_unavailable": "true"})
        self._fixed = ""

    def discard(self) -> None:
        """Takes this generation off, unless it has taken over; what cannot be, the next rebuild removes."""
        if self._fixed:
            with suppress(Unavailable), self._asking():
                self._client.indices.delete(index=self._fixed, params={"ignore_unavailable": "true"})

    def state(self) -> tuple[str, int]:
        """``green``, ``yellow`` or ``red``, and how many nodes there are."""
        with self._asking():
            health = self._client.cluster.health(index=self._index())
        return str(health["status"]), int(health["number_of_nodes"])

    def remove(self) -> None:
        """Takes every generation off the cluster."""
        with self._asking():
            for name in self._generations():
                self._client.indices.delete(index=name)
        self._there = self._whole = False

    def _put(self, entries: Iterable[IndexEntry], *, fresh: bool) -> int:
        written = 0
        for some in _some(entries):
            standing = {} if fresh else self._standing([entry.record_id for entry in some])
            moved = {
                e.record_id: standing[e.record_id]
                for e in some
                if standing.get(e.record_id, _route(e)) != _route(e)
            }
            self._send([*_dropped(moved), *map(_action, some, tokens_of(some))])
            written += len(some)
        return written

    def _send(self, actions: Sequence[dict[str, Any]]) -> None:
        with self._asking():
            for is_done, told in helpers.streaming_bulk(
                self._client,
                actions,
                chunk_size=BULK,
                max_retries=5,
                initial_backoff=1,
                raise_on_error=False,
                index=self._index(),
                require_alias=not self._fixed,  # or the cluster makes an index of its own invention
            ):
                if not is_done and told.get("delete", {}).get("result") != "not_found":
                    raise helpers.BulkIndexError("not written", [told])

    def _standing(self, ids: Sequence[str]) -> dict[str, str]:
        """Where those of the entries that are held stand: routing by id."""
        body = {"query": {"ids": {"values": list(ids)}}, "size": len(ids), "_source": False}
        with self._asking():
            found = self._client.search(body=body, index=self._index())
        return {hit["_id"]: hit["_routing"] for hit in found["hits"]["hits"]}

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """What the cluster cannot do, in the words of whoever can mend it; what is there is looked at anew."""
        try:
            yield
        except OpenSearchException as error:
            if _TOO_MANY in str(error):
                raise Invalid(
                    _("这个查询太复杂，检索集群不接受。"),
                    remedy=_("请减少几个词，或者只写其中最要紧的几个字。"),
                ) from error
            self._there = self._whole = False
            raise Unavailable(
                _("检索集群没有应答，或者拒绝了请求。"),
                subject=str(error)[:300],
                remedy=_("用 lantai doctor 查看集群状态；建档与入库不受影响，恢复后会自动补上索引。"),
            ) from error

    def _index(self) -> str:
        """The index in use or the alias; made if it is not there."""
        wanted = self._fixed or self.cluster.name
        if not self._there:
            with self._asking():
                if not self._client.indices.exists(index=wanted):
                    self._make(self._fixed or self._named(1))
            self._there = True
        return wanted

    def _make(self, name: str) -> None:
        aliases: dict[str, Any] = {} if self._fixed else {"aliases": {self.cluster.name: {}}}
        settings = {
            "number_of_shards": self.cluster.shards,
            "auto_expand_replicas": f"0-{self.cluster.replicas}",
            "refresh_interval": "-1",
        }
        try:
            self._client.indices.create(
                index=name, body={"settings": settings, "mappings": _MAPPINGS, **aliases}
            )
        except RequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    def _generations(self) -> list[str]:
        name = self.cluster.name
        with self._asking():
            try:
                there = self._client.indices.get(index=f"{name}-0*")
            except NotFoundError:
                return []
        return [index for index in there if re.fullmatch(re.escape(name) + r"-\d{6}", index)]

    def _beside(self) -> set[str]:
        """Generations that are not in use: being filled, or left by who died filling them."""
        with self._asking():
            return set(self._generations()) - set(self._client.indices.get(index=self._index()))

    def _named(self, number: int) -> str:
        return f"{self.cluster.name}-{number:06d}"


def _mappings() -> dict[str, Any]:
    text = {"type": "text", "analyzer": "whitespace"}
    plain = {"type": "text", "analyzer": "whitespace", "norms": False}
    properties: dict[str, Any] = dict.fromkeys(TEXT_FIELDS, text)
    properties |= {f"{name}_one": plain for name in TEXT_FIELDS}
    properties |= {key: {"type": "keyword"} for key in (*EXACT, "name")}
    properties |= {key: {"type": "long"} for key in _NUMBERS}
    properties["entry"] = {"type": "keyword", "index": False, "doc_values": False}
    return {
        "dynamic": False,
        "_routing": {"required": True},
        "_source": {"includes": ["entry"]},
        "properties": properties,
    }


_MAPPINGS = _mappings()
_FACET_COUNTS = {
    name: {"terms": {"field": name, "size": most_values(name), "shard_size": _ALL_AT_ONCE}} for name in FACETS
}


def _route(entry: IndexEntry) -> str:
    return f"{entry.fonds}/{entry.date_start.year if entry.date_start else ''}"


def _routed(request: SearchRequest) -> dict[str, str]:
    """Which shards can hold what is asked for, where few fonds and years are chosen; which copy of each.

    Copies of a shard score a little differently, by what was dropped from each and not yet merged away:
    a list is walked on the copies it was begun on, chosen by what is asked.
    """
    chosen = dict(request.filters)
    places = [f"{fonds}/{int(year)}" for fonds in chosen.get("fonds", ()) for year in chosen.get("year", ())]
    copy = {"preference": f"q{zlib.crc32(repr(request.question).encode('utf-8', 'replace')):08x}"}
    routing = ",".join(places)
    told_apart = places and routing.count(",") < len(places) and len(quote(routing)) <= _LONGEST_ROUTING
    return copy | ({"routing": routing} if told_apart else {})


def _action(entry: IndexEntry, tokens: Sequence[str]) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_id": entry.record_id,
        "_routing": _route(entry),
        "_source": _document(entry, tokens),
    }


def _dropped(places: dict[str, str]) -> list[dict[str, Any]]:
    return [{"_op_type": "delete", "_id": name, "_routing": place} for name, place in places.items()]


def _document(entry: IndexEntry, tokens: Sequence[str]) -> dict[str, Any]:
    """The entry as the cluster takes it."""
    texts = dict(zip(TEXT_FIELDS, tokens, strict=True))
    document: dict[str, Any] = {
        **texts,
        **{f"{name}_one": " ".join([token[0] for token in text.split()]) for name, text in texts.items()},
        "name": keys_of(entry),
        "changed": entry.changed,
        "sort_key": sort_key(entry),
        "entry": pack(entry).decode(),
        **{name: getattr(entry, name) for name in EXACT},
    }
    if entry.date_start and entry.date_end:
        document["from_day"], document["to_day"] = entry.date_start.toordinal(), entry.date_end.toordinal()
        document["year"] = entry.date_start.year
        document["years"] = list(range(entry.date_start.year, entry.date_end.year + 1))
    if entry.year is not None:
        document["filed_year"] = entry.year
    return document


def _buckets(answer: Any) -> list[tuple[str, int]]:
    return [(str(found["key"]), int(found["doc_count"])) for found in answer["buckets"]]


def _literally(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter == "\t" else f"\\{letter}" for letter in text)


def _some(items: Iterable[Any]) -> Iterator[list[Any]]:
    walk = iter(items)
    while some := list(islice(walk, BULK)):
        yield some
