"""What a validation finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from lantai.core.language import gettext as _

from .. import ocfl

_TOLD_PER_CODE = 10_000
"""So many problems of one code are told one by one; an object has no bound of its own."""
_MESSAGE_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as the specification asks.

    Attributes:
        code: OCFL validation code: ``E092`` breaks a MUST, ``W004`` a SHOULD.
        path: the file it is about, below the root of the object or storage root.
        message: what was found, in plain words.
    """

    code: str
    path: str
    message: str

    @property
    def is_error(self) -> bool:
        """Whether it makes the object invalid."""
        return self.code.startswith("E")

    def below(self, folder: str) -> Problem:
        """The same problem, its path seen from a folder above."""
        path = f"{ocfl.printable(folder)}/{self.path}".rstrip("/")
        return Problem(self.code, path, self.message) if folder else self

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return {"code": self.code, "message": self.message, "path": self.path}


@dataclass(slots=True)
class Findings:
    """Problems as they are found, at most one of a code for a path, of each code a bounded number.

    Attributes:
        waived: codes of rules that do not bind here.
    """

    found: dict[tuple[str, str], Problem] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    waived: frozenset[str] = frozenset()

    def add(self, code: str, path: str, message: str) -> None:
        """Notes a problem, unless the same was said of that path before.

        Path and message may quote what a stranger wrote: both are made printable.
        """
        path = ocfl.printable(path)
        if code in self.waived or (code, path) in self.found:
            return
        self.counts[code] += 1
        if self.counts[code] <= _TOLD_PER_CODE:
            told = ocfl.printable(message[:_MESSAGE_CHARACTERS])
            self.found[code, path] = Problem(code, path, told)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What breaks a MUST, in the order it was found."""
        return tuple(problem for problem in self._told() if problem.is_error)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What goes against a SHOULD."""
        return tuple(problem for problem in self._told() if not problem.is_error)

    def _told(self) -> Iterator[Problem]:
        yield from self.found.values()
        for code, count in self.counts.items():
            if count > _TOLD_PER_CODE:
                more = _("这一类问题另有 %s 处，不再逐一列出") % (count - _TOLD_PER_CODE)
                yield Problem(code, "", more)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of one object found.

    Attributes:
        problems: errors; none means the object is valid.
        warnings: what goes against a recommendation.
        inventory: ``None`` when it cannot be navigated.
        inventory_sha512: empty when there is no inventory.
        size_bytes: how much was read.
        is_absent: there is nothing at all.
    """

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    inventory: ocfl.Inventory | None
    inventory_sha512: str
    size_bytes: int
    is_absent: bool = False
