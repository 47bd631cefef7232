"""What an HTTP message within a record says: status, media type, and its body without chunks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .records import WarcRecord

MAX_HEAD_BYTES = 1 << 20
TITLE_BYTES = 64 * 1024
_STATUS = re.compile(rb"\A(?:HTTP/\d(?:\.\d)?|ICY)[ \t]+(\d{3})")
_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Entity:
    """Payload bytes as transferred, and with chunks taken off."""

    raw: bytes = b""
    plain: bytes = b""


class Payload:
    """Separates head and body of a record's block as it streams.

    Attributes:
        status: of a response, else ``None``.
        status_line: its first line.
        media_type: of the body, lower case, without parameters.
        charset: as its parameters say.
        encoding: content encoding of the body, lower case.
        beginning: the first bytes of the body, still content-encoded.
        fields: of the head by lower-case name, the first of each.
        is_broken: said to be HTTP, and is not.
    """

    def __init__(self, record: WarcRecord) -> None:
        content_type = record.fields.get("content-type", "").lower()
        is_http = content_type.startswith("application/http")
        if record.version == "arc":
            is_http = record.uri.startswith(("http://", "https://"))
        self.is_response = is_http and record.type in {"response", "revisit"}
        self.has_head = is_http and record.type in {"response", "revisit", "request"} and record.length > 0
        self.status: int | None = None
        self.status_line = ""
        self.media_type = "" if self.has_head else content_type.partition(";")[0].strip()
        self.charset = ""
        self.encoding = ""
        self.beginning = b""
        self.fields: dict[str, str] = {}
        self.is_broken = False
        self._head = b""
        self._chunks: _Chunks | None = None

    def feed(self, data: bytes) -> Entity:
        """The part of these bytes that belongs to the payload."""
        if not self.has_head:
            return self._body(data)
        self._head += data
        end = _END.search(self._head)
        if end is None and len(self._head) < MAX_HEAD_BYTES:
            return Entity()
        head, rest = self._head[: end.start() if end else 0], self._head[end.end() if end else 0 :]
        self._read_head(head)
        self.has_head, self._head = False, b""
        return self._body(rest)

    def finish(self) -> None:
        """Says that the block has ended; a head without end is read as far as it goes."""
        if self.has_head:
            self._read_head(self._head)

    def _body(self, data: bytes) -> Entity:
        plain = self._chunks.feed(data) if self._chunks else data
        if len(self.beginning) < TITLE_BYTES:
            self.beginning += plain[: TITLE_BYTES - len(self.beginning)]
        return Entity(data, plain)

    def _read_head(self, head: bytes) -> None:
        lines = head.split(b"\n")
        self.status_line = lines[0].decode("latin-1").strip()
        status = _STATUS.match(lines[0])
        self.status = int(status.group(1)) if status else None
        self.is_broken = self.is_response and status is None
        fields = self.fields
        for line in lines[1:]:
            name, _, value = line.decode("latin-1").partition(":")
            fields.setdefault(name.strip().lower(), value.strip())
        kind, _, parameters = fields.get("content-type", "").partition(";")
        self.media_type = kind.strip().lower()
        charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", parameters, re.IGNORECASE)
        self.charset = charset.group(1) if charset else ""
        self.encoding = fields.get("content-encoding", "").lower()
        if "chunked" in fields.get("transfer-encoding", "").lower():
            self._chunks = _Chunks()


class _Chunks:
    """Takes chunked transfer off; bytes that are not chunked, whatever was said, pass as they are."""

    def __init__(self) -> None:
        self._buffer = b""
        self._left = 0
        self._done = False
        self._plain = False
        self._started = False

    def feed(self, data: bytes) -> bytes:
        if self._plain:
            return data
        self._buffer += data
        result = bytearray()
        while self._buffer and not self._done and not self._plain:
            if self._left:
                taken = self._buffer[: self._left]
                self._buffer, self._left = self._buffer[len(taken) :], self._left - len(taken)
                result += taken
                continue
            line, newline, rest = self._buffer.partition(b"\n")
            if not newline and len(self._buffer) < 1024:
                break
            if not self._begin(line, rest):
                result += self._buffer
                self._buffer = b""
        return bytes(result)

    def _begin(self, line: bytes, rest: bytes) -> bool:
        """Takes the line that says how long the next chunk is; ``False`` where it says no such thing."""
        size = line.split(b";")[0].strip()
        if not size and self._started:
            self._buffer = rest
            return True
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", size):
            self._plain = True
            return False
        self._buffer, self._left, self._started = rest, int(size, 16), True
        self._done = self._left == 0
        return True
