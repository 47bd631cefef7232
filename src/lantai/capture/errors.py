"""Errors of capture that carry more than their words."""

from __future__ import annotations

from lantai.core.errors import Conflict


class OtherBytes(Conflict):
    """An idempotency key was used before, for another package."""
