"""What a record's description says now, from every context's part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

from lantai.core.actors import Actor
from lantai.core.identifiers import new_id
from lantai.core.ports import record_parts
from lantai.records.api import Record, metadata_elements

from .models import Erasure, Event
from .ocfl import Agent
from .premis import PREMIS as PREMIS
from .premis import EventFacts, Rights
from .record_xml import RECORD as RECORD
from .record_xml import SEGMENT as SEGMENT

Item = TypeVar("Item")

BARE = frozenset({"records", "appraisal"})
"""What a purged record keeps: that it was there, and on whose decision it went."""


def describe(record_ids: Sequence[UUID]) -> dict[UUID, dict[str, Mapping[str, Any]]]:
    """Every context's part of these records, in the order in which parts are restored."""
    described: dict[UUID, dict[str, Mapping[str, Any]]] = {record_id: {} for record_id in record_ids}
    purged = Erasure.objects.filter(kind=Erasure.Kind.PURGE)
    for part in record_parts():
        for ids in in_chunks(record_ids):
            for record_id, value in part.describe(ids).items():
                described[record_id][part.key] = value
    for ids in in_chunks(record_ids):
        for record_id in purged.filter(record_id__in=ids).values_list("record_id", flat=True):
            described[record_id] = {key: part for key, part in described[record_id].items() if key in BARE}
    return described


@lru_cache(maxsize=1)
def element_titles() -> Mapping[str, str]:
    """Names readers see beside values: by M-code, and by the field of a record that holds one."""
    titles: dict[str, str] = {}
    for code, element in metadata_elements().items():
        titles[code] = element.name
        if element.field:
            titles[f"record/{element.field}"] = f"{code} {element.name}"
    return titles


def agent_of(actor: Actor) -> Agent:
    """An actor as OCFL names the maker of a version."""
    return Agent(actor.role, f"urn:lantai:actor:{quote(actor.id)}")


def new_event(
    kind: str, actor: Actor, at: datetime, note: str = "", *, store: str = "", outcome: str = "success"
) -> EventFacts:
    """An event that happens now."""
    return EventFacts(new_id(), str(kind), at, actor.id, actor.role, outcome, note, store)


def event_row(object_id: UUID, facts: EventFacts) -> Event:
    """The event's row."""
    return Event(
        id=facts.id,
        object_id=object_id,
        kind=facts.kind,
        at=facts.at,
        agent=facts.agent,
        role=facts.role,
        store=facts.store,
        outcome=facts.outcome,
        note=facts.note,
    )


def event_facts(row: Event) -> EventFacts:
    """A row as ``premis.xml`` tells it."""
    return EventFacts(row.id, row.kind, row.at, row.agent, row.role, row.outcome, row.note, row.store)


def rights_of(record: Record) -> Rights:
    """What may be done with a record, for ``premis.xml``."""
    return Rights(str(record.get_opening_mark_display()), record.classification)


def in_chunks(items: Iterable[Item], size: int = 500) -> Iterator[list[Item]]:
    """Lists of at most ``size``, within what one query may carry."""
    chunk: list[Item] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
