"""What capture tells the contexts above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from lantai.core.events import DomainEvent


@dataclass(frozen=True)
class SubmissionFinished(DomainEvent):
    """Every item of a submission was accepted or returned."""

    submission_id: UUID
    agency_id: UUID
    accepted: int
    returned: int
