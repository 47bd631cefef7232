"""Rows of objects, copies and events, which come by the hundred thousand: inserted without an instance for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from lantai.core.identifiers import new_ids
from lantai.records.api import insert_values, stored_moment

from .models import Copy, Event, VaultObject
from .premis import EventFacts

_COPY = ("id", "object", "store", "version", "state", "detail", "checked_at", "verified_at")
_EVENT = ("id", "object", "kind", "at", "agent", "role", "store", "outcome", "note")


class NewCopy(NamedTuple):
    """A copy's row to be."""

    object_id: UUID
    store: str
    version: int = 0
    state: str = Copy.State.PENDING
    detail: str = ""


def insert_object_rows(objects: Sequence[Mapping[str, Any]]) -> None:
    """Inserts objects, in the caller's transaction; each as the arguments of a :class:`VaultObject`, the same for all."""
    if objects:
        values = (tuple(map(_stored, told.values())) for told in objects)
        insert_values(VaultObject, list(objects[0]), values)


def _stored(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    return stored_moment(value) if isinstance(value, datetime) else value


def insert_copy_rows(copies: Sequence[NewCopy], verified_at: datetime | None = None) -> None:
    """Inserts copies, in the caller's transaction; with a moment, as looked at and found good then."""
    at = stored_moment(verified_at) if verified_at else None
    insert_values(
        Copy,
        _COPY,
        [
            (key.hex, copy.object_id.hex, copy.store, copy.version, str(copy.state), copy.detail, at, at)
            for key, copy in zip(new_ids(len(copies)), copies, strict=True)
        ],
    )


def insert_events(events: Iterable[tuple[UUID, EventFacts]]) -> None:
    """Inserts events, each with the object it happened to, in the caller's transaction."""
    insert_values(
        Event,
        _EVENT,
        [
            (
                event.id.hex,
                object_id.hex,
                event.kind,
                stored_moment(event.at),
                event.agent,
                event.role,
                event.store,
                event.outcome,
                event.note,
            )
            for object_id, event in events
        ],
    )
