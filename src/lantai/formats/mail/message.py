"""A message as people read it: who wrote what to whom and when, the text, the files that came along."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .addresses import Address, parse_addresses
from .bodies import MAX_TEXT_BYTES, attachment_name, enclosed_name, part_text, plain_span
from .dates import parse_date
from .defects import Defect
from .fields import Header, unfold
from .letters import decode_letters
from .structure import Part, Splitter
from .threads import message_ids, thread_key
from .transfer import Source, Span, decode_chunks, find_uuencoded, has_foreign_letters
from .views import Views, sort_parts

_ONCE = (
    "from", "date", "subject", "message-id", "to", "cc", "bcc", "reply-to", "sender", "in-reply-to", "references",
)  # fmt: skip
_OF_A_MESSAGE = frozenset({*_ONCE, "received", "return-path", "delivered-to", "mime-version", "content-type"})
MAX_TEXT_PARTS = 50
MAX_MESSAGE_BYTES = 256 * 2**20
"""Many times what any mail system takes."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came along with a message.

    Attributes:
        name: as the sender named it; empty where nobody did.
        media_type: as the message says.
        body: its bytes within the message, still encoded.
        encoding: how they are encoded.
        content_id: by which HTML refers to it.
    """

    name: str
    media_type: str
    body: Span
    encoding: str
    content_id: str = ""

    def chunks(self) -> Iterator[bytes]:
        """Its own bytes, a chunk at a time."""
        return decode_chunks(self.body, self.encoding)

    def measure(self) -> tuple[int, str]:
        """Its size in bytes and SHA-256."""
        size_bytes, running = 0, hashlib.sha256()
        for chunk in self.chunks():
            size_bytes += len(chunk)
            running.update(chunk)
        return size_bytes, running.hexdigest()


@dataclass(slots=True)
class Message:
    """A message, read (DA/T 32: sender, receivers, subject, times, attachments).

    Attributes:
        header: its fields.
        root: its structure.
        subject: decoded.
        senders: ``From``.
        to: receivers; ``cc`` and ``bcc`` likewise.
        date: when it was sent, with the zone it was sent in.
        message_id: without angles.
        in_reply_to: ids it answers.
        references: ids of the conversation so far, oldest first.
        attachments: files in order.
        defects: what is wrong with it.
    """

    header: Header
    root: Part
    views: Views
    subject: str = ""
    senders: list[Address] = field(default_factory=list)
    to: list[Address] = field(default_factory=list)
    cc: list[Address] = field(default_factory=list)
    bcc: list[Address] = field(default_factory=list)
    date: datetime | None = None
    message_id: str = ""
    in_reply_to: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)

    @property
    def thread(self) -> str:
        """What the messages of one conversation share."""
        return thread_key(self.message_id, self.in_reply_to, self.references, self.subject)

    def text(self) -> str:
        """The plain text, as far as the sender sent any; else the HTML."""
        parts = [part for part in self.views.text if part.media_type.startswith("text/")]
        if not parts and self.root.is_container and self.root.preamble:
            return decode_letters(b"".join(self.root.preamble.chunks())[:MAX_TEXT_BYTES])[0]
        return "\n".join(part_text(part) for part in parts[:MAX_TEXT_PARTS])

    def html(self) -> str:
        """The HTML the sender sent; empty where there is none."""
        parts = [part for part in self.views.html if part.media_type == "text/html"]
        return "\n".join(part_text(part) for part in parts[:MAX_TEXT_PARTS])


def parse_message(source: Source) -> Message:
    """Reads one message; whatever is wrong stands in its defects, nothing is raised."""
    splitter = Splitter()
    span = Span(source, _first_line(source), len(source))
    root = splitter.split(span)
    header = root.header
    header.charset = header.charset or _charset_within(root)
    message = Message(header, root, sort_parts(root), defects=splitter.defects)
    _read_fields(message)
    message.attachments = list(_attachments(message.views))
    message.defects += _field_defects(message, span)
    message.defects += _body_defects(message)
    return message


@contextmanager
def open_message(path: Path) -> Iterator[Message]:
    """Reads one message without copying it; of one beyond :data:`MAX_MESSAGE_BYTES`, the beginning."""
    size_bytes = path.stat().st_size
    if size_bytes == 0:
        yield parse_message(b"")
        return
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), min(size_bytes, MAX_MESSAGE_BYTES), access=mmap.ACCESS_READ) as source,
    ):
        message = parse_message(source)
        if size_bytes > MAX_MESSAGE_BYTES:
            message.defects.append(Defect("too_large", str(size_bytes)))
        yield message


def _first_line(source: Source) -> int:
    """Blank lines and a byte-order mark before a header are passed over."""
    head = source[:4096].removeprefix(b"\xef\xbb\xbf")
    return len(source[:4096]) - len(head.lstrip(b"\r\n"))


def _charset_within(root: Part) -> str:
    return next((part.header.charset for part in root.walk() if part.header.charset), "")


def _read_fields(message: Message) -> None:
    header = message.header
    message.subject = header.text("subject")
    for name, into in (
        ("from", message.senders),
        ("to", message.to),
        ("cc", message.cc),
        ("bcc", message.bcc),
    ):
        for raw in header.all(name):
            into += parse_addresses(raw, header.charset)
    message.date = parse_date(unfold(header.raw("date") or b""))
    message.message_id = next(iter(_ids(header, "message-id")), "")
    message.in_reply_to = _ids(header, "in-reply-to")
    message.references = _ids(header, "references")


def _ids(header: Header, name: str) -> list[str]:
    raw = header.raw(name)
    return message_ids(unfold(raw)) if raw else []


def _attachments(views: Views) -> Iterator[Attachment]:
    for part in views.text:
        if span := plain_span(part):
            for found in find_uuencoded(span.source, span.start, span.end):
                name = enclosed_name(found.name, part.header.charset)
                yield Attachment(
                    name, "application/octet-stream", Span(span.source, found.start, found.end), "x-uuencode"
                )
    for part in views.attachments:
        encoding = (
            "7bit" if part.is_message and part.encoding in {"base64", "quoted-printable"} else part.encoding
        )
        body = part.parts[0].body if encoding != part.encoding else part.body
        body = Span(body.source, 0, len(body.source)) if encoding != part.encoding else body
        yield Attachment(
            attachment_name(part), part.media_type, body, encoding, part.header.text("content-id").strip("<>")
        )


def _field_defects(message: Message, span: Span) -> Iterator[Defect]:
    header = message.header
    names = {found.name for found in header.fields}
    if not names:
        yield Defect("no_header" if span.size_bytes else "empty")
        return
    if not names & _OF_A_MESSAGE:
        yield Defect("no_message_field")
    if any(b"\0" in found.raw for found in header.fields):
        yield Defect("binary")
    yield from _origin_defects(message)
    for name in _ONCE:
        if len(header.all(name)) > 1:
            yield Defect("repeated_field", name)
    if header.stray_lines:
        yield Defect("stray_header_line")
    if any(not found.raw.isascii() for found in header.fields):
        yield Defect("eight_bit_header")


def _origin_defects(message: Message) -> Iterator[Defect]:
    if not message.senders:
        yield Defect("no_from")
    if message.header.raw("date") is None:
        yield Defect("no_date")
    elif message.date is None:
        yield Defect("bad_date", message.header.text("date")[:60])


def _body_defects(message: Message) -> list[Defect]:
    found: list[Defect] = []
    for part in message.root.walk():
        if part.is_container or len(found) >= 100:
            continue
        if part.encoding == "base64" and has_foreign_letters(part.body):
            found.append(Defect("base64_damaged", attachment_name(part) or part.media_type))
    for part in message.views.text[:MAX_TEXT_PARTS]:
        if part.media_type.startswith("text/"):
            part_text(part, found)
    return found
