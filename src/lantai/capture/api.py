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
from .collecting.models import CollectingScope
from .collecting.scope_table import read_scope
from .collecting.selectors import Collecting, collecting
from .collecting.selectors import waiting_for as collecting_to_decide
from .collecting.services import approve_scope, draft_scope, submit_scope
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
from .lending import ask as ask_for_loan
from .lending import give_back, lend, loans_for, overdue
from .lending_models import Loan
from .models import Submission, SubmissionItem
from .selectors import Standing, returned_items, standing, submissions_for
from .services import PROCESS, Received, receive_item, receive_items, receive_package, sweep_intake

__all__ = [
    "PROCESS",
    "ClosedMatter",
    "Collecting",
    "CollectingScope",
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
    "approve_scope",
    "ask_for_loan",
    "assign_numbers",
    "collecting",
    "collecting_to_decide",
    "custodies",
    "decide_explanation",
    "draft_scope",
    "expectations_of",
    "explain_missing",
    "explanations_for",
    "fix_numbers",
    "give_back",
    "held_paths",
    "is_site",
    "late_agencies",
    "lend",
    "loans_for",
    "overdue",
    "overdue_of",
    "owed_by",
    "propose_arrangement",
    "read_scope",
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
    "submit_scope",
    "sweep_completeness",
    "sweep_intake",
    "tallies",
    "withdraw_number",
]
