"""What opening tells the contexts above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from lantai.core.events import DomainEvent


@dataclass(frozen=True)
class OpeningChanged(DomainEvent):
    """The opening mark of these records changed."""

    record_ids: tuple[UUID, ...]
