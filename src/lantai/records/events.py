"""What records tell the contexts above them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from lantai.core.events import DomainEvent


@dataclass(frozen=True)
class RecordsChanged(DomainEvent):
    """Records were made or changed.

    Attributes:
        what: ``created``, ``described``, ``arranged``, ``numbered``, ``opened``, ``restored``
            or ``destroyed``.
    """

    record_ids: tuple[UUID, ...]
    what: str
