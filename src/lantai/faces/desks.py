"""Lists under the figures on a desk: the few things themselves, with the way to all of them."""

from __future__ import annotations

from typing import Any

from lantai.core.actors import Actor


def lists_for(actor: Actor) -> dict[str, Any]:
    """Groups of rows and the drop zone, as far as the actor's roles reach."""
    return {"groups": []}
