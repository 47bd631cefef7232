"""The automatic checks; importing this registers them all."""

from . import content, metadata, reference, security, totals

__all__ = ["content", "metadata", "reference", "security", "totals"]
