"""The channel of e-mail: conversations of the messages filed, found without opening a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from lantai.core.actors import Actor
from lantai.records.api import Document, Record, RecordsChanged, readable
from lantai.vault.api import RecordsIngested

from ..models import MailMessage

THREAD, MESSAGE_ID, ANSWERED, SENT_AT = "会话", "邮件标识", "答复的邮件", "发送时间"
CATEGORY = "YJ"
_CHUNK = 500
_TELLING = {"created", "described"}
MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Answered:
    """A message within its conversation; ``depth`` counts the answers above it."""

    record: Record
    depth: int

    @property
    def sent_at(self) -> str:
        """When it was sent, in the sender's own time."""
        return str(self.record.metadata.get(SENT_AT, "")).replace("T", " ")


def note_messages(events: Sequence[RecordsChanged]) -> None:
    """Keeps which conversation each message belongs to; repeating it is harmless."""
    _note(list({record_id for event in events if event.what in _TELLING for record_id in event.record_ids}))


def note_stored(events: Sequence[RecordsIngested]) -> None:
    """The same for records that stand in the vault, perhaps again: a rebuild brings them back."""
    _note(list({record_id for event in events for record_id in event.record_ids}))


def _note(ids: Sequence[UUID]) -> None:
    for start in range(0, len(ids), _CHUNK):
        found = Record.objects.filter(id__in=ids[start : start + _CHUNK], scheme__category=CATEGORY)
        rows = [
            MailMessage(
                record=record,
                agency_id=record.agency_id,
                thread=record.metadata[THREAD][:400],
                message_id=record.metadata.get(MESSAGE_ID, "")[:400],
                answers=record.metadata.get(ANSWERED, "").split("；")[0][:400],
                sent_at=_utc(record.metadata.get(SENT_AT, "")),
            )
            for record in found
            if record.metadata.get(THREAD)
        ]
        fields = ["agency", "thread", "message_id", "answers", "sent_at"]
        MailMessage.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["record"], update_fields=fields
        )
        for row in rows:
            _join(row)


def _join(row: MailMessage) -> None:
    """One conversation of two where a message names the one it answers and not how that one began."""
    family = MailMessage.objects.filter(agency_id=row.agency_id)
    answered = family.filter(message_id=row.answers).first() if row.answers else None
    ours = (answered or MailMessage.objects.get(record=row.record)).thread
    below = family.filter(answers=row.message_id) if row.message_id else family.none()
    others = {row.thread, *below.values_list("thread", flat=True)} - {ours}
    if others:
        family.filter(thread__in=others).update(thread=ours)


def conversation_of(record: Record, actor: Actor) -> list[Answered]:
    """The messages of a record's conversation that the reader may see, answers below what they answer."""
    own = MailMessage.objects.filter(record=record).first()
    if own is None:
        return []
    rows = MailMessage.objects.filter(agency_id=own.agency_id, thread=own.thread).order_by(
        "sent_at", "record_id"
    )
    messages = {row.record_id: row for row in rows[:MAX_SHOWN]}
    shown = {found.id: found for found in readable(Record.objects.filter(id__in=list(messages)), actor)}
    by_id = {row.message_id: row for row in messages.values() if row.message_id}
    below: dict[UUID | None, list[MailMessage]] = {}
    for row in messages.values():
        parent = by_id.get(row.answers)
        below.setdefault(parent.record_id if parent and parent is not row else None, []).append(row)
    return [Answered(shown[row.record_id], depth) for row, depth in _ordered(below) if row.record_id in shown]


def _utc(text: str) -> str:
    """A time as text that sorts, whatever zone it was sent in; empty where it is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""


def _ordered(below: dict[UUID | None, list[MailMessage]]) -> list[tuple[MailMessage, int]]:
    """Depth first; messages that answer each other in a ring stand at the end, so that none is lost."""
    ordered: list[tuple[MailMessage, int]] = []
    waiting = [(row, 0) for row in reversed(below.pop(None, []))]
    while waiting or below:
        if not waiting:
            _parent, rows = below.popitem()
            waiting = [(row, 0) for row in reversed(rows)]
        row, depth = waiting.pop()
        ordered.append((row, depth))
        waiting += [(answer, depth + 1) for answer in reversed(below.pop(row.record_id, []))]
    return ordered


def message_of(record: Record) -> Document | None:
    """The message itself among a record's documents."""
    for document in record.documents.order_by("sequence"):
        if document.role == "body" and document.original_name.lower().endswith((".eml", ".mbox", ".mbx")):
            return document
    return record.documents.order_by("sequence").first() if THREAD in record.metadata else None
