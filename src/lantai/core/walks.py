"""Walking many rows while others write: piece by piece along the key, no cursor left open between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

PIECE = 500


def keys_by_piece(rows: QuerySet[Any], size: int = PIECE) -> Iterator[list[Any]]:
    """The primary keys of rows in their order, at most ``size`` at once.

    For whoever writes between two pieces. ``iterator()`` leaves its cursor open meanwhile, and on
    SQLite a connection that reads what it began to read before another process wrote may not write
    any more ("database is locked", at once and however long it would wait). Rows that come or go
    meanwhile are met if they stand behind the last key.
    """
    keys = rows.order_by("pk").values_list("pk", flat=True)
    piece = list(keys[:size])
    while piece:
        yield piece
        piece = list(keys.filter(pk__gt=piece[-1])[:size])
