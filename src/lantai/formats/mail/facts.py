"""What an archive keeps of a message beside its bytes (DA/T 32), ready to be sent between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .message import Attachment, Message, open_message

_LISTED = 1000


@dataclass(frozen=True, slots=True)
class AttachmentFacts:
    """A file that came along: its name as sent, media type, size and SHA-256 of its own bytes."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """The description of a message.

    Attributes:
        subject: decoded.
        senders: as ``name <address>``; ``to``, ``cc`` and ``bcc`` likewise.
        sent_at: ISO 8601 with the zone it was sent in; empty where the message does not say.
        message_id: without angles; so ``in_reply_to`` and ``references``.
        thread: what the messages of one conversation share.
        attachments: files in order, at most a thousand.
        defects: keys of :mod:`.defects` with where they were seen.
        problem: why it could not be looked at; everything else is then empty.
    """

    subject: str = ""
    senders: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    sent_at: str = ""
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    thread: str = ""
    attachments: tuple[AttachmentFacts, ...] = ()
    defects: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def message_facts(path: Path) -> dict[str, Any]:
    """The facts of one message as JSON; only children of the pool call this."""
    with open_message(path) as message:
        return asdict(_facts(message))


def facts_from(answer: Mapping[str, Any]) -> MessageFacts:
    """The facts as a child of the pool answered them."""
    if problem := answer.get("crash") or answer.get("error"):
        return MessageFacts(problem=str(problem))
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in answer.items()
    }
    values["attachments"] = tuple(AttachmentFacts(**found) for found in values["attachments"])
    values["defects"] = tuple((key, where) for key, where in values["defects"])
    return MessageFacts(**values)


def _facts(message: Message) -> MessageFacts:
    return MessageFacts(
        subject=message.subject,
        senders=tuple(map(str, message.senders[:_LISTED])),
        to=tuple(map(str, message.to[:_LISTED])),
        cc=tuple(map(str, message.cc[:_LISTED])),
        bcc=tuple(map(str, message.bcc[:_LISTED])),
        sent_at=message.date.isoformat() if message.date else "",
        message_id=message.message_id,
        in_reply_to=tuple(message.in_reply_to[:_LISTED]),
        references=tuple(message.references[:_LISTED]),
        thread=message.thread,
        attachments=tuple(map(_attachment, message.attachments[:_LISTED])),
        defects=tuple((defect.key, defect.where) for defect in message.defects[:_LISTED]),
    )


def _attachment(attachment: Attachment) -> AttachmentFacts:
    size_bytes, sha256 = attachment.measure()
    return AttachmentFacts(attachment.name, attachment.media_type, size_bytes, sha256)
