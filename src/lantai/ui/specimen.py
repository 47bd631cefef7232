"""Material for the specimen book: invented, awkward on purpose (long titles, gaps, big counts)."""

from __future__ import annotations

from typing import Any


def specimen() -> dict[str, Any]:
    """The template context of ``ui/style.html``."""
    return {}
