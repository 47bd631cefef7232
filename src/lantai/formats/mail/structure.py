"""The parts of a message and where they lie (RFC 2045, 2046); nothing is decoded here.

The source may be a memory map: only headers are copied, so that memory does not grow with attachments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .defects import Defect
from .fields import MAX_FIELDS, MAX_HEADER_BYTES, Field, Header, name_of, parse_parameters
from .transfer import Source, Span, decode_chunks

MAX_DEPTH = 100
MAX_PARTS = 10_000
MAX_ENCODED_MESSAGE_BYTES = 32 * 2**20
_TYPE = re.compile(r"\A([\w!#$&^.+-]+)\s*/\s*([\w!#$&^.+*-]+)")
_BARE_TYPE = re.compile(r"\A([\w-]+)/?\Z")
_ENCODINGS = frozenset(
    {"7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "x-uue", "uuencode"}
)
_MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})


@dataclass(slots=True)
class Part:
    """One entity: a leaf with a body, or a container with parts.

    Attributes:
        header: its fields.
        media_type: lower case, ``text/plain`` where none is given.
        parameters: of the content type.
        disposition: ``inline``, ``attachment`` or empty.
        disposition_parameters: of the content disposition.
        encoding: lower-case transfer encoding, ``7bit`` where none is given.
        body: the bytes between header and end.
        parts: of a multipart, or the one message within a ``message/rfc822``.
        is_container: holds parts, even if none were found.
        preamble: what stands before the first boundary of a multipart; all of it where there is none.
        epilogue: what stands after the last.
    """

    header: Header
    media_type: str
    parameters: dict[str, str]
    disposition: str
    disposition_parameters: dict[str, str]
    encoding: str
    body: Span
    parts: list[Part] = field(default_factory=list)
    is_container: bool = False
    preamble: Span | None = None
    epilogue: Span | None = None

    @property
    def is_multipart(self) -> bool:
        """Whether it holds parts side by side."""
        return self.is_container and not self.is_message

    @property
    def is_message(self) -> bool:
        """Whether it holds one message."""
        return self.is_container and self.media_type in _MESSAGES

    def walk(self) -> Iterator[Part]:
        """This part and all within, in order."""
        yield self
        for part in self.parts:
            yield from part.walk()


class Splitter:
    """Splits one message; collects what is wrong on the way."""

    def __init__(self) -> None:
        self.defects: list[Defect] = []
        self.count = 0

    def split(self, span: Span, default_type: str = "text/plain", depth: int = 0) -> Part:
        """The part that lies in the span, with all parts within."""
        self.count += 1
        header, start = read_header(span)
        part = self._describe(header, Span(span.source, start, span.end), default_type)
        if depth >= MAX_DEPTH:
            self._say("too_deep")
        elif part.media_type.startswith("multipart/"):
            self._split_multipart(part, depth)
        elif part.media_type in _MESSAGES:
            self._split_message(part, depth)
        return part

    def _describe(self, header: Header, body: Span, default_type: str) -> Part:
        raw_type = next(reversed(header.all("content-type")), None)
        value, parameters = parse_parameters(raw_type or b"")
        media_type = self._media_type(value, default_type, given=raw_type is not None)
        header.charset = parameters.get("charset", "")
        disposition, more = parse_parameters(header.raw("content-disposition") or b"", header.charset)
        if header.charset and raw_type is not None:
            _, parameters = parse_parameters(raw_type, header.charset)
        encoding, _ = parse_parameters(header.raw("content-transfer-encoding") or b"7bit")
        encoding = encoding.lower().strip().rstrip(".") or "7bit"
        if encoding not in _ENCODINGS:
            self._say("unknown_encoding", encoding)
        if header.cut:
            self._say("header_too_long")
        return Part(header, media_type, parameters, disposition.lower(), more, encoding, body)

    def _media_type(self, value: str, default_type: str, *, given: bool) -> str:
        match = _TYPE.match(value)
        if match:
            return f"{match.group(1)}/{match.group(2)}".lower()
        if not given:
            return default_type
        self._say("bad_content_type", value[:80])
        bare = _BARE_TYPE.match(value)
        return f"{bare.group(1).lower()}/" if bare else default_type

    def _split_multipart(self, part: Part, depth: int) -> None:
        part.is_container = True
        boundary = part.parameters.get("boundary", "").encode("utf-8", "surrogateescape")
        pieces, closed, ends = _pieces(part.body, boundary)
        if not pieces and not closed and boundary != boundary.rstrip():
            pieces, closed, ends = _pieces(part.body, boundary.rstrip())
        part.preamble, part.epilogue = ends
        if not closed:
            missing = "boundary_never_found" if boundary else "no_boundary_parameter"
            self._say("not_closed" if pieces else missing)
        default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
        for piece in pieces:
            if self.count >= MAX_PARTS:
                self._say("too_many_parts")
                return
            part.parts.append(self.split(piece, default, depth + 1))

    def _split_message(self, part: Part, depth: int) -> None:
        span = part.body
        if part.encoding in {"base64", "quoted-printable"}:
            if span.size_bytes > MAX_ENCODED_MESSAGE_BYTES:
                return
            data = b"".join(decode_chunks(span, part.encoding))
            span = Span(data, 0, len(data))
        part.is_container = True
        part.parts.append(self.split(span, "text/plain", depth + 1))

    def _say(self, key: str, where: str = "") -> None:
        defect = Defect(key, where)
        if len(self.defects) < 1000 and defect not in self.defects[-20:]:
            self.defects.append(defect)


def read_header(span: Span) -> tuple[Header, int]:
    """The header a span begins with, and where its body begins.

    A line that belongs to no field is passed over where a field follows before the blank line;
    else the body begins there.
    """
    lines: list[list[bytes]] = []
    header = Header()
    source, position, end = span.source, span.start, span.end
    while position < end:
        line = _line(source, position, end)
        position += len(line)
        if not line.strip(b"\r\n"):
            break
        if line[:2] == b"--" and lines and not name_of(line):
            position -= len(line)
            break
        _take_line(header, lines, line, at_start=position == span.start + len(line))
        if position - span.start > MAX_HEADER_BYTES or len(lines) > MAX_FIELDS:
            header.cut = True
            break
    header.fields = [_field(b"".join(parts)) for parts in lines]
    return header, position


def _line(source: Source, start: int, end: int) -> bytes:
    stop = source.find(b"\n", start, min(end, start + MAX_HEADER_BYTES))
    return source[start : stop + 1 if stop >= 0 else min(end, start + MAX_HEADER_BYTES)]


def _field(lines: bytes) -> Field:
    return Field(name_of(lines) or "", lines.partition(b":")[2])


def _take_line(header: Header, lines: list[list[bytes]], line: bytes, *, at_start: bool) -> None:
    if line[:1] in b" \t" and lines:
        lines[-1].append(line)
    elif name_of(line):
        lines.append([line])
    elif not (at_start and line.startswith((b"From ", b">From "))):
        header.stray_lines += 1


def _pieces(span: Span, boundary: bytes) -> tuple[list[Span], bool, tuple[Span | None, Span | None]]:
    """The parts between boundaries, whether the last was closed, preamble and epilogue."""
    found: list[Span] = []
    preamble: Span | None = span
    start: int | None = None
    for line_start, line_end, closes in _boundaries(span, boundary):
        before = _without_newline(span, line_start, span.start if start is None else start)
        if start is not None:
            found.append(Span(span.source, start, before))
        else:
            preamble = Span(span.source, span.start, before)
        if closes:
            return found, True, (preamble, Span(span.source, line_end, span.end))
        start = line_end
        if len(found) > MAX_PARTS:
            break
    if start is not None and start < span.end:
        found.append(Span(span.source, start, span.end))
    return found, False, (preamble, None)


def _boundaries(span: Span, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    source, delimiter, position = span.source, b"--" + boundary, span.start
    while boundary and (place := source.find(delimiter, position, span.end)) >= 0:
        position = after = place + len(delimiter)
        if place > span.start and source[place - 1 : place] != b"\n":
            continue
        closes = source[after : after + 2] == b"--"
        rest = _line(source, after + 2 * closes, span.end)
        if closes or not rest[:1].strip():
            yield place, after + 2 * closes + len(rest), closes


def _without_newline(span: Span, end: int, floor: int) -> int:
    if end > floor and span.source[end - 1 : end] == b"\n":
        end -= 1
        if end > floor and span.source[end - 1 : end] == b"\r":
            end -= 1
    return end
