"""Transfer encodings: base64, quoted-printable and uuencode, decoded a chunk at a time."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

CHUNK = 1 << 20
Source = bytes | mmap
_SHORTEST_RUN = 16
"""Letters of base64; what is shorter after padding is no data."""
_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)
_ALPHABET = re.compile(rb"[^A-Za-z0-9+/=\s]")
_UU_BEGIN = re.compile(rb"(?:\A|\n)begin[ \t]+([0-7]{3,4})[ \t]+([^\r\n]{1,300})\r?\n")
_UU_END = re.compile(rb"\n(?:`\r?\n)?end[ \t]*(?:\r?\n|\Z)")
_LINES = re.compile(rb"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of a source from ``start`` up to ``end``."""

    source: Source
    start: int
    end: int

    @property
    def size_bytes(self) -> int:
        """Bytes before decoding."""
        return self.end - self.start

    def chunks(self) -> Iterator[bytes]:
        """The bytes as they stand."""
        for position in range(self.start, self.end, CHUNK):
            yield self.source[position : min(position + CHUNK, self.end)]


def decode_chunks(span: Span, encoding: str) -> Iterator[bytes]:
    """The bytes a body stands for; an unknown encoding is taken as it is (RFC 2045 6.4)."""
    match encoding:
        case "base64":
            return _base64(span)
        case "quoted-printable":
            return _quoted_printable(span)
        case "x-uuencode" | "x-uue" | "uuencode":
            return _uuencoded(span)
        case _:
            return span.chunks()


def has_foreign_letters(span: Span) -> bool:
    """Whether the first chunk of a base64 body holds what is not base64 (RFC 2045 6.8)."""
    return bool(_ALPHABET.search(span.source[span.start : min(span.end, span.start + CHUNK)]))


def _base64(span: Span) -> Iterator[bytes]:
    """Padding ends the data (RFC 2045 6.8), unless a long run follows: some encode line by line."""
    kept, padded = b"", False
    for chunk in span.chunks():
        for place, run in enumerate(chunk.split(b"=")):
            if place and kept:
                yield _from_letters(kept)
                kept, padded = b"", True
            letters = run.translate(None, _NOT_BASE64)
            if padded and len(letters) < _SHORTEST_RUN:
                continue
            kept += letters
        cut = len(kept) - len(kept) % 4
        yield binascii.a2b_base64(kept[:cut])
        kept = kept[cut:]
    yield _from_letters(kept)


def _from_letters(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _quoted_printable(span: Span) -> Iterator[bytes]:
    kept = b""
    for chunk in span.chunks():
        kept += chunk
        cut = kept.rfind(b"\n") + 1
        if cut == 0 and len(kept) > CHUNK:
            cut = kept.rfind(b"=", 0, len(kept) - 3)
            cut = cut if cut > 0 else len(kept) - 3
        yield binascii.a2b_qp(kept[:cut])
        kept = kept[cut:]
    yield binascii.a2b_qp(kept)


def _uuencoded(span: Span) -> Iterator[bytes]:
    position = span.start
    begin = _UU_BEGIN.search(span.source, span.start, span.end)
    if begin:
        position = begin.end()
    for match in _LINES.finditer(span.source, position, span.end):
        line = match.group(0).rstrip(b"\r\n")
        if line in {b"end", b"`", b""}:
            break
        yield _uu_line(line)


def _uu_line(line: bytes) -> bytes:
    """A line of uuencode; those that are longer than they say are common."""
    for candidate in (line, line[: 1 + (((line[0] - 32) & 63) * 4 + 5) // 3]):
        try:
            return binascii.a2b_uu(candidate)
        except binascii.Error:
            continue
    return b""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that was put into a text by uuencode."""

    name: bytes
    start: int
    end: int


def find_uuencoded(source: Source, start: int, end: int) -> list[Enclosed]:
    """The uuencoded files within a text body, at most a thousand."""
    found: list[Enclosed] = []
    position = start
    if source.find(b"begin ", start, end) < 0 and source.find(b"begin\t", start, end) < 0:
        return found
    while len(found) < 1000 and (begin := _UU_BEGIN.search(source, position, end)):
        finish = _UU_END.search(source, begin.end() - 1, end)
        if finish is None or not _is_uu_line(source[begin.end() : begin.end() + 80]):
            break
        found.append(Enclosed(begin.group(2).strip(), begin.start(), finish.end()))
        position = finish.end() - 1
    return found


def _is_uu_line(head: bytes) -> bool:
    line = head.split(b"\n")[0].rstrip(b"\r")
    return bool(line) and len(line) >= 1 + (((line[0] - 32) & 63) * 4 + 2) // 3 - 4
