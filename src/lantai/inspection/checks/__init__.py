"""The automatic checks; importing this registers them all."""

from . import content, description, layout, metadata, reference, security, structure, totals

__all__ = ["content", "description", "layout", "metadata", "reference", "security", "structure", "totals"]
