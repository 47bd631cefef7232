"""What stays with agencies, counted by fonds, class, year and term.

Of one agency it is counted each time. An archive may have dozens of agencies with hundreds of
thousands of records: there the last count of the worker serves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    TextField,
    When,
)
from django.utils import timezone

from lantai.core.figures import kept
from lantai.records.api import LEFT, Document, Fonds, NumberState, Record, State

EVERY_S = 600.0
"""How often the worker counts what stays with the agencies of each archive."""
MANY = 20_000
"""Records from which on those of an archive's agencies are not counted each time somebody looks."""
_KEYS = ("custodian_id", "fonds_id", "scheme_id")
_READY = 1 << 32
"""What one that may go adds to a sum of ones: whether a record has documents is looked up once for both counts."""


class Staying(NamedTuple):
    """Records of one fonds, class, year and term that are with the creator of the fonds.

    Attributes:
        ready: how many of them may go: filed, their numbers fixed.
        electronic: how many of ``records`` have documents.
        electronic_ready: how many of ``ready`` have.
    """

    fonds_id: UUID
    scheme_id: UUID | None
    year: int
    retention: str
    records: int
    ready: int
    electronic: int
    electronic_ready: int


def staying_with(creators: Mapping[UUID, UUID]) -> list[Staying]:
    """What stays with the creators of those fonds, by fonds: counted now."""
    return [_read(row) for row in _counted(creators)]


def staying_with_agencies_of(archive_id: UUID, *, fresh: bool = False) -> tuple[list[Staying], datetime]:
    """What stays with the agencies of an archive, and when it was counted; ``fresh`` counts now."""
    creators = dict(Fonds.objects.filter(archive_id=archive_id).values_list("id", "creator_id"))
    if _staying(creators)[:MANY].count() < MANY:
        return staying_with(creators), timezone.now()
    rows, counted_at = kept(
        f"staying:{archive_id.hex}", lambda: list(_counted(creators)), fresh=fresh, quick_s=0.0
    )
    standing = (_read(row) for row in rows)
    return [row for row in standing if row.fonds_id in creators], counted_at


def count_staying() -> None:
    """Counts ahead for every archive; run by the worker."""
    for archive_id in Fonds.objects.order_by().values_list("archive_id", flat=True).distinct():
        staying_with_agencies_of(archive_id, fresh=True)


def _counted(creators: Mapping[UUID, UUID]) -> Iterator[list[Any]]:
    """The same as values of JSON, in the order of :class:`Staying`.

    Read from an index of what stays with agencies (``record_staying``): a region's archive holds ten
    times as much, and of that nothing is looked at.
    """
    electronic = Exists(Document.objects.filter(record=OuterRef("id")))
    ready = Q(state=State.FILED, number_state=NumberState.FIXED)
    of_those = Case(When(ready, then=1 + _READY), default=1, output_field=BigIntegerField())
    rows: Any = (
        _staying(creators)
        .values_list(*(_as_stored(name) for name in _KEYS), "year", "retention")
        .annotate(
            records=Count("id"),
            ready=Count("id", filter=ready),
            electronic=Sum(Case(When(electronic, then=of_those), default=0)),
        )
        .order_by()
    )
    for custodian, fonds, scheme, year, retention, records, may_go, has_documents in rows:
        if creators.get(_key(fonds)) == _key(custodian):
            both, those = divmod(int(has_documents), _READY)
            written = [str(fonds), scheme and str(scheme), year, retention, records, may_go]
            yield [*written, those, both]


def _staying(creators: Iterable[UUID]) -> QuerySet[Record]:
    of_those = Record.objects.filter(fonds__in=creators, year__isnull=False).exclude(state__among_these=LEFT)
    return of_those.filter(state__among_many=(State.CAPTURED, State.FILED)).order_by()


def _read(row: Sequence[Any]) -> Staying:
    fonds, scheme, *rest = row
    return Staying(_key(fonds), _key(scheme) if scheme else None, *rest)


def _as_stored(name: str) -> ExpressionWrapper[F]:
    """A key as the database's driver gives it: thousands of rows hold the same few."""
    return ExpressionWrapper(F(name), output_field=TextField())


@lru_cache(maxsize=4096)
def _key(stored: str | UUID) -> UUID:
    return UUID(stored) if isinstance(stored, str) else stored
