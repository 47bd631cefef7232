"""The automatic checks; importing this registers them all."""

from . import content, metadata, reference, security, structure, totals

__all__ = ["content", "metadata", "reference", "security", "structure", "totals"]
