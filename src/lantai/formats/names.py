"""Files whose names are not UTF-8, for libraries that insist on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def is_utf8(path: Path) -> bool:
    """Whether the path can be handed to a library that takes UTF-8 names only."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def utf8_path(path: Path) -> Iterator[Path]:
    """The path itself, or another name of the same file that is plain ASCII while this lasts."""
    if is_utf8(path):
        yield path
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
