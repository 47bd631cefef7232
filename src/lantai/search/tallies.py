"""How many answers a question has and what they are counted by, remembered while the index stays as it is.

People ask the same questions, walk their pages and come back to them; counting five million entries
anew each time costs more than finding the twenty to show.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock

from .engine import SearchRequest

Facets = dict[str, list[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted: all that match and are visible and, where asked for, by facet."""

    total: int
    facets: Facets | None = None


class Tallies:
    """The tallies of the questions asked last, all of one state of the index.

    Args:
        most: how many are remembered; none with 0.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._state: Hashable = None
        self._kept: OrderedDict[Hashable, Tally] = OrderedDict()
        self._lock = Lock()

    def recall(self, state: Hashable, request: SearchRequest) -> Tally | None:
        """What was counted for such a request in this state of the index, whatever page it asks for."""
        with self._lock:
            if state != self._state:
                return None
            found = self._kept.get(_asked(request))
            if found:
                self._kept.move_to_end(_asked(request))
            return found

    def keep(self, state: Hashable, request: SearchRequest, tally: Tally) -> None:
        """Notes what was counted; what another state had is forgotten."""
        if not self._most:
            return
        with self._lock:
            if state != self._state:
                self._state = state
                self._kept.clear()
            self._kept[_asked(request)] = tally
            self._kept.move_to_end(_asked(request))
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _asked(request: SearchRequest) -> Hashable:
    return request.question, request.reach, request.filters, request.changed_since
