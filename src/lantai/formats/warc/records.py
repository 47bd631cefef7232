"""Records of WARC and ARC files, one after the other; a block is read as it streams."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .faults import Fault
from .streams import CHUNK, Bomb, Inflated, Inflation

MAX_LINE_BYTES = 64 * 1024
MAX_HEADER_BYTES = 1 << 20
_VERSION = re.compile(rb"\AWARC/(0\.1[5-9]|1\.[01])[ \t]*\r{0,2}\n\Z")
_FIELD = re.compile(rb"\A([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*\r{0,2}\n?\Z", re.DOTALL)
_ARC_START = re.compile(rb"\Afiledesc:|\Ahttps?://")
_EMPTY_LINES = frozenset({b"\r\n", b"\n", b"\r\r\n"})
_MOST_NEWLINES = 64
_DIGITS = re.compile(r"\A\d{1,15}\Z")
_ARC_DATE = re.compile(r"\A\d{12,17}\Z")


@dataclass(slots=True)
class WarcRecord:
    """One record; its block can be read once, before the next record is asked for.

    Attributes:
        offset: of the record, or of its gzip member, within the file in bytes.
        version: ``1.0``, ``0.18``, …; ``arc`` for ARC.
        fields: named fields by lower-case name, the first of each.
        length: bytes of its block.
        faults: what is wrong with it.
        is_last: nothing more can be read after it.
    """

    offset: int
    version: str
    fields: dict[str, str]
    length: int
    faults: list[Fault] = field(default_factory=list)
    is_last: bool = False
    _stream: Inflated | None = None
    _left: int = 0

    @property
    def type(self) -> str:
        """``response``, ``request``, …; lower case."""
        return self.fields.get("warc-type", "").lower()

    @property
    def name(self) -> str:
        """Its record id, else its address."""
        return self.fields.get("warc-record-id") or self.fields.get("warc-target-uri", "")

    @property
    def uri(self) -> str:
        """The address it was captured from, without the angles some programs write."""
        return self.fields.get("warc-target-uri", "").strip().strip("<>")

    def chunks(self) -> Iterator[bytes]:
        """The block, a chunk at a time."""
        while self._left and self._stream is not None:
            try:
                data = self._stream.read(min(CHUNK, self._left))
            except Inflation as error:
                self.break_off("bomb" if isinstance(error, Bomb) else "damaged_gzip", str(error))
                return
            if not data:
                self.break_off("cut", f"少 {self._left} 字节")
                return
            self._left -= len(data)
            yield data

    def break_off(self, key: str, observed: str = "") -> None:
        """Notes a fault after which nothing more can be read."""
        self.say(key, observed)
        self._left, self.is_last = 0, True

    def say(self, key: str, observed: str = "") -> None:
        """Notes a fault of this record."""
        self.faults.append(Fault(key, self.offset, self.name, observed[:200]))


def iter_warc(path: Path) -> Iterator[WarcRecord]:
    """The records of a file in order, whatever is wrong with them; ends where it cannot be read on.

    The faults of a record are complete when the next one is asked for.
    """
    stream = Inflated(path)
    try:
        yield from _records(stream)
    finally:
        stream.close()


@contextmanager
def open_record(path: Path, offset: int) -> Iterator[WarcRecord | None]:
    """The record that begins at an offset (:attr:`WarcRecord.offset`), or ``None`` where none does."""
    stream = Inflated(path, offset)
    try:
        yield next(_records(stream), None)
    finally:
        stream.close()


def _records(stream: Inflated) -> Iterator[WarcRecord]:
    record = WarcRecord(0, "", {}, 0)
    try:
        head = stream.peek(32)
        read = _read_warc if head.startswith(b"WARC/") else _read_arc if _ARC_START.match(head) else None
        if read is None:
            record.break_off("not_warc" if head else "empty")
            yield record
            return
        while stream.peek(1):
            start, record = stream.position, WarcRecord(stream.file_offset(), "", {}, 0, _stream=stream)
            read(stream, record)
            yield record
            for _ in record.chunks():
                pass
            if record.is_last:
                return
            _finish(stream, record, start)
    except Inflation as error:
        is_new = record.length == 0 and not record.fields
        record.break_off("bomb" if isinstance(error, Bomb) else "damaged_gzip", str(error))
        if is_new:
            yield record


def _read_warc(stream: Inflated, record: WarcRecord) -> None:
    line = stream.readline(MAX_LINE_BYTES)
    version = _VERSION.match(line)
    if version is None:
        record.break_off("bad_version", repr(line[:60]))
        return
    record.version = version.group(1).decode("ascii")
    if not _read_fields(stream, record):
        return
    length = record.fields.get("content-length", "")
    if not _DIGITS.match(length):
        record.break_off("bad_length" if length else "missing_field", length or "Content-Length")
        return
    record.length = record._left = int(length)


def _read_fields(stream: Inflated, record: WarcRecord) -> bool:
    """Reads the named fields; whether the block can be found behind them."""
    size_bytes, last, bare = 0, "", False
    while True:
        line = stream.readline(MAX_LINE_BYTES)
        size_bytes += len(line)
        if line in _EMPTY_LINES:
            break
        field_of = _FIELD.match(line)
        if size_bytes > MAX_HEADER_BYTES or len(line) >= MAX_LINE_BYTES:
            record.break_off("header_too_long")
            return False
        if not line.endswith(b"\n"):
            record.break_off("cut")
            return False
        bare = bare or not line.endswith(b"\r\n") or line.endswith(b"\r\r\n")
        if line[:1] in b" \t" and last:
            record.fields[last] += " " + line.decode("utf-8", "replace").strip()
        elif field_of is None:
            record.break_off("bad_header", repr(line[:60]))
            return False
        else:
            last = field_of.group(1).decode("ascii").lower()
            record.fields.setdefault(last, field_of.group(2).decode("utf-8", "replace"))
    if bare:
        record.say("bare_newlines")
    return True


def _read_arc(stream: Inflated, record: WarcRecord) -> None:
    """The line of an ARC record: address, IP, date, type, … and at its end the length."""
    record.version = "arc"
    line = stream.readline(MAX_LINE_BYTES)
    parts = line.decode("utf-8", "replace").rstrip("\r\n").split(" ")
    if len(parts) < 5 or not _ARC_DATE.match(date := _arc_date(parts)) or not _DIGITS.match(parts[-1]):
        record.break_off("bad_arc", repr(line[:80]))
        return
    place = parts.index(date)
    is_head = parts[0].startswith("filedesc:")
    record.fields = {
        "warc-type": "warcinfo" if is_head else "response",
        "warc-target-uri": " ".join(parts[: place - 1]),
        "warc-date": date,
        "content-type": parts[place + 1] if len(parts) > place + 2 else "",
    }
    record.length = record._left = int(parts[-1])


def _arc_date(parts: list[str]) -> str:
    """The date, found from the end: an address may hold spaces."""
    return next((part for part in reversed(parts[2:-1]) if _ARC_DATE.match(part)), "")


def _finish(stream: Inflated, record: WarcRecord, start: int) -> None:
    """What has to stand between two records: empty lines, and the end of a gzip member."""
    after = stream.peek(8)
    least, most = (1, 2) if record.version == "arc" else (2, 2)
    lines = 0
    while lines < _MOST_NEWLINES and re.match(rb"\r{0,2}\n", stream.peek(3)):
        stream.readline(4)
        lines += 1
    if lines > most:
        record.say("extra_newlines")
    elif lines < least and _is_at_end(stream, start):
        record.say("no_final_newlines")
    elif lines < least:
        record.say("bad_boundary", repr(after))
        _resume(stream)
    if stream.compressed:
        _check_members(stream, record, start)


def _is_at_end(stream: Inflated, start: int) -> bool:
    """Whether nothing follows, or a new gzip member, so that the boundary is sure all the same."""
    if not stream.peek(1):
        return True
    return any(end == stream.position for end in stream.ends if end > start)


def _resume(stream: Inflated) -> None:
    """Passes over what belongs to no record, up to the next one, so that more can be said."""
    passed = 0
    while passed < MAX_HEADER_BYTES and not stream.peek(5).startswith(b"WARC/"):
        line = stream.readline(MAX_LINE_BYTES)
        passed += len(line)
        if not line:
            return


def _check_members(stream: Inflated, record: WarcRecord, start: int) -> None:
    while stream.ends and stream.ends[0] <= start:
        stream.ends.popleft()
    if stream.ends and stream.ends[0] < stream.position:
        record.say("not_per_record", "一条记录分在几段压缩数据中")
    elif stream.peek(1) and (not stream.ends or stream.ends[0] != stream.position):
        record.say("not_per_record", "几条记录压缩在一段数据中")
