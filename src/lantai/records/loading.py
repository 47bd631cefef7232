"""Loading catalogue entries by the thousand: plain values in, around the cost of an object for each.

The rules have been kept before (``catalogue.importing``); codes that are used meanwhile are told
by the caller, and refused here by the database at the latest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from lantai.core.actors import Actor
from lantai.core.events import publish
from lantai.core.identifiers import new_ids
from lantai.core.ports import require
from lantai.ledger.api import append

from .bulk import insert_values, stored_moment
from .counts import Node, add_counts, count_nodes
from .events import RecordsChanged
from .models import Fonds, Record, Volume
from .numbering import reserve_numbers
from .setting_up import fonds_scope
from .vocabulary import NumberState, OpeningMark

ENTRY_FIELDS = (
    "scheme_id", "volume_id", "reference_code", "item_number", "year", "retention", "unit_code", "title",
    "responsible", "document_number", "date_text", "date_start", "date_end", "date_certainty", "level",
    "classification", "secrecy_period", "disclosure", "page_count", "metadata", "flags",
)  # fmt: skip
"""What differs from entry to entry, in the order in which :func:`load_entries` takes it."""
_CODE, _NUMBER, _SCHEME, _VOLUME, _YEAR = (
    ENTRY_FIELDS.index(name) for name in ("reference_code", "item_number", "scheme_id", "volume_id", "year")
)
_TOLD_AT_ONCE = 1_000
_GONE_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Common:
    """What all entries of a load have alike.

    Attributes:
        state: lifecycle state.
        custodian_id: who holds them.
        created_in: ledger subject of the load.
        made_at: the moment they come into being.
    """

    fonds: Fonds
    state: str
    custodian_id: UUID
    created_in: str
    made_at: datetime


def load_entries(
    rows: Sequence[Sequence[Any]], common: Common, *, commitment: Mapping[str, Any], actor: Actor
) -> list[UUID]:
    """Makes records of rows, in the caller's transaction: rows, counts, numbers, ledger, outbox.

    Args:
        rows: values of :data:`ENTRY_FIELDS`, as :func:`~lantai.records.bulk.insert_values` takes them.
        common: what they have alike.
        commitment: what the ledger line's digest is over, besides the count.
        actor: who loads.

    Returns:
        their ids, in order.

    Raises:
        Forbidden: the actor may not make records in this fonds.
        IntegrityError: a code was taken meanwhile; nothing was made.
    """
    require(actor, "records.create", fonds_scope(common.fonds), subject=common.fonds.name)
    ids = new_ids(len(rows))
    alike = {**_alike(common), "number_state": NumberState.FIXED, "opening_mark": OpeningMark.UNREVIEWED}
    tail = tuple(alike.values())
    insert_values(
        Record,
        ["id", *ENTRY_FIELDS, *alike],
        ((record_id.hex, *row, *tail) for record_id, row in zip(ids, rows, strict=True)),
    )
    add_counts(_nodes(common.fonds.id, rows))
    reserve_numbers(
        common.fonds.archive_id, ((row[_CODE], row[_NUMBER]) for row in rows if row[_CODE] and row[_NUMBER])
    )
    append(
        act="records.create", actor=actor, subject=common.created_in, after=dict(commitment), count=len(rows)
    )
    tell_changed(ids, "created")
    return ids


def load_volumes(
    rows: Sequence[Mapping[str, Any]], common: Common, *, commitment: Mapping[str, Any], actor: Actor
) -> list[UUID]:
    """Makes volumes of rows, values by field; otherwise as :func:`load_entries`."""
    require(actor, "records.arrange", fonds_scope(common.fonds), subject=common.fonds.name)
    if not rows:
        return []
    ids = new_ids(len(rows))
    alike = {
        "archive_id": common.fonds.archive_id.hex,
        "fonds_id": common.fonds.id.hex,
        "project": "",
        "created_at": stored_moment(common.made_at),
    }
    names = list(rows[0])
    insert_values(
        Volume,
        ["id", *names, *alike],
        [
            (volume_id.hex, *(row[name] for name in names), *alike.values())
            for volume_id, row in zip(ids, rows, strict=True)
        ],
    )
    reserve_numbers(
        common.fonds.archive_id, ((row["reference_code"], row["number"]) for row in rows if row["number"])
    )
    append(
        act="records.create_volumes", actor=actor, subject=common.created_in, after=dict(commitment), count=len(rows)
    )  # fmt: skip
    return ids


def unload_entries(record_ids: Sequence[UUID], *, made_at: datetime) -> list[UUID]:
    """Takes back entries nobody has touched since they were loaded, in the caller's transaction.

    The caller has asked for the permission and writes the ledger. Numbers stay reserved.

    Returns:
        the records that went; those changed since, or with documents, stay.
    """
    gone: list[UUID] = []
    for start in range(0, len(record_ids), _GONE_AT_ONCE):
        piece = record_ids[start : start + _GONE_AT_ONCE]
        untouched = Record.objects.filter(Q(documents=None), id__in=piece, changed_at=made_at)
        rows = list(untouched)
        add_counts(Counter({node: -count for node, count in count_nodes(rows).items()}))
        ids = [row.id for row in rows]
        Record.objects.filter(id__in=ids).delete()
        gone += ids
    tell_changed(gone, "destroyed")
    return gone


def _alike(common: Common) -> dict[str, Any]:
    moment = stored_moment(common.made_at)
    return {
        "archive_id": common.fonds.archive_id.hex,
        "fonds_id": common.fonds.id.hex,
        "agency_id": common.fonds.creator_id.hex,
        "custodian_id": common.custodian_id.hex,
        "state": common.state,
        "created_in": common.created_in,
        "created_at": moment,
        "changed_at": moment,
    }


def _nodes(fonds_id: UUID, rows: Iterable[Sequence[Any]]) -> Counter[Node]:
    """How many rows come to stand under each node."""
    told = Counter((row[_SCHEME], row[_YEAR], row[_VOLUME]) for row in rows)
    return Counter(
        {
            (fonds_id, UUID(scheme) if scheme else None, year or 0, UUID(volume) if volume else None): count
            for (scheme, year, volume), count in told.items()
        }
    )


def tell_changed(ids: Iterable[UUID], what: str) -> None:
    """Publishes that records changed, however many: see :class:`.events.RecordsChanged`."""
    told = list(ids)
    for start in range(0, len(told), _TOLD_AT_ONCE):
        publish(RecordsChanged(tuple(told[start : start + _TOLD_AT_ONCE]), what))
