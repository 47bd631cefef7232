"""What earlier examinations found, by the SHA-512 of the bytes they looked at.

The receiver inspects what the agency inspected (DA/T 70-2018, stages GD and YJ). Every byte is
read and its SHA-512 taken again; only bytes that differ from those examined before are parsed and
drawn again, and digested otherwise. The memory may be lost at any time: then everything is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from lantai import __version__
from lantai.formats.api import Examination, Known, facts_of, signature_version
from lantai.packages.api import PackageItem

from .models import ExaminedContent

_WINDOW = 200
_SHAPE = 2
"""Of what is kept: raised when that changes, so that what an older version kept is not recalled."""


class ExaminationMemory:
    """Recalls and keeps examinations in the database."""

    def __init__(self) -> None:
        self.examined_by = f"{__version__}/{signature_version()}/{_SHAPE}"
        self._known: dict[Path, Known] = {}
        self._recalled = {""}
        self._new: list[ExaminedContent] = []

    def look_up(self, items: Iterable[PackageItem]) -> Iterator[PackageItem]:
        """Passes items on, having looked up what is known of the files they declare."""
        walk = iter(items)
        while window := list(islice(walk, _WINDOW)):
            declared = {
                file.path: file.declared["sha512"]
                for item in window
                for file in item.files
                if "sha512" in file.declared
            }
            rows = ExaminedContent.objects.filter(
                sha512__in=set(declared.values()), examined_by=self.examined_by
            )
            facts = dict(rows.values_list("sha512", "facts"))
            self._known |= {
                path: (sha512, facts[sha512]) for path, sha512 in declared.items() if sha512 in facts
            }
            yield from window

    def recall(self, path: Path) -> Known | None:
        """What is known of a file that :meth:`look_up` passed."""
        found = self._known.pop(path, None)
        if found:
            self._recalled.add(found[0])
        return found

    def keep(self, examinations: Iterable[Examination]) -> None:
        """Notes what was found; written a window at a time."""
        self._new += [
            ExaminedContent(sha512=found.digests["sha512"], examined_by=self.examined_by, facts=_kept(found))
            for found in examinations
            if found.digests.get("sha512", "") not in self._recalled
        ]
        if len(self._new) >= _WINDOW:
            self.write()

    def write(self) -> None:
        """Writes what was noted."""
        ExaminedContent.objects.bulk_create(self._new, ignore_conflicts=True)
        self._new = []


def _kept(found: Examination) -> dict[str, Any]:
    """What was found but for the words of the first page: content is kept where content belongs."""
    facts = facts_of(found)
    shown = {**facts["characteristics"], "opening": ""}
    return {**facts, "characteristics": shown, "digests": dict(found.digests)}
