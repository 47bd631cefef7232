"""Pace (读取速度): how fast the continuous audit may read a store, so that people never notice it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any, cast

from lantai.core.jobs.run import pausing

from ..stores import ObjectFiles

BURST_S = 10.0
"""How far reading may run ahead of its rate, seconds; beyond, the reader waits."""

MOST_SAVED_S = 120.0
"""How much unused rate is saved while another store is read, seconds."""


class Interrupted(Exception):  # noqa: N818 - not a fault
    """The process stops; what was being read is read again by the next."""


class Pace:
    """A bucket of bytes that fills at a rate; several threads may spend from it.

    Args:
        bytes_per_s: the rate.
        clock: seconds, never going back.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        bytes_per_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.bytes_per_s = bytes_per_s
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._left = bytes_per_s * BURST_S
        self._at = clock()

    def left_bytes(self) -> int:
        """How much may be read now; negative after more was read than was due."""
        with self._lock:
            self._fill()
            return int(self._left)

    def spend(self, size_bytes: int) -> None:
        """Counts what was read, and waits while that is further ahead than ``BURST_S``.

        Raises:
            Interrupted: the process is told to stop.
        """
        with self._lock:
            self._fill()
            self._left -= size_bytes
            ahead_s = -self._left / self.bytes_per_s - BURST_S
        while ahead_s > 0:
            if pausing.is_set():
                raise Interrupted
            self._sleep(min(ahead_s, 1.0))
            ahead_s -= 1.0
        if pausing.is_set():
            raise Interrupted

    def _fill(self) -> None:
        now = self._clock()
        gained = (now - self._at) * self.bytes_per_s
        self._left = min(self._left + gained, self.bytes_per_s * MOST_SAVED_S)
        self._at = now


class PacedFiles:
    """The files of an object, read no faster than a pace allows (:class:`lantai.vault.stores.ObjectFiles`)."""

    def __init__(self, files: ObjectFiles, pace: Pace) -> None:
        self._files, self._pace = files, pace

    def paths(self) -> Iterable[str]:
        """See ``ObjectFiles``."""
        return self._files.paths()

    def open(self, path: str) -> IO[bytes]:
        """Opens a file whose every read is counted."""
        return cast("IO[bytes]", _PacedFile(self._files.open(path), self._pace))

    def size_bytes(self, path: str) -> int:
        """See ``ObjectFiles``."""
        return self._files.size_bytes(path)

    def local_path(self, path: str) -> Path:
        """See ``ObjectFiles``."""
        return self._files.local_path(path)


class _PacedFile:
    def __init__(self, file: IO[bytes], pace: Pace) -> None:
        self._file, self._pace = file, pace

    def read(self, size: int = -1) -> bytes:
        """Reads and counts."""
        data = self._file.read(size)
        self._pace.spend(len(data))
        return data

    def readinto(self, buffer: Any) -> int:
        """Reads into a buffer and counts."""
        size_bytes = cast("Any", self._file).readinto(buffer) or 0
        self._pace.spend(size_bytes)
        return int(size_bytes)

    def __enter__(self) -> _PacedFile:
        self._file.__enter__()
        return self

    def __exit__(self, *trouble: Any) -> None:
        self._file.__exit__(*trouble)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
