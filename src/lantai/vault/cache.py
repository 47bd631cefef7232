"""Files fetched from stores that lie elsewhere, or decrypted: kept for the next reader, within a limit.

A cache is a folder below ``vault/cache``, one a store. What was used longest ago goes first when a
store's cache outgrows ``VAULT_CACHE_BYTES``; what belongs to an object that was erased goes at once.
A file that somebody has open stays readable for them, as any file that is unlinked.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from stat import S_ISREG
from typing import IO

from lantai.core.settings import VAULT_CACHE_BYTES, home

IN_USE_S = 600
"""What was asked for so recently is not taken from under its reader, whatever the limit says."""


class Cache:
    """The files of one store's objects, by the path they have there."""

    def __init__(self, store: str) -> None:
        self._folder = folder() / store
        self._fetched_bytes = 0

    def file(self, path: str, fetch: Callable[[IO[bytes]], None]) -> Path:
        """A file on this machine; fetched whole or not at all where it is not here yet.

        Args:
            path: relative, unique within the store.
            fetch: writes its bytes.
        """
        file = self._folder / path
        try:
            os.utime(file)
        except FileNotFoundError:
            self._fetch(file, fetch)
        return file

    def _fetch(self, file: Path, fetch: Callable[[IO[bytes]], None]) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = file.with_name(f".{file.name}.{os.getpid()}.part")
        try:
            with partial.open("wb") as target:
                partial.chmod(0o600)
                fetch(target)
            self._fetched_bytes += partial.stat().st_size
            partial.replace(file)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        if self._fetched_bytes > VAULT_CACHE_BYTES.read() // 4:
            self._fetched_bytes = 0
            trim(self._folder)

    def forget(self, path: str) -> None:
        """Drops all below a path."""
        shutil.rmtree(self._folder / path, ignore_errors=True)


def folder() -> Path:
    """Where the caches of all stores lie."""
    return home() / "vault" / "cache"


def trim_caches() -> int:
    """Brings every store's cache within its limit; returns bytes freed. Run by the worker."""
    if not folder().is_dir():
        return 0
    return sum(trim(each) for each in folder().iterdir() if each.is_dir())


def trim(cache: Path) -> int:
    """Drops what was used longest ago until a tenth of the limit is free again; returns bytes freed."""
    limit, files = VAULT_CACHE_BYTES.read(), sorted(_files(cache))
    held = sum(size_bytes for _used, size_bytes, _path in files)
    if held <= limit:
        return 0
    freed, now = 0, time.time()
    for used, size_bytes, path in files:
        if held - freed <= limit - limit // 10 or used > now - IN_USE_S:
            break
        with contextlib.suppress(FileNotFoundError):  # somebody else trims, too
            path.unlink()
            freed += size_bytes
    return freed


def _files(cache: Path) -> Iterator[tuple[float, int, Path]]:
    for path in cache.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            told = path.lstat()
            if S_ISREG(told.st_mode):
                yield told.st_mtime, told.st_size, path
