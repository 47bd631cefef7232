"""What the page of a message or of a captured site shows; neither needs a description file."""

from __future__ import annotations

from typing import Any

from lantai.core.actors import Actor
from lantai.formats.api import show_message
from lantai.records.api import Record, document_path

from ..channels.mail import CATEGORY, conversation_of, message_of
from ..replay.index import archive_of


def message_values(record: Record, actor: Actor) -> dict[str, Any] | None:
    """Text and conversation of a message; ``None`` where the record is none."""
    document = message_of(record) if record.scheme and record.scheme.category == CATEGORY else None
    if document is None:
        return None
    document.record = record
    shown = show_message(document_path(document))
    return {
        "html": bool(shown.html),
        "text": shown.text,
        "problem": shown.problem,
        "conversation": conversation_of(record, actor),
    }


def is_site(record: Record) -> bool:
    """Whether a record holds a web archive."""
    return archive_of(record) is not None
