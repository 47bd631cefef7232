"""Files that live no longer than the process that works with them, and what killed ones left behind.

They hold records as much as the vault does, so that none may be forgotten.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .settings import home

INCOMING, UNPACKED = "incoming", "unpacked"
STRAY_S = 24 * 3600
"""So long after somebody last made something in it, nobody works in a folder any more."""


def unpacking_folder() -> Path:
    """Where packages are taken apart."""
    folder = home() / UNPACKED
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def clear_away(folder: Path) -> None:
    """Removes a folder in which somebody may still be writing: they find it no more."""
    leaving = folder.with_name(f"{folder.name}.leaving")
    with suppress(FileNotFoundError):
        folder.rename(leaving)
    shutil.rmtree(leaving, ignore_errors=True)


class Spool:
    """Lines that wait on disk in a file without a name: it is gone with its process, even a killed one."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(dir=unpacking_folder())  # noqa: SIM115 - closed with this object
        weakref.finalize(self, self._file.close)

    @property
    def path(self) -> Path:
        """Where this process and its children open it."""
        return Path(f"/proc/{os.getpid()}/fd/{self._file.fileno()}")

    def lines(self) -> Iterator[bytes]:
        """Its whole lines from the top; whoever wrote the last may have been ended in the middle of it."""
        with self.path.open("rb") as lines:
            yield from (line for line in lines if line.endswith(b"\n"))


def _made_at_s(path: Path) -> float:
    """When somebody last made something in it; never, where it has gone meanwhile."""
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return float("inf")


def sweep_temporary(now_s: float | None = None) -> int:
    """Removes what processes that were killed left behind; returns how many files and folders that were.

    Args:
        now_s: the time, in seconds since the epoch.
    """
    before_s = (now_s or time.time()) - STRAY_S
    lying = [path for name in (INCOMING, UNPACKED) for path in (home() / name).glob("*")]
    stray = [path for path in lying if _made_at_s(path) < before_s]
    for path in stray:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(stray)
