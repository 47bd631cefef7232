"""Digests of many files by several algorithms: each byte is read once, several hashes at a time."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

CHUNK_BYTES = 1 << 20
_LARGE_BYTES = 8 << 20
"""From here on a file is a task of its own."""
_HUGE_BYTES = 128 << 20
"""From here on the algorithms of one file run beside each other, below several files do."""
_HUGE_CHUNK_BYTES = 4 << 20
_FILES_A_TASK = 32
_TRUNCATED = {"sha256128": 32, "sha256120": 30, "sha25696": 24, "sha25664": 16, "sha25632": 8}
_BLAKE = {"blake2b512": ("blake2b", 64), "blake2b256": ("blake2b", 32), "blake2s256": ("blake2s", 32)}
_OTHER_NAMES = {"sha512256": "sha512_256", "sha512224": "sha512_224", "rmd160": "ripemd160"}
_OTHER_NAMES |= {f"sha3{bits}": f"sha3_{bits}" for bits in (224, 256, 384, 512)}


class Hash(Protocol):
    """A running digest."""

    def update(self, data: bytes, /) -> None:
        """Adds bytes."""

    def hexdigest(self) -> str:
        """What was added so far, in hex."""
        ...


Key = TypeVar("Key")


def hash_of(algorithm: str) -> Callable[[], Hash] | None:
    """The maker of a digest by the algorithm's name as manifests write it, ``None`` where unknown."""
    if algorithm in _TRUNCATED:
        algorithm = "sha256"
    if algorithm in _BLAKE:
        function, size = _BLAKE[algorithm]
        return lambda: getattr(hashlib, function)(digest_size=size)
    name = _OTHER_NAMES.get(algorithm, algorithm)
    try:
        found = hashlib.new(name, usedforsecurity=False)
    except ValueError:
        return None
    return (lambda: hashlib.new(name, usedforsecurity=False)) if found.digest_size else None


def length_of(algorithm: str) -> int:
    """Hex digits of a digest of a known algorithm."""
    maker = hash_of(algorithm)
    return _TRUNCATED.get(algorithm) or (len(maker().hexdigest()) if maker else 0)


def digest_files(
    files: Iterable[tuple[Key, Path, int]], algorithms: Sequence[str]
) -> Iterator[tuple[Key, dict[str, str] | OSError]]:
    """Digests in hex by algorithm, file after file, in order; or why a file could not be read.

    Args:
        files: what to call each file in the answer, its path, and its size in bytes.
        algorithms: known names.
    """
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        ahead: deque[Future[list[tuple[Key, dict[str, str] | OSError]]]] = deque()
        for batch in _batches(files):
            if batch[0][2] >= _HUGE_BYTES:
                while ahead:
                    yield from ahead.popleft().result()
                key, path, _size = batch[0]
                yield key, _attempt(path, algorithms, pool)
                continue
            ahead.append(pool.submit(_digest_batch, batch, algorithms))
            if len(ahead) > 2 * (os.cpu_count() or 1):
                yield from ahead.popleft().result()
        while ahead:
            yield from ahead.popleft().result()


def _batches(files: Iterable[tuple[Key, Path, int]]) -> Iterator[list[tuple[Key, Path, int]]]:
    """Small files by the dozen, a large one alone."""
    batch: list[tuple[Key, Path, int]] = []
    for file in files:
        if file[2] >= _LARGE_BYTES:
            if batch:
                yield batch
                batch = []
            yield [file]
            continue
        batch.append(file)
        if len(batch) == _FILES_A_TASK:
            yield batch
            batch = []
    if batch:
        yield batch


def _digest_batch(
    batch: Sequence[tuple[Key, Path, int]], algorithms: Sequence[str]
) -> list[tuple[Key, dict[str, str] | OSError]]:
    return [(key, _attempt(path, algorithms, None)) for key, path, _size in batch]


def _attempt(
    path: Path, algorithms: Sequence[str], pool: ThreadPoolExecutor | None
) -> dict[str, str] | OSError:
    try:
        return _digest(path, algorithms, pool)
    except OSError as error:
        return error


def _digest(path: Path, algorithms: Sequence[str], pool: ThreadPoolExecutor | None) -> dict[str, str]:
    hashes = {name: maker() for name in algorithms if (maker := hash_of(name))}
    with open(path, "rb", buffering=0, opener=_open_plain) as stream:
        if pool is None or len(hashes) == 1:
            while chunk := stream.read(CHUNK_BYTES):
                for running in hashes.values():
                    running.update(chunk)
        else:
            chunk = stream.read(_HUGE_CHUNK_BYTES)
            while chunk:
                started = [pool.submit(running.update, chunk) for running in islice(hashes.values(), 1, None)]
                next(iter(hashes.values())).update(chunk)
                chunk = stream.read(_HUGE_CHUNK_BYTES)
                for future in started:
                    future.result()
    return {name: running.hexdigest()[: _TRUNCATED.get(name)] for name, running in hashes.items()}


def _open_plain(path: str, flags: int) -> int:
    """Opens a file but follows no link that has been put in its place."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
