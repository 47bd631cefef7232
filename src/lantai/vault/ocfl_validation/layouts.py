"""Storage layouts of the registered extensions: from an object's identifier to its folder."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Callable, Mapping
from typing import Any

Layout = Callable[[str], str]
_KEPT = set(string.ascii_letters + string.digits + "-_")
_LONGEST = 100
_MOST_TUPLES = 32
"""The largest tuple size and number of tuples of extensions 0003 and 0004."""
_DIGESTS = {"md5", "sha1", "sha256", "sha384", "sha512"}


def _bytes(identifier: str) -> bytes:
    """In UTF-8; half a character, as JSON may state it, does not stop the check."""
    return identifier.encode("utf-8", "surrogatepass")


def _flat_direct(_settings: Mapping[str, Any]) -> Layout:
    """Extension 0002: the identifier itself."""
    return lambda identifier: identifier


def _hash_and_id(settings: Mapping[str, Any]) -> Layout:
    """Extension 0003: tuples of the digest, then the identifier percent-encoded."""
    split = _splitter(settings)

    def place(identifier: str) -> str:
        digest, tuples = split(identifier)
        name = "".join(c if c in _KEPT else "".join(f"%{byte:02x}" for byte in _bytes(c)) for c in identifier)
        if len(name) > _LONGEST:
            name = f"{name[:_LONGEST]}-{digest}"
        return "/".join([*tuples, name]) if digest else ""

    return place


def _hashed(settings: Mapping[str, Any]) -> Layout:
    """Extension 0004: tuples of the digest, then the digest, or what is left of it."""
    split = _splitter(settings)
    short = bool(settings.get("shortObjectRoot", False))

    def place(identifier: str) -> str:
        digest, tuples = split(identifier)
        return "/".join([*tuples, digest[len("".join(tuples)) :] if short else digest])

    return place


def _splitter(settings: Mapping[str, Any]) -> Callable[[str], tuple[str, list[str]]]:
    algorithm = str(settings.get("digestAlgorithm", "sha256"))
    size, number = settings.get("tupleSize", 3), settings.get("numberOfTuples", 3)
    known = algorithm in _DIGESTS and size in range(_MOST_TUPLES + 1) and number in range(_MOST_TUPLES + 1)

    def split(identifier: str) -> tuple[str, list[str]]:
        if not known:
            return "", []
        digest = hashlib.new(algorithm, _bytes(identifier)).hexdigest()
        return digest, [digest[index * size : (index + 1) * size] for index in range(number)]

    return split


def _omit_prefix(settings: Mapping[str, Any]) -> Layout:
    """Extension 0006: what follows the last delimiter."""
    delimiter = str(settings.get("delimiter", ""))
    return lambda identifier: (
        identifier[identifier.lower().rfind(delimiter.lower()) + len(delimiter) :]
        if delimiter and delimiter.lower() in identifier.lower()
        else identifier
    )


LAYOUTS: Mapping[str, Callable[[Mapping[str, Any]], Layout]] = {
    "0002-flat-direct-storage-layout": _flat_direct,
    "0003-hash-and-id-n-tuple-storage-layout": _hash_and_id,
    "0004-hashed-n-tuple-storage-layout": _hashed,
    "0006-flat-omit-prefix-storage-layout": _omit_prefix,
}
