"""How fast the index fills and answers, and whether every count is right."""

from __future__ import annotations

import json
import math
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lantai.search.api import ENGINES, FACETS, Block, Reach, SearchEngine, SearchRequest, parse

from .entries import BLOCK, DATA, entries

PUBLIC = (Reach((("opening_mark", frozenset({"open"})),)),)
BATCH = 10_000
Notice = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Query:
    """One line of the committed mix."""

    kind: str
    text: str
    sort: str

    def request(self, *, facets: tuple[str, ...]) -> SearchRequest:
        """The query as the public asks it."""
        return SearchRequest(parse(self.text), PUBLIC, sort=self.sort, facets=facets)


Peer = Callable[[int, Sequence[Query], Sequence[int], Notice], dict[str, Any]]


def mix() -> list[Query]:
    """The committed queries.

    Phrases of two to eight characters (40 %), AND (20 %), year ranges, code fragments, era dates
    with names and traditional forms, and sorted lists (10 % each).
    """
    lines = (DATA / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return [Query(**json.loads(line)) for line in lines]


def measure(
    number: int,
    notice: Notice,
    folder: Path | None = None,
    kind: str = "tantivy",
    peer: Peer | None = None,
    peer_entries: int | None = None,
) -> dict[str, Any]:
    """Indexes ``number`` invented entries, asks the mix, checks every count by a plain scan.

    Args:
        number: entries.
        notice: told the step, how much is done and how much there is.
        folder: where the index is built; a temporary one by default, removed afterwards.
        kind: which engine, a key of ``ENGINES``.
        peer: does the same work in the same run, given the true counts; its figures stand under ``peer``.
        peer_entries: it is given at most so many; all of them by default.
    """
    where = folder or Path(tempfile.mkdtemp(prefix="lantai-bench-"))
    queries, loaded = mix(), min(number, peer_entries or number)
    engine = ENGINES[kind](where)
    try:
        filled_s = fill(engine, number, notice)
        plain_ms, totals = _ask(engine, queries, notice, facets=())
        facet_ms, _totals = _ask(engine, queries, notice, facets=FACETS)
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = sum(path.stat().st_size for path in where.rglob("*") if path.is_file()) or None
    finally:
        if remove := getattr(engine, "remove", None):
            remove()
        if folder is None:
            shutil.rmtree(where, ignore_errors=True)
    truth = true_counts(queries, number, notice)
    wrong = wrong_counts(queries, totals, truth)
    return {
        "engine": kind,
        "entries": number,
        "queries": len(queries),
        "entries_per_s": round(number / filled_s, 1),
        "p50_ms": percentile(plain_ms, 50),
        "p95_ms": percentile(plain_ms, 95),
        "p99_ms": percentile(plain_ms, 99),
        "facet_p95_ms": percentile(facet_ms, 95),
        "mean_hits": round(statistics.mean(totals)),
        "wrong_counts": len(wrong),
        "wrong": wrong[:5],
        "index_bytes": size,
        "peak_rss_mib": round(peak_mib, 1),
        "peer": _beside(peer, number, loaded, queries, truth, notice) if peer else None,
        "cpus": os.cpu_count(),
    }


def _beside(
    peer: Peer, number: int, loaded: int, queries: Sequence[Query], truth: Sequence[int], notice: Notice
) -> dict[str, Any]:
    """The peer's figures over the first entries, of which it is given ``loaded``."""
    right = truth if loaded == number else true_counts(queries, loaded, notice)
    return {"entries": loaded, **peer(loaded, queries, right, notice)}


def fill(engine: SearchEngine, number: int, notice: Notice) -> float:
    """Fills an engine with the first ``number`` entries.

    Returns:
        Seconds until all of them could be found; inventing them is not counted.
    """
    spent_s = 0.0
    with engine.filling() as put:
        for start in range(0, number, BATCH):
            made = list(entries(start, min(start + BATCH, number)))
            begun = time.perf_counter()
            put(made)
            spent_s += time.perf_counter() - begun
            notice("index", start + len(made), number)
        begun = time.perf_counter()
    return spent_s + time.perf_counter() - begun


def _ask(
    engine: SearchEngine, queries: Sequence[Query], notice: Notice, *, facets: tuple[str, ...]
) -> tuple[list[float], list[int]]:
    requests = [query.request(facets=facets) for query in queries]
    for request in requests:
        engine.search(request)
    took: list[float] = []
    totals: list[int] = []
    for place, request in enumerate(requests, 1):
        started = time.perf_counter()
        found = engine.search(request)
        took.append((time.perf_counter() - started) * 1000)
        totals.append(found.total)
        notice("facets" if facets else "queries", place, len(requests))
    return took, totals


def true_counts(queries: Sequence[Query], number: int, notice: Notice) -> list[int]:
    """What each query finds among the first ``number`` entries, by plain scan in all processors."""
    truth = [0] * len(queries)
    done = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        spans = list(_spans(number))
        for span, counts in zip(spans, pool.map(_count_block, spans), strict=True):
            truth = [a + b for a, b in zip(truth, counts, strict=True)]
            done += span[1] - span[0]
            notice("truth", done, number)
    return truth


def wrong_counts(
    queries: Sequence[Query], totals: Sequence[int], truth: Sequence[int]
) -> list[dict[str, Any]]:
    """The queries that were answered with another count than the true one."""
    return [
        {"query": query.text, "counted": counted, "truth": right}
        for query, counted, right in zip(queries, totals, truth, strict=True)
        if counted != right
    ]


def _spans(number: int) -> Iterator[tuple[int, int]]:
    step = 20 * BLOCK
    for start in range(0, number, step):
        yield start, min(start + step, number)


def _count_block(span: tuple[int, int]) -> list[int]:
    block = Block(entries(*span))
    return [block.count(query.request(facets=())) for query in mix()]


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that ``percent`` of all do not exceed, in two decimals."""
    ordered = sorted(values)
    return round(ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)], 2)
