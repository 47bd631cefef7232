"""How well the order of answers agrees with people: nDCG over a committed set of judged questions.

Where search by meaning is installed, what is alike in meaning is put after what the words found, as
readers see it, and judged too; and so are questions that ask in other words than the records have.
"""

from __future__ import annotations

import math
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from lantai.core.dates import parse_date
from lantai.search.api import (
    ENGINES,
    MOST_ALIKE,
    IndexEntry,
    Reach,
    SearchEngine,
    SearchRequest,
    has_meaning,
    meaning_over,
    names_in,
    parse,
)

from .entries import DATA

DEPTH = 10
_EVERYTHING = (Reach(),)


def measure(kind: str = "tantivy") -> dict[str, Any]:
    """Asks every judged question of an index of the committed records.

    Args:
        kind: which engine, a key of ``ENGINES``.
    """
    data = tomllib.loads((DATA / "relevance.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="lantai-bench-") as folder:
        engine = ENGINES[kind](Path(folder))
        entries = [_entry(*row) for row in data["entry"]]
        engine.write(entries)
        sets = [data[name] for name in ("judged", "otherwise", "unseen")]
        queries = [*(query for judged in sets for query, _grades in judged), *data["elsewhere"]]
        asked = {query: _found(engine, query) for query in queries}
        near = _with_near(asked, entries, Path(folder) / "meaning") if has_meaning() else {}
    scores = _scores(data["judged"], asked)
    worst = sorted(scores.items(), key=lambda item: item[1])[:5]
    return {
        "engine": kind,
        "records": len(data["entry"]),
        "questions": len(scores),
        "ndcg_at_10": _mean(scores),
        "ndcg_at_10_by_meaning": _mean(_scores(data["judged"], near)) if near else None,
        "otherwise": len(data["otherwise"]),
        "otherwise_ndcg_at_10": _mean(_scores(data["otherwise"], asked)),
        "otherwise_ndcg_at_10_by_meaning": _mean(_scores(data["otherwise"], near)) if near else None,
        "unseen": len(data["unseen"]),
        "unseen_ndcg_at_10": _mean(_scores(data["unseen"], asked)),
        "unseen_ndcg_at_10_by_meaning": _mean(_scores(data["unseen"], near)) if near else None,
        "elsewhere": len(data["elsewhere"]),
        "elsewhere_shown": sum(len(asked[query]) for query in data["elsewhere"]),
        "elsewhere_shown_by_meaning": sum(len(near[query]) for query in data["elsewhere"]) if near else None,
        "worst": [{"query": query, "ndcg": round(score, 4)} for query, score in worst],
    }


def _scores(
    judged: Sequence[tuple[str, Mapping[str, int]]], found: Mapping[str, Sequence[int]]
) -> dict[str, float]:
    return {
        query: ndcg(found[query], {int(key): grade for key, grade in grades.items()})
        for query, grades in judged
    }


def _mean(scores: Mapping[str, float]) -> float:
    return round(sum(scores.values()) / len(scores), 4)


def _with_near(
    asked: Mapping[str, Sequence[int]], entries: Sequence[IndexEntry], folder: Path
) -> dict[str, list[int]]:
    """What the words found, then what is near in meaning and was not found."""
    beside = meaning_over({entry.record_id: entry.title for entry in entries}, folder)
    near = {query: [UUID(key).int for key in beside(query)] for query in asked}
    return {
        query: [*found, *[key for key in near[query] if key not in found][:MOST_ALIKE]]
        for query, found in asked.items()
    }


def _entry(number: int, title: str, responsible: str, written: str, text: str) -> IndexEntry:
    dated = parse_date(written)
    return IndexEntry(
        str(UUID(int=number)),
        title,
        responsible=responsible,
        date_text=written,
        date_start=dated.start,
        date_end=dated.end,
        pages=(text,) if text else (),
        opening_mark="open",
        year=dated.start.year,
    )


def _found(engine: SearchEngine, query: str) -> list[int]:
    question = parse(query, names_in(engine, _EVERYTHING))
    hits = engine.search(SearchRequest(question, _EVERYTHING, size=DEPTH, facets=())).hits
    return [UUID(hit.record_id).int for hit in hits]


def ndcg(found: Sequence[int], grades: Mapping[int, int]) -> float:
    """Normalised discounted cumulative gain at ten: 1 for the best order there can be.

    Args:
        found: records in the order given.
        grades: how well each record answers, from 1; records not named answer not at all.
    """

    def gain(ordered: Sequence[int]) -> float:
        return sum(
            (float(2**grade) - 1) / math.log2(place + 2) for place, grade in enumerate(ordered[:DEPTH])
        )

    best = gain(sorted(grades.values(), reverse=True))
    return gain([grades.get(record, 0) for record in found]) / best if best else 0.0
