"""Which messages belong together: by ids, and where programs drop them, by subject (RFC 5322 3.6.4, RFC 5256)."""

from __future__ import annotations

import re

_ID = re.compile(r"<\s*([^<>\s]{1,900})\s*>")
_PREFIX = re.compile(
    r"\A\s*(?:(?:re|fw|fwd|aw|wg|sv|tr|回复|答复|转发|轉發|回覆|答覆)\s*(?:\[\d+\]|\(\d+\)|\d+)?\s*[:：]|\[[^\]]{1,40}\](?=\s*\S))\s*",
    re.IGNORECASE,
)
_TRAILER = re.compile(r"\s*\((?:fwd|转发)\)\s*\Z", re.IGNORECASE)


def message_ids(text: str) -> list[str]:
    """The ids of a ``Message-ID``, ``In-Reply-To`` or ``References`` field, without angles."""
    found = _ID.findall(text)
    if found:
        return found
    bare = text.split()
    return [word for word in bare if "@" in word] or bare[:1]


def base_subject(subject: str) -> str:
    """A subject without 回复, Re, Fwd and list tags, for messages whose ids were dropped."""
    text = _TRAILER.sub("", " ".join(subject.split()))
    while (shorter := _PREFIX.sub("", text)) != text:
        text = shorter
    return text.casefold()


def thread_key(message_id: str, in_reply_to: list[str], references: list[str], subject: str) -> str:
    """The id of the message a conversation began with; by subject where a reply names none."""
    if references:
        return references[0]
    if in_reply_to:
        return in_reply_to[0]
    base = base_subject(subject)
    if base and base != " ".join(subject.split()).casefold():
        return f"subject:{base}"
    return message_id or f"subject:{base}"
