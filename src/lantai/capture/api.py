"""The door of capture (归档): what other contexts may use."""

from .arrangement import (
    Gap,
    ReferenceNote,
    assign_numbers,
    fix_numbers,
    propose_arrangement,
    reclassify,
    reference_notes,
    withdraw_number,
)
from .drafting import stored_name
from .events import SubmissionFinished
from .holdings import held_paths
from .models import Submission, SubmissionItem
from .selectors import Standing, returned_items, standing, submissions_for
from .services import PROCESS, Received, receive_item, receive_items, receive_package

__all__ = [
    "PROCESS",
    "Gap",
    "Received",
    "ReferenceNote",
    "Standing",
    "Submission",
    "SubmissionFinished",
    "SubmissionItem",
    "assign_numbers",
    "fix_numbers",
    "held_paths",
    "propose_arrangement",
    "receive_item",
    "receive_items",
    "receive_package",
    "reclassify",
    "reference_notes",
    "returned_items",
    "standing",
    "stored_name",
    "submissions_for",
    "withdraw_number",
]
