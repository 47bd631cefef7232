"""Digests: SHA-256, SHA-512 and SM3 (GB/T 32905-2016) over the same bytes, read once."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .adapters.sm3 import sm3
from .errors import Unavailable
from .language import gettext as _

CHUNK_BYTES = 2**20
"""How much is read at a time, bytes."""
_LARGE_BYTES = 4 * CHUNK_BYTES
"""From here on a second thread pays."""
_AHEAD = 4
"""Chunks that may wait for a thread."""


class Readable(Protocol):
    """Anything bytes are read from: an open file, an upload, a member of an archive."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; empty at the end."""
        ...


class Writable(Protocol):
    """Anything bytes are written to."""

    def write(self, data: bytes, /) -> object:
        """Writes all of ``data``."""
        ...


@dataclass(frozen=True, slots=True)
class Digests:
    """What fixes a sequence of bytes.

    Attributes:
        size_bytes: how many there were.
        sha256: lower-case hexadecimal, 64 characters.
        sha512: lower-case hexadecimal, 128 characters; the vault's digest (OCFL 1.1).
        sm3: lower-case hexadecimal, 64 characters.
    """

    size_bytes: int
    sha256: str
    sha512: str
    sm3: str


class Digester:
    """Takes bytes piece by piece and gives every digest of the whole."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._sha256 = hashlib.sha256()
        self._sha512 = hashlib.sha512()
        self._sm3: _Hash = hashlib.new("sm3")

    @contextmanager
    def on_two_cores(self) -> Iterator[None]:
        """Within it SM3, which costs more than the other two together, has a thread of its own."""
        alone = self._sm3
        self._sm3 = beside = _HashBeside(alone)
        try:
            yield
        finally:
            beside.finish()
            self._sm3 = alone

    def update(self, chunk: bytes) -> None:
        """Adds the next bytes."""
        self.size_bytes += len(chunk)
        self._sha256.update(chunk)
        self._sha512.update(chunk)
        self._sm3.update(chunk)

    def result(self) -> Digests:
        """The digests of what was given so far; more may follow."""
        return Digests(
            size_bytes=self.size_bytes,
            sha256=self._sha256.hexdigest(),
            sha512=self._sha512.hexdigest(),
            sm3=self._sm3.hexdigest(),
        )


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Beside:
    """Bytes taken by a thread of its own: the interpreter's lock is not held while it digests or writes."""

    def __init__(self, take: Callable[[bytes], object]) -> None:
        self._take = take
        self._failed: Exception | None = None
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_AHEAD)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def give(self, data: bytes) -> None:
        """Hands on the next bytes; raises what taking earlier ones raised."""
        if self._failed:
            raise self._failed
        self._chunks.put(data)

    def finish(self) -> None:
        """Waits until everything given is taken; nothing may be given afterwards."""
        if self._thread.is_alive():
            self._chunks.put(None)
            self._thread.join()

    def finish_well(self) -> None:
        """The same; raises what taking raised."""
        self.finish()
        if self._failed:
            raise self._failed

    def _work(self) -> None:
        while (chunk := self._chunks.get()) is not None:
            if self._failed:
                continue  # whoever gives must not wait for ever; it is told with its next bytes
            try:
                self._take(chunk)
            except Exception as error:  # noqa: BLE001 - it is the giver's to handle
                self._failed = error


class _HashBeside:
    """A hash fed in a thread."""

    def __init__(self, hasher: _Hash) -> None:
        self._hasher = hasher
        self._thread = _Beside(hasher.update)

    def update(self, data: bytes) -> None:
        self._thread.give(data)

    def hexdigest(self) -> str:
        self.finish()
        return self._hasher.hexdigest()

    def finish(self) -> None:
        self._thread.finish_well()


def digest_bytes(data: bytes) -> Digests:
    """The digests of bytes in memory."""
    return Digests(
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        sha512=hashlib.sha512(data).hexdigest(),
        sm3=sm3(data),
    )


def digest_stream(source: Readable) -> Digests:
    """The digests of what is left to read in an open file, read once."""
    return _read_through(source, None)


def _read_through(source: Readable, write: Callable[[bytes], object] | None) -> Digests:
    """Reads to the end; what is large is digested and written by three threads, each waiting for none."""
    digester = Digester()
    with ExitStack() as threads:
        writer: _Beside | None = None
        is_large = False
        while chunk := source.read(CHUNK_BYTES):
            if not is_large and digester.size_bytes >= _LARGE_BYTES:
                is_large = True
                threads.enter_context(digester.on_two_cores())
                if write:
                    writer = _Beside(write)
                    threads.callback(writer.finish)
                    write = writer.give
            if write:
                write(chunk)
            digester.update(chunk)
        if writer:
            writer.finish_well()
    return digester.result()


def digest_file(path: Path) -> Digests:
    """The digests of a file, read once.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb", buffering=0) as source:
        return digest_stream(source)


def copy_with_digests(source: Path | Readable, target: Path | Writable) -> Digests:
    """Copies bytes and digests them on the way; each byte is read once.

    Args:
        source: a file, or anything open for reading bytes, read from where it stands.
        target: a file that must not exist yet, or anything open for writing bytes. Nothing
            is synced to disk here: whoever writes a batch syncs it once.

    Raises:
        FileExistsError: the target file exists.
        OSError: reading or writing failed; a partly written target is left to the caller.
    """
    if isinstance(source, Path):
        with source.open("rb", buffering=0) as opened:
            return copy_with_digests(opened, target)
    if isinstance(target, Path):
        with target.open("xb") as opened_target:
            return copy_with_digests(source, opened_target)
    return _read_through(source, target.write)


def _require_sm3() -> None:
    try:
        hashlib.new("sm3")
    except ValueError as error:
        raise Unavailable(
            _("本机 Python 所用的 OpenSSL 不支持国密 SM3。"),
            subject=hashlib.__name__,
            remedy=_("请换用链接 OpenSSL 1.1.1 以上（未去除国密算法）的 Python 3.11 或更高版本。"),
        ) from error


_require_sm3()
