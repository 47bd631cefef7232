"""What inspection needs to be told from above: which item of which report a record was accepted as."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID


class InspectedItem(NamedTuple):
    """A record as an item of a report.

    Attributes:
        number: the item's number in the report (``ReportFinding.item_number``).
    """

    record_id: UUID
    report_id: UUID
    number: int


ItemSource = Callable[[Sequence[UUID]], Iterable[InspectedItem]]

_sources: list[ItemSource] = []


def register_item_source(source: ItemSource) -> None:
    """Adds a context that had records inspected; it is asked for many records at a time."""
    if source not in _sources:
        _sources.append(source)


def items_of(record_ids: Sequence[UUID]) -> list[InspectedItem]:
    """Every report these records were accepted on, with their numbers in it."""
    return [item for source in _sources for item in source(record_ids)]
