"""Blocks of an image and their digests: how damage is located."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from .layout import DIGEST_BYTES, DIGESTS_1, DIGESTS_2, Layout

_SECTOR_BYTES = 2048
READ_BYTES = 8 * 2**20
_WINDOW = 4096


class ImageFile:
    """An image read by position; what the carrier cannot give reads as zeros.

    Zeros are never taken for good: a digest or a check follows whatever is read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size_bytes = os.lseek(self._descriptor, 0, os.SEEK_END)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._descriptor)

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes; sectors that cannot be read, or lie past the end, are zeros."""
        try:
            found = os.pread(self._descriptor, length, offset)
        except OSError:
            if length <= _SECTOR_BYTES:
                return bytes(length)
            return b"".join(
                self.read(start, min(_SECTOR_BYTES, offset + length - start))
                for start in range(offset, offset + length, _SECTOR_BYTES)
            )
        if len(found) < length and found and offset + len(found) < self.size_bytes:
            return found + self.read(offset + len(found), length - len(found))
        return found.ljust(length, b"\0")


def block_digest(content: bytes, block_bytes: int) -> bytes:
    """SHA-256 of a block; a short last one counts as filled with zeros."""
    return hashlib.sha256(content.ljust(block_bytes, b"\0")).digest()


def read_blocks(image: ImageFile, layout: Layout) -> Iterator[tuple[int, bytes]]:
    """Every block with its number, in the order in which they lie on the carrier."""
    for first, last in ((0, layout.data_blocks), (layout.data_blocks, layout.blocks)):
        at_once = max(1, READ_BYTES // layout.block_bytes)
        for start in range(first, last, at_once):
            end = min(start + at_once, last)
            offset = layout.offset_of(start)
            length = layout.offset_of(end - 1) + layout.length_of(end - 1) - offset
            content = memoryview(image.read(offset, length))
            for block in range(start, end):
                begin = (block - start) * layout.block_bytes
                yield block, bytes(content[begin : begin + layout.block_bytes])


class DigestTables:
    """The digests an image was sealed with, in both copies.

    A block is as it was sealed when either copy says so: no damage makes a wrong digest right.
    """

    def __init__(self, image: ImageFile, layout: Layout) -> None:
        self._image, self._layout = image, layout
        self._window = -1
        self._digests = (b"", b"")

    def holds(self, block: int, content: bytes) -> bool:
        """Whether a block is as it was sealed."""
        return block_digest(content, self._layout.block_bytes) in self.of(block)

    def of(self, block: int) -> tuple[bytes, bytes]:
        """What either copy says of a block."""
        window, place = divmod(block, _WINDOW)
        if window != self._window:
            start, count = window * _WINDOW, min(_WINDOW, self._layout.blocks - window * _WINDOW)
            first, second = (
                self._image.read(self._layout.offset(member) + start * DIGEST_BYTES, count * DIGEST_BYTES)
                for member in (DIGESTS_1, DIGESTS_2)
            )
            self._window, self._digests = window, (first, second)
        span = slice(place * DIGEST_BYTES, (place + 1) * DIGEST_BYTES)
        return self._digests[0][span], self._digests[1][span]
