"""What the leaves of a message hold: text in its real charset, names of attachments."""

from __future__ import annotations

import re

from .defects import Defect
from .fields import decode_text, decode_words
from .letters import decode_letters
from .structure import Part
from .transfer import Span, decode_chunks

MAX_TEXT_BYTES = 16 * 2**20
_META_CHARSET = re.compile(rb"""<meta[^>]{1,200}charset\s*=\s*["']?([A-Za-z0-9._:-]{2,40})""", re.IGNORECASE)
_BODILESS_NAME = re.compile(r"[\x00-\x1f]+")


def part_bytes(part: Part, limit_bytes: int = MAX_TEXT_BYTES) -> bytes:
    """The decoded bytes of a leaf, no more than the limit."""
    data = bytearray()
    for chunk in decode_chunks(part.body, part.encoding):
        data += chunk
        if len(data) >= limit_bytes:
            break
    return bytes(data[:limit_bytes])


def part_text(part: Part, defects: list[Defect] | None = None) -> str:
    """The text of a leaf, in the charset its bytes are in."""
    return bytes_text(part, part_bytes(part), defects)


def bytes_text(part: Part, data: bytes, defects: list[Defect] | None = None) -> str:
    """As :func:`part_text`, for bytes that were decoded already."""
    label = part.parameters.get("charset", "")
    if part.media_type == "text/html" and (not label or label.lower() in {"us-ascii", "iso-8859-1"}):
        meta = _META_CHARSET.search(data[:4096])
        label = meta.group(1).decode("ascii") if meta else label
    text, held = decode_letters(data, label)
    if not held and label and defects is not None:
        defects.append(Defect("charset_lies", label[:40]))
    return text


def attachment_name(part: Part) -> str:
    """The name a part gives itself; empty where it gives none."""
    name = part.disposition_parameters.get("filename") or part.parameters.get("name", "")
    return _BODILESS_NAME.sub(" ", decode_words(name)).strip()


def enclosed_name(raw: bytes, charset: str = "") -> str:
    """The name in the first line of uuencode."""
    return decode_text(raw, charset)


def plain_span(part: Part) -> Span | None:
    """The bytes of a text body that need no decoding, where uuencode may hide."""
    plain = part.encoding in {"7bit", "8bit", "binary"} and part.media_type == "text/plain"
    return part.body if plain else None
