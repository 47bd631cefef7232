"""Records for those who work on many at once: every one a search finds, walked by key."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from lantai.core.actors import Actor

from .exporting import results


def found_by(query: str, actor: Actor) -> Iterator[UUID]:
    """Keys of every record an actor finds.

    Raises:
        Invalid: the query is not understood, or finds more than can be worked on at once.
    """
    return (UUID(hit.record_id) for hit in results(query, actor))
