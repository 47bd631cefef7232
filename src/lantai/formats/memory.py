"""What a child of the pool may take: 512 MiB of memory, more only where the file itself is large; no files."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USUAL_BYTES = 512 * 2**20
MOST_BYTES = 3 * 2**30
_BYTES_A_BYTE = 200
"""Memory a byte of a picture's file may ask for: a scan asks for 20 to 100, a bomb for thousands."""


def limit_memory() -> None:
    """Limits this process: what it writes to, usually; its address space, in any case.

    Signatures and libraries reserve far more addresses than they use, so that the address space
    tells little.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_DATA, (USUAL_BYTES, MOST_BYTES))


@contextmanager
def allow_memory(size_bytes: int = MOST_BYTES) -> Iterator[None]:
    """Lets this process take more while this lasts; does nothing where it is not limited."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if soft in {resource.RLIM_INFINITY, hard}:
        yield
        return
    wanted = max(soft, size_bytes)
    resource.setrlimit(
        resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(hard, wanted), hard)
    )
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


@contextmanager
def allow_files(size_bytes: int) -> Iterator[None]:
    """Lets this process write files no larger than this while it lasts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    wanted = size_bytes if hard == resource.RLIM_INFINITY else min(hard, size_bytes)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def memory_for_picture(width_px: int, height_px: int, path: Path) -> int:
    """What decoding takes at four bytes a pixel, twice, where the file is large enough for the picture."""
    needed = 2 * 4 * width_px * height_px
    return USUAL_BYTES + (needed if needed <= _BYTES_A_BYTE * path.stat().st_size else 0)
