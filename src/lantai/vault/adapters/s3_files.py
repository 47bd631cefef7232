"""Files of an object in a bucket, as the store protocol reads and writes them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, cast

from lantai.core.language import gettext as _

if TYPE_CHECKING:
    from ..cache import Cache
    from .s3_bucket import Bucket


class BucketFiles:
    """One object's files (:class:`lantai.vault.stores.ObjectFiles`)."""

    def __init__(self, bucket: Bucket, prefix: str, cache: Cache) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._cache = cache
        self._sizes: dict[str, int] | None = None

    def paths(self) -> Iterator[str]:
        """Every file; a bucket has no folders."""
        for key in self._bucket.keys(f"{self._prefix}/"):
            yield key.removeprefix(f"{self._prefix}/")

    def open(self, path: str) -> IO[bytes]:
        """Opens a file, streamed from the server."""
        return cast("IO[bytes]", _Streamed(self._bucket.pieces(f"{self._prefix}/{path}")))

    def size_bytes(self, path: str) -> int:
        """The file's size; who asks for a second one is likely to ask for all."""
        key = f"{self._prefix}/{path}"
        if self._sizes is None:
            self._sizes = {}
            return self._bucket.size_bytes(key)
        self._sizes = self._sizes or self._bucket.sizes(f"{self._prefix}/")
        try:
            return self._sizes[key]
        except KeyError:
            raise FileNotFoundError(2, _("没有这个文件"), key) from None

    def local_path(self, path: str) -> Path:
        """The file fetched into the data folder's cache, whole or not at all."""
        key = f"{self._prefix}/{path}"
        return self._cache.file(key, lambda target: target.writelines(self._bucket.pieces(key)))


class _Streamed(io.RawIOBase):
    """Bytes that arrive piece by piece, read as a file. The first is asked for at once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._left = memoryview(next(pieces, b""))

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills what it can from the piece at hand."""
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


class HashedWriter:
    """A file being sent, whose SHA-512 is told when it is complete."""

    def __init__(self, target: IO[bytes], tell: Callable[[str], None]) -> None:
        self._target = target
        self._tell = tell
        self._hasher = hashlib.sha512()

    def write(self, data: bytes) -> int:
        """Sends and digests."""
        self._hasher.update(data)
        return self._target.write(data)

    def __enter__(self) -> IO[bytes]:
        return cast("IO[bytes]", self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._target.close()
        if kind is None:
            self._tell(self._hasher.hexdigest())
