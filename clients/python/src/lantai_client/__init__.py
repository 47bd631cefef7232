"""A program's way to a Lantai archiving platform: file records exactly once, find, read and describe them."""

from .answers import Finding, Item, Refused, Submission, Unreachable
from .callback import verify_callback
from .catalogue import Changed, Description, Found, Import, Problem, Record, Survey
from .client import Lantai

__all__ = [
    "Changed",
    "Description",
    "Finding",
    "Found",
    "Import",
    "Item",
    "Lantai",
    "Problem",
    "Record",
    "Refused",
    "Submission",
    "Survey",
    "Unreachable",
    "verify_callback",
]
