"""PostgreSQL's own full text as a peer: the same entries, the same questions, in the same run.

It is given the same bared pairs as ``simple`` text vectors with a GIN index; what it has no way to
ask (names by their sound) is left out and counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db import connection

from lantai.search.api import HELD_IN, TEXT_FIELDS, Clause, IndexEntry, phrase_in, tokens_of

from .entries import entries
from .search import BATCH, Notice, Query, percentile

TABLE = "bench_search_peer"
_COLUMNS = ("key", *TEXT_FIELDS, "open", "days", "day")
_ALWAYS = (date(1, 1, 1), date(9999, 12, 30))


def available() -> bool:
    """Whether the platform's data lie in PostgreSQL."""
    return connection.vendor == "postgresql"


def measure(number: int, queries: Sequence[Query], truth: Sequence[int], notice: Notice) -> dict[str, Any]:
    """Fills a table with an index, asks what can be asked, and drops the table.

    Args:
        number: entries.
        queries: the mix.
        truth: the true count of each query.
        notice: told the step, how much is done and how much there is.
    """
    asked = [(query, right) for query, right in zip(queries, truth, strict=True) if _askable(query)]
    with connection.cursor() as cursor:
        _create(cursor)
        try:
            filled_s = _fill(cursor, number, notice)
            took, wrong = _ask(cursor, asked, notice)
            cursor.execute(f"SELECT pg_total_relation_size('{TABLE}')")
            size = cursor.fetchone()[0]
        finally:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
    return {
        "engine": "postgresql full text",
        "queries": len(asked),
        "entries_per_s": round(number / filled_s, 1),
        "p50_ms": percentile(took, 50),
        "p95_ms": percentile(took, 95),
        "wrong_counts": wrong,
        "index_bytes": size,
    }


def _askable(query: Query) -> bool:
    question = query.request(facets=()).question
    return not any(clause.places for clause in (*question.clauses, *question.excluded))


def _create(cursor: Any) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
    vectors = ", ".join(f"{name} tsvector" for name in TEXT_FIELDS)
    cursor.execute(
        f"CREATE UNLOGGED TABLE {TABLE} (key bigint, {vectors}, open boolean, days daterange, day date)"
    )


def _fill(cursor: Any, number: int, notice: Notice) -> float:
    """By COPY, then the indexes: the fastest way PostgreSQL has.

    Returns:
        Seconds it took; inventing the entries is not counted.
    """
    cursor.execute("SET maintenance_work_mem = '512MB'")
    cursor.execute("SET work_mem = '256MB'")  # no list of matches is thinned out for want of room
    spent_s = 0.0
    for start in range(0, number, BATCH):
        stop = min(start + BATCH, number)
        made = list(entries(start, stop))
        begun = time.perf_counter()
        with cursor.copy(f"COPY {TABLE} ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
            for key, (entry, texts) in enumerate(zip(made, tokens_of(made), strict=True), start):
                copy.write_row(_row(key, entry, texts))
        spent_s += time.perf_counter() - begun
        notice("peer", stop, number)
    begun = time.perf_counter()
    for name in TEXT_FIELDS:
        cursor.execute(f"CREATE INDEX ON {TABLE} USING gin ({name})")
    cursor.execute(f"CREATE INDEX ON {TABLE} USING gist (days)")
    cursor.execute(f"CREATE INDEX ON {TABLE} (day, key)")
    cursor.execute(f"ANALYZE {TABLE}")
    return spent_s + time.perf_counter() - begun


def _row(key: int, entry: IndexEntry, texts: Sequence[str]) -> tuple[Any, ...]:
    vectors = [_vector(tokens.split()) for tokens in texts]
    first, last = entry.date_start, entry.date_end
    days = f"[{first},{last}]" if first and last else None
    return key, *vectors, entry.opening_mark == "open", days, first


def _vector(tokens: Iterable[str]) -> str:
    """A text vector in its own notation: every token with its places."""
    places: dict[str, list[str]] = {}
    for place, token in enumerate(tokens, 1):
        places.setdefault(token, []).append(str(min(place, 16_383)))
    return " ".join(f"{_quoted(token)}:{','.join(found[:255])}" for token, found in places.items())


def _quoted(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"


def _ask(cursor: Any, asked: Sequence[tuple[Query, int]], notice: Notice) -> tuple[list[float], int]:
    took: list[float] = []
    wrong = 0
    for place, (query, right) in enumerate(asked, 1):
        where, values = _where(query)
        order = {"date": "day, key", "-date": "day DESC, key DESC"}.get(query.sort, "key")
        started = time.perf_counter()
        cursor.execute(f"SELECT key FROM {TABLE} WHERE {where} ORDER BY {order} LIMIT 20", values)  # noqa: S608
        cursor.fetchall()
        cursor.execute(f"SELECT count(*) FROM {TABLE} WHERE {where}", values)  # noqa: S608
        (counted,) = cursor.fetchone()
        took.append((time.perf_counter() - started) * 1000)
        wrong += counted != right
        notice("peer_queries", place, len(asked))
    return took, wrong


def _where(query: Query) -> tuple[str, list[Any]]:
    question = query.request(facets=()).question
    parts, values = ["open"], []
    for group in question.groups:
        tests = [test for clause in group for test in _tests(clause)]
        parts.append(f"({' OR '.join(sql for sql, _value in tests)})")
        values += [value for _sql, value in tests]
    for clause in question.excluded:
        tests = list(_tests(clause))
        parts.append(f"NOT ({' OR '.join(sql for sql, _value in tests)})")
        values += [value for _sql, value in tests]
    return " AND ".join(parts), values


def _tests(clause: Clause) -> Iterator[tuple[str, Any]]:
    if clause.text:
        for name in HELD_IN[clause.field]:
            if query := _tsquery(name, clause.text):
                yield f"{name} @@ %s::tsquery", query
    if clause.since or clause.until:
        yield "days && %s::daterange", f"[{clause.since or _ALWAYS[0]},{clause.until or _ALWAYS[1]}]"


def _tsquery(name: str, text: str) -> str:
    """A phrase in PostgreSQL's notation: each token at its distance from the one before."""
    found = phrase_in(name, text)
    if found is None:
        return ""
    (before, token), *others = found.tokens
    query = _quoted(token) + (":*" if found.open_end else "")
    for place, token in others:
        query += f" <{place - before}> {_quoted(token)}"
        before = place
    return query
