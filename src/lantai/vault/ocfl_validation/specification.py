"""Facts of the specification that several checks share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

VERSIONS = ("1.0", "1.1")
"""Editions of the specification that are understood."""

CONTENT_DIGESTS = {"sha512": 128, "sha256": 64}
"""Algorithms content may be addressed by, with the length of their digests in hex digits (§3.4)."""

FIXITY_DIGESTS = CONTENT_DIGESTS | {
    "md5": 32,
    "sha1": 40,
    "blake2b-512": 128,
    # registered by extensions 0001 and 0009
    "blake2b-160": 40,
    "blake2b-256": 64,
    "blake2b-384": 96,
    "sha512/256": 64,
    "size": 0,
    "sm3": 64,
}
"""Algorithms a fixity block may use; 0 where the value is no digest."""

REGISTERED_EXTENSIONS = {
    "0000-example-extension",
    "0001-digest-algorithms",
    "0002-flat-direct-storage-layout",
    "0003-hash-and-id-n-tuple-storage-layout",
    "0004-hashed-n-tuple-storage-layout",
    "0005-mutable-head",
    "0006-flat-omit-prefix-storage-layout",
    "0007-n-tuple-omit-prefix-storage-layout",
    "0008-schema-registry",
    "0009-digest-algorithms",
    "0010-differential-n-tuple-omit-prefix-storage-layout",
    "0011-direct-clean-path-layout",
    "initial",
}

DEFINED_ELSEWHERE = frozenset({"E056"})
"""Rules that an extension nobody registered may have settled: which fixity algorithms there are (§3.5.4)."""

VERSION_NAME = re.compile(r"v(0*)([1-9][0-9]{0,17})")
OBJECT_DECLARATION = re.compile(r"0=ocfl_object_(1\.[01])")
ROOT_DECLARATION = re.compile(r"0=ocfl_(1\.[01])")
INVENTORY_TYPE = re.compile(r"https://ocfl\.io/(1\.[01])/spec/#inventory")
_SLASH_AND_NUL = str.maketrans("/\0", "\0/")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def is_uri(text: str) -> bool:
    """Whether a text has a scheme (RFC 3986)."""
    return bool(_URI.fullmatch(text))


def is_digest(text: object, algorithm: str) -> bool:
    """Whether a text has the form of a digest of an algorithm."""
    length = FIXITY_DIGESTS.get(algorithm, 0)
    return not length or bool(re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", str(text)))


def conflicts(paths: Iterable[str]) -> Iterator[str]:
    """Paths that stand twice, or are also a folder of another."""
    for path, following in pairwise(sorted(paths, key=_slash_first)):
        if following == path or following.startswith(f"{path}/"):
            yield path


def _slash_first(path: str) -> str:
    """A key by which what lies below a path comes right after it: the slash sorts before everything."""
    return path.translate(_SLASH_AND_NUL) if "\0" in path else path.replace("/", "\0")


def version_number(name: str) -> int:
    """The number of a version folder's name; 0 where it is no such name."""
    match = VERSION_NAME.fullmatch(name)
    return int(match[2]) if match else 0
