"""What the vault tells the contexts above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lantai.core.events import DomainEvent


@dataclass(frozen=True)
class RecordsIngested(DomainEvent):
    """These records stand in the vault: newly ingested, or rebuilt from it."""

    record_ids: Sequence[UUID]


@dataclass(frozen=True)
class RecordsErased(DomainEvent):
    """These records' content is gone from every store that could be reached."""

    record_ids: Sequence[UUID]
    object_paths: Sequence[str]
