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
from .channels.custody import custodies
from .collecting.selectors import Collecting, collecting
from .collecting.selectors import waiting_for as collecting_to_decide
from .completeness.answers import decide as decide_explanation
from .completeness.answers import explain as explain_missing
from .completeness.expecting import sweep as sweep_completeness
from .completeness.models import ClosedMatter, Expectation, Tally
from .completeness.register import MatterDraft, Registered, register_matters
from .completeness.selectors import (
    expectations_of,
    explanations_for,
    late_agencies,
    overdue_of,
    owed_by,
    tallies,
)
from .drafting import stored_name
from .events import SubmissionFinished
from .exhibits.messages import is_site
from .holdings import held_paths
from .lending import loans_for, overdue
from .lending_models import Loan
from .models import Submission, SubmissionItem
from .selectors import Standing, returned_items, standing, submissions_for
from .services import PROCESS, Received, receive_item, receive_items, receive_package, sweep_intake

__all__ = [
    "PROCESS",
    "ClosedMatter",
    "Collecting",
    "Expectation",
    "Gap",
    "Loan",
    "MatterDraft",
    "Received",
    "ReferenceNote",
    "Registered",
    "Standing",
    "Submission",
    "SubmissionFinished",
    "SubmissionItem",
    "Tally",
    "assign_numbers",
    "collecting",
    "collecting_to_decide",
    "custodies",
    "decide_explanation",
    "expectations_of",
    "explain_missing",
    "explanations_for",
    "fix_numbers",
    "held_paths",
    "is_site",
    "late_agencies",
    "loans_for",
    "overdue",
    "overdue_of",
    "owed_by",
    "propose_arrangement",
    "receive_item",
    "receive_items",
    "receive_package",
    "reclassify",
    "reference_notes",
    "register_matters",
    "returned_items",
    "standing",
    "stored_name",
    "submissions_for",
    "sweep_completeness",
    "sweep_intake",
    "tallies",
    "withdraw_number",
]
