"""The search page: from a query string to an answer, and from an answer to what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.search import api as search
from lantai.ui.api import Bar, BarChart

PAGE_SIZE = 20
SORTS = {
    "relevance": gettext_lazy("最相关在前"),
    "date": gettext_lazy("最早在前"),
    "-date": gettext_lazy("最近在前"),
}
FACETS = {"fonds": gettext_lazy("全宗"), "category": gettext_lazy("门类")}
_FIRST_YEAR, _LAST_YEAR = 1000, 2999


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked, as the address of the page says it."""

    query: str
    sort: str
    after: str
    chosen: dict[str, tuple[str, ...]]
    year_from: int | None
    year_to: int | None

    @classmethod
    def of(cls, parameters: QueryDict) -> Asked:
        """Reads the address; what makes no sense counts as not said."""
        sort = parameters.get("sort", "relevance")
        return cls(
            query=parameters.get("q", "").strip(),
            sort=sort if sort in SORTS else "relevance",
            after=parameters.get("after", ""),
            chosen={name: (value,) for name in FACETS if (value := parameters.get(name, ""))},
            year_from=_year(parameters.get("from", "")),
            year_to=_year(parameters.get("to", "")),
        )

    @property
    def question(self) -> str:
        """The query with the chosen years, in the language of the search box."""
        if self.year_from is None and self.year_to is None:
            return self.query
        first = self.year_from if self.year_from is not None else _FIRST_YEAR
        last = self.year_to if self.year_to is not None else _LAST_YEAR
        return f"{self.query} {min(first, last)}..{max(first, last)}".strip()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked at all."""
        return not self.question and not self.chosen


def answer(asked: Asked, reader: Actor) -> dict[str, Any]:
    """The template context of ``access/search.html``.

    A question that cannot be understood is answered with the reason, beside the box it was typed in.
    """
    context: dict[str, Any] = {"asked": asked, "sorts": list(SORTS.items())}
    if asked.is_empty:
        return context
    try:
        results = search.search(
            asked.question, reader, filters=asked.chosen, sort=asked.sort, after=asked.after, size=PAGE_SIZE
        )
    except Invalid as error:
        return {**context, "problem": error}
    return {
        **context,
        "results": results,
        "seconds": f"{max(results.took_ms, 1) / 1000:.3f}",
        "chart": _years(results.facets.get("year", ()), asked),
        "facets": [
            (name, label, results.facets[name]) for name, label in FACETS.items() if results.facets.get(name)
        ],
    }


def _years(values: Sequence[search.FacetValue], asked: Asked) -> BarChart | None:
    counted = {int(value.value): value.count for value in values if value.value.isdigit()}
    if not counted:
        return None
    first, last = min(counted), max(counted)
    chosen = range(asked.year_from or first, (asked.year_to or last) + 1)
    narrowed = asked.year_from is not None or asked.year_to is not None
    bars = [
        Bar(str(year), counted.get(year, 0), chosen=narrowed and year in chosen)
        for year in range(first, last + 1)
    ]
    return BarChart(title=_("年代"), bars=bars, unit=_("件"), axis=_("年"))


def _year(text: str) -> int | None:
    return int(text) if text.isdigit() and _FIRST_YEAR <= int(text) <= _LAST_YEAR else None
