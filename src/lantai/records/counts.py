"""Counts of the tree's nodes, kept in the transaction that makes or moves records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

from .bulk import merge_numbers
from .models import ClassCount, Record

Node = tuple[UUID, UUID | None, int, UUID | None]
"""Fonds, scheme, year (0 when not known) and volume."""


def node_of(record: Record) -> Node:
    """The node a record stands under."""
    return record.fonds_id, record.scheme_id, record.year or 0, record.volume_id


def count_nodes(records: Iterable[Record]) -> Counter[Node]:
    """How many of the records stand under each node."""
    return Counter(map(node_of, records))


def add_counts(changes: Mapping[Node, int]) -> None:
    """Adds to the nodes' counts, in one order, so that two batches cannot wait for each other."""
    rows = [
        (_key(node), fonds_id.hex, scheme_id and scheme_id.hex, year, volume_id and volume_id.hex, change)
        for node, change in changes.items()
        if change
        for fonds_id, scheme_id, year, volume_id in (node,)
    ]
    rows.sort(key=lambda row: row[0])
    merge_numbers(
        ClassCount, ("key", "fonds_id", "scheme_id", "year", "volume_id", "records"), ("key",), rows, add=True
    )


def _key(node: Node) -> str:
    return ":".join(str(part) if part else "-" for part in node)
