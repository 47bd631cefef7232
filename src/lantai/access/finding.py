"""The search page: from a query string to an answer, and from an answer to what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.numerals import read_count
from lantai.core.ports import allows
from lantai.records.api import categories
from lantai.search import api as search
from lantai.ui.api import Bar, BarChart

from .matters import matter_of

PAGE_SIZE = 20
SORTS = {
    "relevance": gettext_lazy("最相关在前"),
    "date": gettext_lazy("最早在前"),
    "-date": gettext_lazy("最近在前"),
}
FACETS = {"fonds": gettext_lazy("全宗"), "category": gettext_lazy("门类")}
_COUNTED = (*FACETS, "year")
_FIRST_YEAR, _LAST_YEAR = 1000, 2999
_STEPS, _BARS = (1, 5, 10, 50), 32


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
    def of_any_year(self) -> str:
        """The address of the same question without its years."""
        chosen = {name: values[0] for name, values in self.chosen.items()}
        return "?" + urlencode({"q": self.query, "sort": self.sort, **chosen})

    def without(self, name: str) -> str:
        """The address of the same question with no value of a facet chosen."""
        asked = {"q": self.query, "sort": self.sort, "from": self.year_from, "to": self.year_to}
        chosen = {key: values[0] for key, values in self.chosen.items() if key != name}
        return "?" + urlencode({key: told for key, told in {**asked, **chosen}.items() if told})

    def corrected(self, question: str) -> dict[str, str]:
        """The parameters of a question put right; its years are in it."""
        chosen = {name: values[0] for name, values in self.chosen.items()}
        return {"q": question, "sort": self.sort, **chosen}

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
            asked.question,
            reader,
            filters=asked.chosen,
            sort=asked.sort,
            after=asked.after,
            size=PAGE_SIZE,
            facets=_COUNTED,
            by_meaning=True,
        )
    except Invalid as error:
        return {**context, "problem": error}
    return {
        **context,
        "results": results,
        "meant_address": "?" + urlencode(asked.corrected(results.did_you_mean)),
        "may_save": (may_save := allows(reader, "search.save")),
        "matter": None if may_save else _matter(asked),
        "seconds": f"{max(results.took_ms, 1) / 1000:.3f}",
        "chart": _years(results.facets.get("year", ()), asked),
        "facets": [
            (label, _choices(asked, name, values))
            for name, label in FACETS.items()
            if (values := results.facets.get(name))
        ],
    }


def _matter(asked: Asked) -> dict[str, str] | None:
    """Where the paper itself is to be had, for those who ask for one of their own."""
    found = matter_of(search.bare(asked.query))
    return {"says": _(found.says), "ask": _(found.ask)} if found else None


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet as it is offered; ``url`` chooses it, or takes the choice back."""

    words: str
    url: str
    count: int
    chosen: bool


def _choices(asked: Asked, name: str, values: Sequence[search.FacetValue]) -> list[Choice]:
    before = asked.without(name)
    return [
        Choice(
            _label(name, value),
            before if value.chosen else f"{before}&{urlencode({name: value.value})}",
            value.count,
            value.chosen,
        )
        for value in values
    ]


def _label(name: str, value: search.FacetValue) -> str:
    return _(categories().get(value.value, value.label)) if name == "category" else value.label


def _years(values: Sequence[search.FacetValue], asked: Asked) -> BarChart | None:
    """Records by year, or by five or ten years where single years would be too thin to see."""
    counted = {int(value.value): value.count for value in values if value.value.isdecimal()}
    if not counted:
        return None
    first, last = min(counted), max(counted)
    step = next(step for step in _STEPS if (last - first) // step < _BARS or step == _STEPS[-1])
    narrowed = asked.year_from is not None or asked.year_to is not None
    chosen = range(asked.year_from or first, (asked.year_to or last) + 1)
    before = asked.of_any_year
    bars = []
    for start in range(first - first % step, last + 1, step):
        span = range(start, start + step)
        bars.append(
            Bar(
                label=str(start) if step == 1 else f"{start}–{span[-1]}",
                value=sum(counted.get(year, 0) for year in span),
                url=f"{before}&from={span[0]}&to={span[-1]}",
                chosen=narrowed and any(year in chosen for year in span),
            )
        )
    return BarChart(title=_("年代"), bars=bars, unit=_("件"), axis=_("年"))


def _year(text: str) -> int | None:
    year = read_count(text)
    return year if year is not None and _FIRST_YEAR <= year <= _LAST_YEAR else None
