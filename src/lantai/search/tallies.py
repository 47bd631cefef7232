"""What a question was answered, remembered while the index stays as it is.

People ask the same questions, walk their pages and come back to them; counting five million entries
anew each time costs more than finding the twenty to show, and finding those more than all the rest.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Generic, TypeVar

from .engine import IndexEntry, SearchRequest, most_values

Facets = dict[str, list[tuple[str, int]]]
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted: all that match and are visible, and those facets that were asked for."""

    total: int
    facets: Facets = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """One page of an answer: where in the index its entries lie, and the cursor of the way on."""

    addresses: tuple[Any, ...]
    cursor: str


class Remembered(Generic[Told]):
    """What was asked for last, all of one state of the index.

    Args:
        most: how much is remembered; nothing with 0.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._state: object = None
        self._kept: OrderedDict[Hashable, Told] = OrderedDict()
        self._lock = Lock()

    def recall(self, state: object, key: Hashable) -> Told | None:
        """What was kept under the key in this state of the index."""
        with self._lock:
            if state is not self._state or key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def keep(self, state: object, key: Hashable, told: Told) -> None:
        """Keeps it; what another state had is forgotten."""
        if not self._most:
            return
        with self._lock:
            if state is not self._state:
                self._state = state
                self._kept.clear()
            self._kept[key] = told
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)


def facets_among(entries: Iterable[IndexEntry], names: Iterable[str]) -> Facets:
    """The facets of entries at hand: of an answer that is whole, without asking for all of it again."""
    found: dict[str, Counter[str]] = {name: Counter() for name in names}
    for entry in entries:
        for name, counts in found.items():
            if value := _year(entry) if name == "year" else str(getattr(entry, name)):
                counts[value] += 1
    return {
        name: sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: most_values(name)]
        for name, counts in found.items()
    }


def _year(entry: IndexEntry) -> str:
    return str(entry.date_start.year) if entry.date_start and entry.date_end else ""


def counted(request: SearchRequest) -> Hashable:
    """What a request counts: the same whatever page it asks for and in whichever order."""
    return request.question, request.reach, request.filters, request.changed_since


def walked(request: SearchRequest) -> Hashable:
    """Which page a request asks for: the same whether it counts facets or not."""
    return replace(request, facets=())
