"""Files records of an office system with a Lantai archiving platform, each exactly once."""

from .answers import Finding, Item, Refused, Submission, Unreachable
from .callback import verify_callback
from .client import Lantai

__all__ = ["Finding", "Item", "Lantai", "Refused", "Submission", "Unreachable", "verify_callback"]
