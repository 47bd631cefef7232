"""Files on their way into stores, as far as a child process can write them: no journal, no database."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO

from lantai.core.digests import CHUNK_BYTES, Digester, Digests, Readable, copy_with_digests, digest_bytes

from .stores import Placement, Store


class StoreFault(Exception):  # noqa: N818 - an OSError that is known to be a store's, not a source's
    """A store could not be written; bears the ``OSError``'s number, words and file."""

    def __init__(self, number: int | None, words: str, file: str) -> None:
        super().__init__(number, words, file)
        self.errno = number
        self.strerror = words
        self.filename = file


@contextmanager
def store_faults() -> Iterator[None]:
    """What fails in here is a store's fault."""
    try:
        yield
    except OSError as error:
        raise StoreFault(error.errno, error.strerror or str(error), str(error.filename or "")) from error


@dataclass(frozen=True, slots=True)
class ToCopy:
    """One file to be copied: from where, and to which path of which staged object."""

    slot: str
    path: str
    source: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A source that could not be read, with the system's number of why."""

    number: int | None


@dataclass(frozen=True, slots=True)
class Staging:
    """The stores a batch is written to, under the batch's name."""

    batch: str
    stores: Sequence[Store]

    @property
    def crosses(self) -> bool:
        """Whether another process can write to all of these stores."""
        return all(store.crosses for store in self.stores)

    def copy(self, slot: str, path: str, source: Readable) -> Digests:
        """Writes a source to every store in one pass over its bytes.

        Raises:
            StoreFault: a store could not be written.
            OSError: the source could not be read.
        """
        with self.open(slot, path) as target:
            return copy_with_digests(source, target)

    def write(self, slot: str, path: str, pieces: Iterable[bytes]) -> Digests:
        """Writes bytes made here to every store."""
        digester = Digester()
        with self.open(slot, path) as target:
            for piece in pieces:
                digester.update(piece)
                target.write(piece)
        return digester.result()

    def put(self, slot: str, files: Mapping[str, bytes]) -> None:
        """Writes small files to every store, by path."""
        with store_faults():
            for store in self.stores:
                store.stage_files(self.batch, slot, files)

    @contextmanager
    def open(self, slot: str, path: str) -> Iterator[_Tee]:
        """Opens a new file on every store at once."""
        with ExitStack() as files:
            with store_faults():
                targets = [files.enter_context(store.stage(self.batch, slot, path)) for store in self.stores]
            yield _Tee(targets)
            with store_faults():
                files.close()


class _Tee:
    """Writes the same bytes to several files."""

    def __init__(self, targets: Sequence[IO[bytes]]) -> None:
        self._targets = targets

    def write(self, data: bytes) -> None:
        """Writes to every target."""
        with store_faults():
            for target in self._targets:
                target.write(data)


def place_version(staging: Staging, wanted: tuple[str, Placement]) -> None:
    """Moves one staged version to its object, on the store of this key."""
    key, placement = wanted
    with store_faults():
        for store in staging.stores:
            if store.facts.key == key:
                store.place(staging.batch, placement)


def copy_file(staging: Staging, wanted: ToCopy) -> Digests | Unreadable:
    """Copies one file, never through a link; a small one with as few system calls as can be."""
    try:
        descriptor = os.open(wanted.source, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            size_bytes = os.fstat(descriptor).st_size
            if size_bytes >= CHUNK_BYTES:
                with open(descriptor, "rb", buffering=0, closefd=False) as source:
                    return staging.copy(wanted.slot, wanted.path, source)
            data = os.read(descriptor, size_bytes + 1)
            while more := os.read(descriptor, size_bytes + 1):
                data += more  # it grew meanwhile
        finally:
            os.close(descriptor)
    except OSError as error:
        return Unreadable(error.errno)
    staging.put(wanted.slot, {wanted.path: data})
    return digest_bytes(data)


def copy_sha512(staging: Staging, wanted: ToCopy) -> str | Unreadable:
    """Copies one file of an object that stands elsewhere; answers with the digest of its manifest."""
    try:
        descriptor = os.open(wanted.source, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb", buffering=0) as source:
            if os.fstat(descriptor).st_size < CHUNK_BYTES:
                data = source.readall()
                staging.put(wanted.slot, {wanted.path: data})
                return hashlib.sha512(data).hexdigest()
            hasher = hashlib.sha512()
            with staging.open(wanted.slot, wanted.path) as target:
                while piece := source.read(CHUNK_BYTES):
                    hasher.update(piece)
                    target.write(piece)
            return hasher.hexdigest()
    except OSError as error:
        return Unreadable(error.errno)
