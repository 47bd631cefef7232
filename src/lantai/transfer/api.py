"""The door of transfer (移交): what other contexts may use."""

from .events import HandoverReceived, HandoverReturned, HandoverSubmitted
from .models import Handover, HandoverItem
from .register import as_document, seals_hold
from .selectors import ReadyYear, handovers_for, ready_years, waiting_handovers
from .services import RECEIVE, accession, discard, prepare, receive, send_back, submit

__all__ = [
    "RECEIVE",
    "Handover",
    "HandoverItem",
    "HandoverReceived",
    "HandoverReturned",
    "HandoverSubmitted",
    "ReadyYear",
    "accession",
    "as_document",
    "discard",
    "handovers_for",
    "prepare",
    "ready_years",
    "receive",
    "seals_hold",
    "send_back",
    "submit",
    "waiting_handovers",
]
