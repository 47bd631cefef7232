"""A message as a person reads it: its text, its HTML, and the pictures that stand in the HTML."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .message import Message, open_message

MAX_SHOWN = 2 * 2**20
"""Characters of text or HTML shown."""
MAX_PICTURES_BYTES = 16 * 2**20
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})


@dataclass(frozen=True, slots=True)
class MessageShown:
    """What a reader sees of a message.

    Attributes:
        text: plain text as sent; the HTML's source where there is no other.
        html: as sent, to be made harmless; empty where there is none.
        pictures: ``data:`` addresses by Content-ID.
        problem: why it could not be read.
    """

    text: str = ""
    html: str = ""
    pictures: Mapping[str, str] | None = None
    problem: str = ""


def shown_message(path: Path) -> dict[str, Any]:
    """What is shown, as JSON; only children of the pool call this."""
    with open_message(path) as message:
        html = message.html()[:MAX_SHOWN]
        return {
            "text": message.text()[:MAX_SHOWN],
            "html": html,
            "pictures": _pictures(message) if html else {},
        }


def shown_from(answer: Mapping[str, Any]) -> MessageShown:
    """What a child of the pool answered."""
    if problem := answer.get("crash") or answer.get("error"):
        return MessageShown(problem=str(problem))
    return MessageShown(answer["text"], answer["html"], answer["pictures"])


def _pictures(message: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    left = MAX_PICTURES_BYTES
    for attachment in message.attachments:
        if not attachment.content_id or attachment.media_type not in _PICTURES:
            continue
        size_bytes, _sha256 = attachment.measure()
        if size_bytes <= left:
            left -= size_bytes
            data = base64.b64encode(b"".join(attachment.chunks())).decode("ascii")
            found[attachment.content_id] = f"data:{attachment.media_type};base64,{data}"
    return found
