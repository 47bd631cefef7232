"""Writing an image: members in a row, then the digests and the error-correcting data."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from lantai.core.digests import CHUNK_BYTES

from ..adapters.erasure_code import ReedSolomon
from .blocks import ImageFile, block_digest, read_blocks
from .layout import (
    DIGEST_BYTES,
    DIGESTS_1,
    DIGESTS_2,
    END_BYTES,
    LAYOUT,
    LAYOUT_2,
    PARITY,
    Layout,
    padded,
    tar_header,
)

_STRIPE_BYTES = 64 * 2**20
_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Member:
    """A file that goes into an image.

    Attributes:
        openers: where its bytes can be had, best first.
        sha512: what they must be; empty where nobody stated it.
    """

    name: str
    size_bytes: int
    openers: Sequence[Callable[[], IO[bytes]]]
    sha512: str = ""


class SourceDamagedError(Exception):
    """No source gives a member's bytes as they should be."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class ImageWriter:
    """Writes the protected part of an image, then :meth:`seal` adds the recovery part."""

    def __init__(self, target: IO[bytes], made_at: int) -> None:
        self._target = target
        self._made_at = made_at
        self.manifest: IO[bytes] = TemporaryFile("w+b")  # noqa: SIM115 - closed with the writer
        """A line of SHA-512 and name for every member so far, as ``sha512sum -c`` reads it."""

    def close(self) -> None:
        """Lets go of the manifest; the target is the caller's."""
        self.manifest.close()

    @property
    def position(self) -> int:
        """Bytes written so far."""
        return self._target.tell()

    def add_bytes(self, name: str, content: bytes) -> None:
        """Writes a member that is in memory."""
        self._begin(name, len(content))
        self._target.write(content)
        self._end(name, len(content), hashlib.sha512(content).hexdigest())

    def add_file(self, name: str, source: IO[bytes], size: int) -> tuple[int, int]:
        """Writes a member from an open file, from its beginning; returns where its content lies."""
        source.seek(0)
        self._begin(name, size)
        start = self.position
        sha512 = self._copy(source, size)
        self._end(name, size, sha512)
        return start, size

    def mark(self) -> tuple[int, int]:
        """Where the image and its manifest stand now, for :meth:`rewind`."""
        return self.position, self.manifest.tell()

    def rewind(self, mark: tuple[int, int]) -> None:
        """Forgets what was written since."""
        for file, position in zip((self._target, self.manifest), mark, strict=True):
            file.seek(position)
            file.truncate()

    def add(self, member: Member) -> None:
        """Writes a member from the first source that gives the bytes it should.

        Raises:
            SourceDamagedError: none does.
        """
        self._begin(member.name, member.size_bytes)
        start = self.position
        for opener in member.openers:
            try:
                with opener() as source:
                    found = self._copy(source, member.size_bytes)
            except OSError:
                found = ""
            if found and member.sha512 in ("", found):
                self._end(member.name, member.size_bytes, found)
                return
            self._target.seek(start)
        raise SourceDamagedError(member.name)

    def _copy(self, source: IO[bytes], size_bytes: int) -> str:
        """Copies exactly so many bytes; returns their SHA-512, or nothing where there are not as many."""
        hasher, left = hashlib.sha512(), size_bytes
        while chunk := source.read(min(CHUNK_BYTES, left + 1)):
            left -= len(chunk)
            if left < 0:
                return ""
            hasher.update(chunk)
            self._target.write(chunk)
        return "" if left else hasher.hexdigest()

    def _begin(self, name: str, size: int) -> None:
        self._target.write(tar_header(name, size, self._made_at))

    def _end(self, name: str, size: int, sha512: str) -> None:
        self._target.write(bytes(padded(size) - size))
        if name != LAYOUT:  # which is filled in last, and carries its own check
            self.manifest.write(f"{sha512}  {name}\n".encode("utf-8", "surrogateescape"))


def write_recovery(path: Path, layout: Layout, observe: Callable[[int], None] | None = None) -> None:
    """Adds to an image whose protected part stands: parity, digests, and the layout once more."""
    with path.open("r+b") as target, ImageFile(path) as image:
        target.truncate(layout.image_bytes)
        write_frame(target, layout)
        _write_parity(image, target, layout, observe)
        target.flush()
        digests = (
            block_digest(content, layout.block_bytes) for _block, content in read_blocks(image, layout)
        )
        write_digests(target, layout, digests)
        target.flush()
        os.fsync(target.fileno())


def write_frame(target: IO[bytes], layout: Layout) -> None:
    """Headers and padding of the recovery part, the second layout and the end of the tar."""
    for name, size in layout.recovery_members:
        header = tar_header(name, size, layout.made_at)
        target.seek(layout.offset(name) - len(header))
        target.write(header)
        target.seek(layout.offset(name) + size)
        target.write(bytes(padded(size) - size))
    target.seek(layout.offset(LAYOUT_2))
    target.write(layout.to_bytes() + bytes(END_BYTES))


def write_digests(target: IO[bytes], layout: Layout, digests: Iterable[bytes]) -> None:
    """Both tables."""
    for number, several in enumerate(_batched(digests, _AT_ONCE)):
        table = b"".join(several)
        for member in (DIGESTS_1, DIGESTS_2):
            target.seek(layout.offset(member) + number * _AT_ONCE * DIGEST_BYTES)
            target.write(table)


def _batched(items: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    """Items in lists of ``size``."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _write_parity(
    image: ImageFile, target: IO[bytes], layout: Layout, observe: Callable[[int], None] | None
) -> None:
    """Groups side by side are encoded in one go: their blocks are neighbours in the image."""
    code = ReedSolomon(layout.data_blocks_in_group, layout.parity_blocks_in_group)
    at_once = max(1, _STRIPE_BYTES // (code.data * layout.block_bytes))
    for group in range(0, layout.groups, at_once):
        width = min(at_once, layout.groups - group)
        columns = b"".join(
            column_of(image, layout, place * layout.groups + group, width) for place in range(code.data)
        )
        for number, parity in enumerate(code.encode(columns)):
            target.seek(layout.offset(PARITY) + (number * layout.groups + group) * layout.block_bytes)
            target.write(parity)
        if observe:
            observe(group + width)


def column_of(image: ImageFile, layout: Layout, block: int, width: int) -> bytes:
    """``width`` data blocks in a row from ``block`` on; zeros past the protected part."""
    start = block * layout.block_bytes
    length = max(0, min(width * layout.block_bytes, layout.protected_bytes - start))
    content = image.read(start, length) if length else b""
    return content.ljust(width * layout.block_bytes, b"\0")
