"""Paging through the ledger by id; ids are made in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet

from .models import Entry

SIZE = 50


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of entries, newest first."""

    items: list[Entry]
    subject: str = ""
    previous: str = ""
    next: str = ""

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.items)

    @property
    def previous_url(self) -> str:
        """The link to newer entries."""
        return self._url("after", self.previous)

    @property
    def next_url(self) -> str:
        """The link to older entries."""
        return self._url("before", self.next)

    def _url(self, name: str, cursor: str) -> str:
        return "?" + urlencode({name: cursor, **({"subject": self.subject} if self.subject else {})})


def read_page(entries: QuerySet[Entry], *, before: str = "", after: str = "", subject: str = "") -> EntryPage:
    """The page before (older) or after (newer) an entry's id; a cursor that is no id is ignored."""
    older, newer = _uuid(before), _uuid(after)
    if newer and not older:
        rows = list(entries.filter(id__gt=newer).order_by("id")[: SIZE + 1])
        more, rows = len(rows) > SIZE, rows[:SIZE][::-1]
        return EntryPage(rows, subject, str(rows[0].id) if more else "", str(rows[-1].id) if rows else "")
    if older:
        entries = entries.filter(id__lt=older)
    rows = list(entries.order_by("-id")[: SIZE + 1])
    more, rows = len(rows) > SIZE, rows[:SIZE]
    first = str(rows[0].id) if rows and older else ""
    return EntryPage(rows, subject, first, str(rows[-1].id) if more else "")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
