"""What the vault's pages and commands read."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from .models import Copy


def copies_of(record_id: UUID) -> Iterable[Copy]:
    """The copies of the object that holds a record, by store; of its segment for a catalogue entry."""
    own = Copy.objects.filter(object__record_id=record_id).select_related("object")
    if own.exists():
        return own.order_by("store")
    return (
        Copy.objects.filter(object__entries__record_id=record_id).select_related("object").order_by("store")
    )
