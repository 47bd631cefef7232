"""What rows say of each other: duplicates, orphans, pages that do not add up, cycles.

Codes are kept as 64-bit digests, so that a million rows take some hundred megabytes less.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterable, Iterator

from .problems import Problem
from .rows import Seen

LONGEST_PATH = 64


class Crossing:
    """Takes what was seen of every row, in order, and tells what does not agree."""

    def __init__(self) -> None:
        self._rows: dict[int, int] = {}
        self._declared: dict[str, tuple[int, int]] = {}
        self._within: dict[str, tuple[int, array[int]]] = {}
        self._parents: dict[str, tuple[str, int]] = {}

    def take(self, seen: Iterable[Seen]) -> Iterator[Problem]:
        """Rows of a chunk; yields what can be told at once."""
        for row, code, above, pages, is_volume, parent in seen:
            if not code:
                continue
            first = self._rows.setdefault(hash(code), row)
            if first != row:
                yield Problem(row, "duplicate", "reference_code", {"other": first})
                continue
            if is_volume:
                self._declared[code] = (row, pages)
            elif above:
                total, rows = self._within.get(above) or (0, array("I"))
                rows.append(row)
                self._within[above] = (total + pages, rows)
            if parent and not code.startswith(f"{parent}-"):
                self._parents[code] = (parent, row)

    def close(
        self, standing: Callable[[list[str]], set[str]], stopped: Container[int] = ()
    ) -> Iterator[Problem]:
        """What can be told only now that all rows were seen.

        Args:
            standing: of the codes of volumes, those that stand in the database.
            stopped: rows that will not be loaded; a volume among them brings nothing in.
        """
        loaded = {code for code, (row, _pages) in self._declared.items() if row not in stopped}
        missing = [code for code in self._within if code not in loaded]
        for code in sorted(set(missing) - standing(missing)):
            for row in self._within[code][1]:
                yield Problem(row, "orphan", "volume_code", {"volume": code})
        yield from self._pages()
        yield from self._cycles()

    def _pages(self) -> Iterator[Problem]:
        for code, (row, pages) in self._declared.items():
            counted, rows = self._within.get(code) or (0, None)
            if rows is None:
                if self._within:
                    yield Problem(row, "volume_empty", "reference_code", {})
            elif pages and counted and pages != counted:
                yield Problem(row, "volume_pages_differ", "page_count", {"cell": pages, "counted": counted})

    def _cycles(self) -> Iterator[Problem]:
        """Each row that is above itself, however far; each cycle is walked once."""
        judged: set[str] = set()
        for code in self._parents:
            path: list[str] = []
            place: dict[str, int] = {}
            at: str | None = code
            while at is not None and at not in judged and at not in place and len(path) < LONGEST_PATH:
                place[at] = len(path)
                path.append(at)
                at = self._above(at, place)
            if at is not None and at in place:
                cycle = path[place[at] :]
                told = " → ".join([*cycle[:6], cycle[0]])
                for member in cycle:
                    if member in self._parents:
                        yield Problem(self._parents[member][1], "cycle", "volume_code", {"path": told})
            judged.update(path)

    def _above(self, code: str, place: dict[str, int]) -> str | None:
        """The parent a row names; else, of a code below one that was walked, that one."""
        if code in self._parents:
            return self._parents[code][0]
        return next((walked for walked in place if code.startswith(f"{walked}-")), None)
