"""The door of transfer (移交): what other contexts may use."""

from .correcting import answer, open_corrections, replace_document, return_items
from .due import DueLine, plan
from .events import (
    HandoverReceived,
    HandoverReturned,
    HandoverSubmitted,
    IsolationConfirmed,
    ItemsReturned,
    RecordIsolated,
)
from .isolating import handle, isolate, isolations_for
from .models import Correction, Handover, HandoverItem, Readiness
from .readiness import answer_items
from .readiness import begin as begin_readiness
from .readiness import conclude as conclude_readiness
from .register import as_document, seals_hold
from .selectors import ReadyYear, handovers_for, ready_years, waiting_handovers
from .services import RECEIVE, Terms, accession, discard, prepare, receive, send_back, submit

__all__ = [
    "RECEIVE",
    "Correction",
    "DueLine",
    "Handover",
    "HandoverItem",
    "HandoverReceived",
    "HandoverReturned",
    "HandoverSubmitted",
    "IsolationConfirmed",
    "ItemsReturned",
    "Readiness",
    "ReadyYear",
    "RecordIsolated",
    "Terms",
    "accession",
    "answer",
    "answer_items",
    "as_document",
    "begin_readiness",
    "conclude_readiness",
    "discard",
    "handle",
    "handovers_for",
    "isolate",
    "isolations_for",
    "open_corrections",
    "plan",
    "prepare",
    "ready_years",
    "receive",
    "replace_document",
    "return_items",
    "seals_hold",
    "send_back",
    "submit",
    "waiting_handovers",
]
