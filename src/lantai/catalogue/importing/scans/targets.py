"""The entries scans may belong to: records of the fonds, and rows of a table that is not loaded yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.db.models import Exists, OuterRef

from lantai.records.api import Document, Record, State, with_codes

from ...models import Import, ImportProblem
from ..rows import Ready
from ..spool import RECORDS, Spool

CLOSED = (State.HANDING_OVER, State.TRANSFERRED, State.DESTROYED, State.ISOLATED)
_ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Target:
    """An entry.

    Attributes:
        record_id: the record; ``None`` for a row that is not loaded yet.
        pages: as catalogued; 0 where nothing is said.
        filled: whether it has files already.
        closed: whether its state lets nobody add to it.
    """

    record_id: UUID | None
    title: str
    pages: int
    category: str = ""
    filled: bool = False
    closed: bool = False


class Targets:
    """Finds entries by code.

    Args:
        batch: the import of scans.
        beside: the table whose rows count as well, if one came with them.
    """

    def __init__(self, batch: Import, beside: UUID | None) -> None:
        self._batch = batch
        self._rows = dict(_rows_of(beside)) if beside else {}
        self.met: dict[str, Target] = {}

    def known(self, codes: list[str]) -> Collection[str]:
        """Of some codes, those that have an entry; remembers the entries."""
        found = {code: self._rows[code] for code in codes if code in self._rows}
        found |= standing(self._batch, codes)
        self.met |= found
        return found.keys()

    def without_scans(self, codes: Collection[str]) -> list[str]:
        """Rows of the table that no scan belongs to."""
        return [code for code in self._rows if code not in codes]


def standing(batch: Import, codes: list[str]) -> dict[str, Target]:
    """Records of the fonds by code."""
    found: dict[str, Target] = {}
    walk = iter(codes)
    while piece := list(islice(walk, _ASKED_AT_ONCE)):
        rows = with_codes(Record.objects.all(), batch.fonds.archive_id, piece)
        filled = Exists(Document.objects.filter(record=OuterRef("id")))
        for record in rows.filter(fonds=batch.fonds).annotate(filled=filled).select_related("scheme"):
            found[record.reference_code] = Target(
                record.id, record.title, record.page_count, record.scheme.category if record.scheme else "",
                filled=record.filled, closed=record.state in CLOSED,
            )  # fmt: skip
    return found


def _rows_of(import_id: UUID) -> Iterator[tuple[str, Target]]:
    spool = Spool(import_id)
    stopped = set(
        ImportProblem.objects.filter(batch=import_id, stops=True).values_list("row", flat=True).distinct()
    )
    for piece in spool.pieces(RECORDS):
        for row in map(Ready._make, spool.read(piece)):
            if row.row not in stopped:
                yield row.reference_code, Target(None, row.title, row.page_count)
