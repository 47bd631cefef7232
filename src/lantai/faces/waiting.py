"""The desk's first page: what waits for me, role by role.

Each source below belongs to some roles and returns what waits now, counted by the context that
owns it. A source adds nothing where its context has nothing to say; nothing is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from lantai.core.actors import Actor
from lantai.ui.api import address_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """One figure on the desk.

    Attributes:
        count: how many.
        unit: what is counted.
        words: what they are, continuing the number.
        page: URL name of the page where they are dealt with.
        asks: whether somebody has to act; otherwise it is only told.
        more: whether there are more than were counted.
    """

    count: int
    unit: str
    words: str
    page: str
    asks: bool = True
    more: bool = False

    @property
    def url(self) -> str:
        """Address of that page; nothing where this installation has none."""
        return address_of(self.page)

    @property
    def tone(self) -> str:
        """How loud the figure is: it asks, it is only told, or there is nothing."""
        if not self.count:
            return "quiet"
        return "asks" if self.asks else "told"


MOST_COUNTED = 10_000
"""What waits is counted so far: nobody plans the day by the difference beyond."""


def count_some(rows: QuerySet[Any]) -> tuple[int, bool]:
    """How many rows there are, and whether there are more than :data:`MOST_COUNTED`."""
    found = rows.order_by()[: MOST_COUNTED + 1].count()
    return min(found, MOST_COUNTED), found > MOST_COUNTED


Source = Callable[[Actor], Iterable[Waiting]]
_sources: list[tuple[frozenset[str], Source]] = []


def source(*roles: str) -> Callable[[Source], Source]:
    """Declares a function as telling what waits for those roles."""

    def register(function: Source) -> Source:
        _sources.append((frozenset(roles), function))
        return function

    return register


def waiting_for(actor: Actor) -> list[Waiting]:
    """Everything that waits for the actor in any of the roles held, in the order of the road."""
    return [figure for roles, function in _sources if roles & actor.roles for figure in function(actor)]
