"""E-mail from an unknown hand: messages whose charsets lie, whose structure is broken, whose boxes are large.

RFC 5322 and 2045–2049, RFC 2231, RFC 3676, mbox (RFC 4155); described as DA/T 32 asks. Messages are
opened in the pool: :func:`read_messages`. Boxes are split where they stand, a line at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..pool import run_requests
from .defects import INCOMPLETE, RULES, UNREADABLE, Defect
from .facts import AttachmentFacts, MessageFacts, facts_from
from .mbox import is_mbox, split_mbox
from .showing import MessageShown, shown_from
from .taking_out import TakenOut, take_out_attachments

__all__ = [
    "INCOMPLETE",
    "RULES",
    "UNREADABLE",
    "AttachmentFacts",
    "Defect",
    "MessageFacts",
    "MessageShown",
    "TakenOut",
    "is_mbox",
    "read_messages",
    "show_message",
    "split_mbox",
    "take_out_attachments",
]


def read_messages(paths: Iterable[Path]) -> Iterator[MessageFacts]:
    """The facts of many messages, in order, read in the pool."""
    requests = ({"task": "message", "path": str(path)} for path in paths)
    return map(facts_from, run_requests(requests))


def show_message(path: Path) -> MessageShown:
    """What a person reads of a message, found out in the pool."""
    return next(map(shown_from, run_requests([{"task": "shown_message", "path": str(path)}])))
