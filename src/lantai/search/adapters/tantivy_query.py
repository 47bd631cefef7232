"""From a parsed question to the embedded engine's query objects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import product
from math import prod
from typing import Any

import tantivy

from ..engine import EXACT, Alternative, Reach, SearchRequest
from ..fields import FIRST, HELD_IN, TITLE_WEIGHT, phrase_in
from ..language import Clause, Question
from ..text import TokenPhrase, phrase_in_threes
from .tantivy_fields import IN_THREES

MOST_COMBINED = 16
"""Combinations of ways that are asked for one by one."""
MOST_VALUES = 8
"""Values of a field that are few."""
Way = tuple[Any, bool]
"""A query that satisfies a clause, and whether it looks into other text than titles."""
_SPECIAL = re.compile(r"([\\.+*?()|\[\]{}^$#&\-~])")


class Translator:
    """Builds queries for one index as it stands.

    Args:
        schema: of the index.
        searcher: tells which tokens there are, so that nobody looks for what is not there.
    """

    def __init__(self, schema: Any, searcher: Any) -> None:
        self.schema = schema
        self.searcher = searcher
        self.in_threes = {name: same for name, same in IN_THREES.items() if self._holds(same)}

    def _holds(self, name: str) -> bool:
        """Whether the index has the field: one that was made by an earlier version may not."""
        try:
            self.searcher.doc_freq(name, "")
        except ValueError:
            return False
        return True

    def request(self, request: SearchRequest, *, ranked: bool = True) -> Any:
        """The whole request but its paging; not ``ranked`` where it is only counted or has another order."""
        return self._either([self._asked(request, asked, ranked) for asked in request.alternatives])

    def ranks(self, request: SearchRequest) -> tuple[Any, Any] | None:
        """The same in two: entries that come before all others, and those others; each with its score in the whole.

        What words elsewhere would add is looked for where titles say them, and nowhere else. ``None``
        where no entries come before others.
        """
        if len(request.alternatives) > 1:
            return None
        (asked,) = request.alternatives
        groups = self._groups(asked.question)
        if not groups or prod(map(len, groups)) > MOST_COMBINED:
            return None
        first, others = self._combined(groups)
        if not first or not others:
            return None
        must, must_not, should = tantivy.Occur.Must, tantivy.Occur.MustNot, tantivy.Occur.Should
        conditions = self._conditions(request, asked)
        above = [(must, self._before_all(first)), *((should, other) for other in others)]
        below = [(must, self._either(others)), *((must_not, one) for one in first)]
        return (
            tantivy.Query.boolean_query([*above, *conditions]),
            tantivy.Query.boolean_query([*below, *conditions]),
        )

    def _asked(self, request: SearchRequest, asked: Alternative, ranked: bool) -> Any:
        must = tantivy.Occur.Must
        found = [(must, query) for query in self._found(self._groups(asked.question), ranked)]
        return tantivy.Query.boolean_query([*found, *self._conditions(request, asked)])

    def _conditions(self, request: SearchRequest, asked: Alternative) -> list[tuple[Any, Any]]:
        """What must hold or must not, whatever is found."""
        must, must_not = tantivy.Occur.Must, tantivy.Occur.MustNot
        parts = [(must_not, way) for c in asked.question.excluded for way, _elsewhere in self.ways(c)]
        parts += [(must_not, self.within(one)) for one in asked.but]
        parts += [(must, self._filter(name, values)) for name, values in request.filters if values]
        if request.changed_since is not None:
            parts.append((must, self._unscored(self.range("changed", request.changed_since + 1, None))))
        parts.append((must, self._unscored(self.visible(asked.reach))))
        return parts

    def _groups(self, question: Question) -> list[list[Way]]:
        return [[way for clause in group for way in self.ways(clause)] for group in question.groups]

    def _found(self, groups: Sequence[Sequence[Way]], ranked: bool) -> list[Any]:
        """Every group by one of its ways; as one union of all their combinations where these are few.

        A union of phrases walks through all of each phrase, a combination skips from match to match.
        """
        if not groups:
            return []
        if prod(map(len, groups)) > MOST_COMBINED:
            return [self._either([way for way, _elsewhere in ways]) for ways in groups]
        first, others = self._combined(groups)
        if ranked and first and others:
            return [self._either([self._before_all(first), *others])]
        return [self._either([*first, *others])]

    def _combined(self, groups: Sequence[Sequence[Way]]) -> tuple[list[Any], list[Any]]:
        """Combinations of a way of each group: those that look into no text but titles, and the others."""
        first: list[Any] = []
        others: list[Any] = []
        must = tantivy.Occur.Must
        for ways in product(*groups):
            queries = [query for query, _elsewhere in ways]
            together = tantivy.Query.boolean_query([(must, query) for query in queries])
            found = queries[0] if len(queries) == 1 else together
            (others if any(elsewhere for _query, elsewhere in ways) else first).append(found)
        return first, others

    def _before_all(self, queries: Sequence[Any]) -> Any:
        must, everything = tantivy.Occur.Must, tantivy.Query.all_query()
        beyond = tantivy.Query.const_score_query(everything, FIRST)
        return tantivy.Query.boolean_query([(must, self._either(queries)), (must, beyond)])

    def visible(self, reach: Sequence[Reach]) -> Any:
        """What somebody may see; nothing without reach."""
        return self._either([self.within(one) for one in reach])

    def ways(self, clause: Clause) -> list[Way]:
        """What satisfies a clause: text or characters in one of its fields, or dates."""
        found: list[Way] = []
        if clause.text or clause.places:
            asked = [(name, self._text(clause, name)) for name in HELD_IN[clause.field]]
            found = [
                (self._weighed(name, query), name == "rest") for name, query in asked if query is not None
            ]
        if clause.since or clause.until:
            found.append((self._unscored(self._overlap(clause.since, clause.until)), False))
        return found

    def within(self, reach: Reach) -> Any:
        """One set of entries somebody may see."""
        must = tantivy.Occur.Must
        parts = [(must, self._one_of(name, sorted(values))) for name, values in reach.terms]
        if reach.without:
            parts.append((must, tantivy.Query.all_query()))
            parts.append((tantivy.Occur.MustNot, self._one_of("id", sorted(reach.without))))
        if reach.since_year or reach.until_year:
            parts.append((must, self.range("filed_year", reach.since_year, reach.until_year)))
        return tantivy.Query.boolean_query(parts) if parts else tantivy.Query.all_query()

    def _weighed(self, name: str, query: Any) -> Any:
        return tantivy.Query.boost_query(query, TITLE_WEIGHT) if name == "title" else query

    def _text(self, clause: Clause, name: str) -> Any:
        if clause.places:
            return self._pattern(name, clause.places)
        if name in self.in_threes and (found := phrase_in_threes(clause.text)):
            return self._phrase(self.in_threes[name], found)
        found = phrase_in(name, clause.text)
        return self._phrase(name, found) if found else None

    def _phrase(self, name: str, found: TokenPhrase) -> Any:
        """The query; ``None`` where a token of it is nowhere in the index."""
        if not found.open_end and not all(
            self.searcher.doc_freq(name, token) for _place, token in found.tokens
        ):
            return None
        if len(found.tokens) > 1:
            return tantivy.Query.phrase_query(self.schema, name, list(found.tokens))
        _place, token = found.tokens[0]
        if found.open_end:
            return tantivy.Query.regex_query(self.schema, name, self._escape(token) + ".*")
        return tantivy.Query.term_query(self.schema, name, token)

    def _pattern(self, name: str, places: Sequence[str]) -> Any:
        """Characters at their places: pairs of those named, where one stands alone the beginning of a pair.

        A place nobody named holds a character of the same text: what is named before it ends no text, what
        is named after it begins none. Of three such places and more the middle may lie between two texts.
        """
        tokens = [(place, self._pair(places, place)) for place in _covering(places)]
        tokens += [(place - 1, f".{self._among(places[place])}") for place in _after_two_unnamed(places)]
        tokens.sort()
        if len(tokens) == 1:
            return tantivy.Query.regex_query(self.schema, name, tokens[0][1])
        first = tokens[0][0]
        return tantivy.Query.regex_phrase_query(
            self.schema, name, [(place - first, token) for place, token in tokens]
        )

    def _pair(self, places: Sequence[str], place: int) -> str:
        if place + 1 == len(places):
            return self._among(places[place]) + ".?"
        following = places[place + 1]
        return self._among(places[place]) + (self._among(following) if following else ".")

    def _among(self, characters: str) -> str:
        escaped = [self._escape(character) for character in characters]
        return escaped[0] if len(escaped) == 1 else f"[{''.join(escaped)}]"

    def _overlap(self, since: date | None, until: date | None) -> Any:
        """Dated within or across: by whole years from the index, then the days where years are cut."""
        years = self.range("years", since.year if since else None, until.year if until else None, listed=True)
        must = tantivy.Occur.Must
        parts = [(must, years)]
        if since and since.timetuple().tm_yday > 1:
            parts.append((must, self.range("to_day", since.toordinal(), None)))
        if until and (until.month, until.day) != (12, 31):
            parts.append((must, self.range("from_day", None, until.toordinal())))
        return tantivy.Query.boolean_query(parts) if len(parts) > 1 else years

    def _filter(self, name: str, values: Sequence[str]) -> Any:
        if name == "year":
            years = [self.range("year", int(value), int(value)) for value in values]
            return self._unscored(self._either(years))
        return self._unscored(self._one_of(name, values))

    def _one_of(self, name: str, values: Sequence[str]) -> Any:
        """Any of the values; where a field has few, all entries but those of the others.

        A set of terms reads through the entries of each, most of the index for what everybody may see.
        """
        if len(values) == 1:
            return self._term(name, values[0])
        known = self.searcher.terms_with_prefix(name, "", limit=MOST_VALUES + 1) if name in EXACT else ()
        if not 0 < len(known) <= MOST_VALUES:
            return tantivy.Query.term_set_query(self.schema, name, list(values))
        others = [self._term(name, value) for value, _entries in known if value not in values]
        must, must_not = tantivy.Occur.Must, tantivy.Occur.MustNot
        everything = tantivy.Query.all_query()
        return tantivy.Query.boolean_query([(must, everything), *((must_not, other) for other in others)])

    def _term(self, name: str, value: str) -> Any:
        return tantivy.Query.term_query(self.schema, name, value, "basic")

    def range(self, name: str, low: int | None, high: int | None, *, listed: bool = False) -> Any:
        """Values of a number field, both ends included; ``listed`` in the index, else in its columns."""
        return tantivy.Query.range_query(
            self.schema, name, tantivy.FieldType.Integer, low, high, use_inverted_index=listed
        )

    def _unscored(self, query: Any) -> Any:
        return tantivy.Query.const_score_query(query, 0.0)

    def _either(self, queries: Sequence[Any]) -> Any:
        if len(queries) == 1:
            return queries[0]
        if not queries:
            return tantivy.Query.empty_query()
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])

    def _escape(self, token: str) -> str:
        return _SPECIAL.sub(r"\\\1", token)


def _after_two_unnamed(places: Sequence[str]) -> list[int]:
    """The named places that follow at least two nobody named."""
    return [at for at in range(2, len(places)) if places[at] and not places[at - 1] and not places[at - 2]]


def _covering(places: Sequence[str]) -> list[int]:
    """Where the pairs begin that together hold every named character."""
    starts: list[int] = []
    covered = -1
    for place, characters in enumerate(places):
        if not characters or place <= covered:
            continue
        alone = place + 1 == len(places) or not places[place + 1]
        starts.append(place - 1 if alone and place and places[place - 1] else place)
        covered = place + 1
    return starts
