"""Signatures, seals and timestamps: whether they hold, who signed, whether the chain is trusted.

What parses stands in :mod:`.verifying`, which only children of the pool load, when they need it.
"""

from .facts import SignatureFacts, is_detached

__all__ = ["SignatureFacts", "is_detached"]
