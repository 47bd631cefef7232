"""From a parsed question to the embedded engine's query objects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import tantivy

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from ..engine import FACETS, Reach, SearchRequest
from ..language import Clause
from ..text import TokenPhrase, code_phrase, phrase

_CODES = ("code", "number")
_SPECIAL = re.compile(r"([\\.+*?()|\[\]{}^$#&\-~])")


class Translator:
    """Builds queries for one schema."""

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
        parts = [(must, self._one_of(name, sorted(values))) for name, values in reach.terms]
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
            _place, token = found.tokens[0]
            if not found.open_end:
                return tantivy.Query.term_query(self.schema, name, token)
            if name == "all":
                return tantivy.Query.term_query(self.schema, "chars", token, "basic")
            return tantivy.Query.regex_query(self.schema, name, self._escape(token) + ".?")
        if found.open_end:
            words = [self._escape(token) for _place, token in found.tokens]
            return tantivy.Query.regex_phrase_query(self.schema, name, [*words[:-1], words[-1] + ".?"])
        return tantivy.Query.phrase_query(self.schema, name, list(found.tokens))

    def _overlap(self, since: date | None, until: date | None) -> Any:
        if (not since or since.timetuple().tm_yday == 1) and (
            not until or (until.month, until.day) == (12, 31)
        ):
            years = (since.year if since else None, until.year if until else None)
            return self.range("years", *years, listed=True)
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
        return self._unscored(self._one_of(name, values))

    def _one_of(self, name: str, values: Sequence[str]) -> Any:
        if len(values) == 1:
            return tantivy.Query.term_query(self.schema, name, values[0], "basic")
        return tantivy.Query.term_set_query(self.schema, name, list(values))

    def range(self, name: str, low: int | None, high: int | None, *, listed: bool = False) -> Any:
        """Values of a number field, both ends included; ``listed`` in the index, else in its columns."""
        return tantivy.Query.range_query(
            self.schema, name, tantivy.FieldType.Integer, low, high, use_inverted_index=listed
        )

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
