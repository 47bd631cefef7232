"""From a parsed question to the queries of an OpenSearch cluster.

Every text is indexed twice: as the tokens of :mod:`~lantai.search.text`, which words and phrases
ask, and character by character (``…_one``), which wildcards and pinyin ask by spans.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ..engine import Alternative, Reach, SearchRequest
from ..fields import FIRST, HELD_IN, TITLE_WEIGHT
from ..language import Clause, Question
from ..packing import LARGEST_KEY
from ..text import CODE_GRAM, GAP, bare, bare_code

Query = dict[str, Any]
_CURSOR = re.compile(r"(?:(\d{1,9}(?:\.\d{1,20})?(?:e-\d{1,2})?)_)?(\d{1,19})", re.ASCII)
HELD_IN_TITLES = {field: tuple(name for name in held if name != "rest") for field, held in HELD_IN.items()}
MOST_ASKED_TWICE = 16
"""Clauses of a question that is asked once more of titles alone."""
MOST_AT_A_PLACE = 512
"""Characters that may stand at one place of a pattern; no syllable has half as many."""


def whole(request: SearchRequest) -> Query:
    """The whole request but its paging."""
    return _either([_asked(request, asked) for asked in request.alternatives])


def _asked(request: SearchRequest, asked: Alternative) -> Query:
    kept = [chosen(name, values) for name, values in request.filters if values]
    if request.changed_since is not None:
        kept.append(between("changed", request.changed_since + 1, None))
    return {
        "bool": {
            "must": [_either([way for c in group for way in ways(c)]) for group in asked.question.groups],
            "should": _said_in_titles(asked.question) if request.order == "relevance" else [],
            "must_not": [
                *(way for c in asked.question.excluded for way in ways(c)),
                *map(_within, asked.but),
            ],
            "filter": [*kept, visible(asked.reach)],
        }
    }


def _said_in_titles(question: Question) -> list[Query]:
    """What those score beyond all others that look into no text but titles.

    Nothing where none could, or where the question is so large that asking it twice might be too much for a node.
    """
    groups = [[way for c in group for way in ways(c, HELD_IN_TITLES)] for group in question.groups]
    is_large = len(question.clauses) > MOST_ASKED_TWICE or any(clause.places for clause in question.clauses)
    if is_large or not groups or not all(groups):
        return []
    whole = {"bool": {"filter": [_either(group) for group in groups]}}
    return [{"constant_score": {"filter": whole, "boost": FIRST}}]


def page(request: SearchRequest) -> Query:
    """Which part of the list is asked for."""
    order = "desc" if request.order == "-date" else "asc"
    by: list[Any] = [{"_score": "desc"}] if request.order == "relevance" else []
    after = _keys(request.after)
    beyond = {"search_after": after} if len(after) == len(by) + 1 else {}
    return {"sort": [*by, {"sort_key": order}], **beyond}


def way_on(last: Query) -> str:
    """The keys of the last one shown; a score as its figure and a key, neither of which moves."""
    return "_".join(map(json.dumps, last["sort"]))


def _keys(cursor: str) -> list[float | int]:
    """The keys :func:`way_on` wrote; none where nobody wrote them."""
    told = _CURSOR.fullmatch(cursor)
    if not told or int(told[2]) > LARGEST_KEY:
        return []
    return [*([float(told[1])] if told[1] else []), int(told[2])]


def visible(reach: Sequence[Reach]) -> Query:
    """What somebody may see; nothing without reach."""
    return _either([_within(one) for one in reach])


def ways(clause: Clause, held_in: Mapping[str, Sequence[str]] = HELD_IN) -> list[Query]:
    """What satisfies a clause: text or characters in one of its fields, or dates."""
    found = []
    if clause.text or clause.places:
        asked = [(name, _text(clause, name)) for name in held_in[clause.field]]
        found = [_weighed(name, query) for name, query in asked if query is not None]
    if clause.since or clause.until:
        found.append({"constant_score": {"filter": _overlap(clause.since, clause.until), "boost": 0.0}})
    return found


def chosen(name: str, values: Sequence[str]) -> Query:
    """Entries with one of a facet's values."""
    return {"terms": {name: [int(value) for value in values] if name == "year" else list(values)}}


def between(name: str, low: int | None, high: int | None) -> Query:
    """Values of a number field, both ends included."""
    ends = {"gte": low, "lte": high}
    return {"range": {name: {end: value for end, value in ends.items() if value is not None}}}


def _within(reach: Reach) -> Query:
    parts: list[Query] = [{"terms": {name: sorted(values)}} for name, values in reach.terms]
    if reach.since_year or reach.until_year:
        parts.append(between("filed_year", reach.since_year, reach.until_year))
    without: list[Query] = [{"ids": {"values": sorted(reach.without)}}] if reach.without else []
    return {"bool": {"filter": parts or [{"match_all": {}}], "must_not": without}}


def _text(clause: Clause, name: str) -> Query | None:
    if clause.places:
        return _pattern(f"{name}_one", clause.places)
    width = CODE_GRAM if name in ("code", "number") else 2
    bared = bare_code(clause.text) if name == "code" else bare(clause.text)
    if not bared:
        return None
    if len(bared) < width:
        return {"prefix": {name: {"value": bared}}}
    tokens = [bared[place : place + width] for place in range(len(bared) - width + 1)]
    if len(tokens) == 1:
        return {"term": {name: {"value": tokens[0]}}}
    return {"match_phrase": {name: {"query": " ".join(tokens)}}}


def _pattern(name: str, places: Sequence[str]) -> Query:
    """Characters at their places, gaps between them as wide as the places nobody named.

    A syllable may stand for a hundred characters, and a cluster takes a thousand terms in a query: where
    there are no gaps each place is one expression.
    """
    if all(places):
        each = [
            {"regexp": {"pattern": _any_of(place), "max_expansions": MOST_AT_A_PLACE}} for place in places
        ]
        return {"intervals": {name: {"all_of": {"intervals": each, "mode": "ordered", "max_gaps": 0}}}}
    spans: list[Query] = []
    for place in places:
        if place:
            spans.append(_among(name, place))
        elif spans and "span_gap" in spans[-1]:
            spans[-1]["span_gap"][name] += 1
        else:
            spans.append({"span_gap": {name: 1}})
    if len(spans) == 1:
        return spans[0]
    near: Query = {"span_near": {"clauses": spans, "slop": 0, "in_order": True}}
    return {"span_not": {"include": near, "exclude": {"span_term": {name: {"value": GAP}}}}}


def _any_of(characters: str) -> str:
    return "|".join(letter if letter.isalnum() else f"\\{letter}" for letter in characters)


def _among(name: str, characters: str) -> Query:
    terms = [{"span_term": {name: {"value": character}}} for character in characters]
    return terms[0] if len(terms) == 1 else {"span_or": {"clauses": terms}}


def _weighed(name: str, query: Query) -> Query:
    return {"bool": {"must": [query], "boost": TITLE_WEIGHT}} if name == "title" else query


def _overlap(since: date | None, until: date | None) -> Query:
    """Dated within or across: by whole years, then the days where years are cut."""
    parts = [between("years", since.year if since else None, until.year if until else None)]
    if since and since.timetuple().tm_yday > 1:
        parts.append(between("to_day", since.toordinal(), None))
    if until and (until.month, until.day) != (12, 31):
        parts.append(between("from_day", None, until.toordinal()))
    return {"bool": {"filter": parts}}


def _either(queries: list[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    if not queries:
        return {"match_none": {}}
    return {"bool": {"should": queries, "minimum_should_match": 1}}
