"""The bytes of an archive, inflated where they are compressed, with the ends of the gzip members known."""

from __future__ import annotations

import zlib
from collections import deque
from pathlib import Path

CHUNK = 1 << 18
FREE_BYTES = 64 * 2**20
RATIO = 250
"""What deflate can reach on a page of nothing but blanks, and a little less than on zeros alone."""
_GZIP = b"\x1f\x8b"


class Inflation(Exception):  # noqa: N818 - the two reasons are its subclasses
    """The compressed bytes cannot be read on."""


class Damaged(Inflation):
    """They are damaged or end too soon."""


class Bomb(Inflation):
    """They grow beyond any honest measure."""


class Inflated:
    """Reads a file as a stream of plain bytes.

    Attributes:
        position: plain bytes handed out so far.
        compressed: whether the file is gzip.
        ends: plain positions at which a gzip member ended, as far as read, oldest first.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._file = path.open("rb")
        self._file.seek(offset)
        self.compressed = self._file.read(2) == _GZIP
        self._file.seek(offset)
        self.position = 0
        self.ends: deque[int] = deque()
        self.starts: deque[tuple[int, int]] = deque([(0, 0)])
        self._buffer = bytearray()
        self._raw = b""
        self._raw_offset = 0
        self._inflater = zlib.decompressobj(31)
        self._fresh = True
        self._finished = False
        self._member_bytes = 0
        self._member_offset = 0

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def read(self, count: int) -> bytes:
        """Up to so many bytes; fewer only at the end."""
        while len(self._buffer) < count and self._fill():
            pass
        return self._take(min(count, len(self._buffer)))

    def readline(self, limit: int) -> bytes:
        """A line with its end, or as much of it as the limit allows."""
        searched = 0
        while (found := self._buffer.find(b"\n", searched, limit)) < 0:
            searched = len(self._buffer)
            if searched >= limit or not self._fill():
                return self._take(min(limit, len(self._buffer)))
        return self._take(found + 1)

    def peek(self, count: int) -> bytes:
        """The next bytes, left where they are."""
        while len(self._buffer) < count and self._fill():
            pass
        return bytes(self._buffer[:count])

    def file_offset(self) -> int:
        """Where in the file the next byte stands; of compressed bytes, where their member begins."""
        if not self.compressed:
            return self.position
        while len(self.starts) > 1 and self.starts[1][0] <= self.position:
            self.starts.popleft()
        return self.starts[0][1]

    def _take(self, count: int) -> bytes:
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        self.position += count
        return data

    def _fill(self) -> bool:
        if self._finished:
            return False
        data = self._inflate() if self.compressed else self._file.read(CHUNK)
        if data is None or (not data and not self.compressed):
            self._finished = True
            return False
        self._buffer += data
        return True

    def _inflate(self) -> bytes | None:
        if not self._raw:
            self._raw_offset = self._file.tell()
            self._raw = self._file.read(CHUNK)
            if not self._raw:
                if not self._fresh:
                    self._finished = True
                    raise Damaged("压缩数据不完整")
                return None
        if self._fresh and not self._raw.strip(b"\0"):
            self._raw = b""
            return b""
        try:
            data = self._inflater.decompress(self._raw, CHUNK)
        except zlib.error as error:
            self._finished = True
            raise Damaged(str(error)) from error
        self._account(len(data))
        return data

    def _account(self, count: int) -> None:
        """Notes how far the member has come; the next one begins where it ends."""
        ended = self._inflater.eof
        rest = self._inflater.unused_data if ended else self._inflater.unconsumed_tail
        self._raw_offset += len(self._raw) - len(rest)
        self._raw, self._fresh = rest, ended
        self._member_bytes += count
        packed = self._raw_offset - self._member_offset
        if self._member_bytes > FREE_BYTES and self._member_bytes > RATIO * packed:
            self._finished = True
            raise Bomb(f"{packed} 字节解出 {self._member_bytes} 字节")
        if ended:
            end = self.position + len(self._buffer) + count
            self.ends.append(end)
            self.starts.append((end, self._raw_offset))
            self._inflater = zlib.decompressobj(31)
            self._member_bytes, self._member_offset = 0, self._raw_offset
