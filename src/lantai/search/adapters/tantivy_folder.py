"""The folder of an embedded index: opening it, telling its commits apart, and what disk and engine say.

The engine knows no error but ``ValueError``: what of it comes from the system is raised as that, so
that a full disk is told like anywhere else.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import tantivy

from lantai.core.errors import Unavailable
from lantai.core.language import gettext as _

from .tantivy_fields import schema

_FROM_THE_SYSTEM = re.compile(r"\(os error (\d+)\)")
_WRITER_DIED = "index writer was killed"
_PROBE_BYTES = 2**20
Stamp = tuple[int, int, int]
NO_COMMIT: Stamp = (0, 0, 0)


def stamp_of(path: Path) -> Stamp:
    """What tells one commit of an index from the next: its own file, and when that was written.

    The time alone does not: a volume counts it in milliseconds, within which two small commits may come.
    """
    try:
        told = (path / "meta.json").stat()
    except FileNotFoundError:
        return NO_COMMIT
    return told.st_mtime_ns, told.st_ino, told.st_size


def opened(path: Path) -> Any:
    """The index in a folder, made where there is none; one that an earlier version made serves on as it is."""
    try:
        return tantivy.Index(schema(), path=str(path))
    except ValueError:
        return tantivy.Index(schema(in_threes=False), path=str(path))


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """What the engine cannot read, in the words of whoever can mend it."""
    try:
        yield
    except ValueError as error:
        raise Unavailable(
            _("检索索引打不开。"),
            subject=str(path),
            remedy=_("运行 lantai index rebuild 重建；档案本身不受影响。"),
        ) from error


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """What the engine cannot write, as the error of the system it comes from.

    Raises:
        OSError: the disk is full, read-only or broken.
    """
    try:
        yield
    except ValueError as error:
        told = _FROM_THE_SYSTEM.search(str(error))
        if not told and _WRITER_DIED not in str(error):
            raise
        number = int(told[1]) if told else _trouble_in(path)
        raise OSError(number, os.strerror(number), str(path)) from error


def _trouble_in(path: Path) -> int:
    """What the system says to somebody who writes there: of a writer that died the engine tells no more."""
    probe = path / "probe.tmp"
    try:
        with probe.open("wb") as stream:
            stream.write(bytes(_PROBE_BYTES))
            os.fsync(stream.fileno())
    except OSError as error:
        return error.errno or errno.EIO
    finally:
        with suppress(OSError):
            probe.unlink()
    return errno.EIO
