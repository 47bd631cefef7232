"""What appraisal tells the contexts above it, and itself later."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from lantai.core.events import DomainEvent


@dataclass(frozen=True)
class DisposalDecided(DomainEvent):
    """A disposal was approved, refused, or carried out to its end."""

    disposal_id: UUID
