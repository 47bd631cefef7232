"""What hand-over tells the contexts above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from lantai.core.events import DomainEvent


@dataclass(frozen=True)
class HandoverSubmitted(DomainEvent):
    """A hand-over waits to be received."""

    handover_id: UUID
    archive_id: UUID


@dataclass(frozen=True)
class HandoverReturned(DomainEvent):
    """A hand-over came back to its agency."""

    handover_id: UUID
    agency_id: UUID


@dataclass(frozen=True)
class HandoverReceived(DomainEvent):
    """Every record of a hand-over stands in the vault."""

    handover_id: UUID
    agency_id: UUID
    archive_id: UUID


@dataclass(frozen=True)
class ItemsReturned(DomainEvent):
    """Some records of a hand-over came back to their agency to be corrected."""

    handover_id: UUID
    agency_id: UUID
    record_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class IsolationConfirmed(DomainEvent):
    """An isolated record is classified indeed: it must be purged from every copy."""

    isolation_id: UUID
    record_id: UUID
    found_by: str
    found_by_name: str


@dataclass(frozen=True)
class RecordIsolated(DomainEvent):
    """A record was found to be classified and was shut off; the security officers have to act."""

    isolation_id: UUID
