"""Every byte of an object's content, each file read once for all digests that are stated of it."""

from __future__ import annotations

import errno
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lantai.core.digests import CHUNK_BYTES
from lantai.core.language import gettext as _
from lantai.core.system_errors import words_of

from .. import ocfl
from . import specification as spec
from .problems import Findings

if TYPE_CHECKING:
    from ..stores import ObjectFiles

_HASHLIB = {"sha512/256": "sha512_256"}
_SIZE = "size"
_BLAKE = {"blake2b-512": 64, "blake2b-384": 48, "blake2b-256": 32, "blake2b-160": 20}


def check_content(
    files: ObjectFiles, present: set[str], inventories: Sequence[ocfl.Inventory], findings: Findings
) -> int:
    """Compares content with what the inventories state of it.

    Args:
        files: where the object lies.
        present: its files.
        inventories: the root's first.
        findings: takes what is wrong.

    Returns:
        How many bytes were read.
    """
    wanted = _digests_by_path(inventories)
    size_bytes = 0
    for path, _digest in inventories[0].manifest():
        if path not in present:
            continue
        hashers = {each: _hasher(each) for each, _expected, _code in wanted[path] if each != _SIZE}
        length = 0
        try:
            with files.open(path) as source:
                while chunk := source.read(CHUNK_BYTES):
                    length += len(chunk)
                    for hasher in hashers.values():
                        hasher.update(chunk)
        except OSError as error:
            code = "E090" if error.errno == errno.ELOOP else "E092"
            findings.add(code, path, _("文件无法读取：%s") % words_of(error))
            continue
        size_bytes += length
        for algorithm, expected, code in wanted[path]:
            found = str(length) if algorithm == _SIZE else hashers[algorithm].hexdigest()
            if found != expected:
                findings.add(code, path, _("内容与 %s 摘要不符") % algorithm)
    return size_bytes


def _hasher(algorithm: str) -> hashlib._Hash | hashlib.blake2b:
    if algorithm in _BLAKE:
        return hashlib.blake2b(digest_size=_BLAKE[algorithm])
    return hashlib.new(_HASHLIB.get(algorithm, algorithm))


def _is_computed(algorithm: str) -> bool:
    """Whether the specification or an extension defines it, and it can be computed here."""
    if algorithm not in spec.FIXITY_DIGESTS:
        return False
    known = _HASHLIB.get(algorithm, algorithm) in hashlib.algorithms_available
    return known or algorithm in _BLAKE or algorithm == _SIZE


def _digests_by_path(inventories: Sequence[ocfl.Inventory]) -> dict[str, list[tuple[str, str, str]]]:
    """Content path → (algorithm, digest, code if it is wrong), the manifest's own first."""
    wanted: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for inventory in inventories:
        for path, digest in inventory.manifest():
            wanted[path].append((inventory.algorithm, digest.lower(), "E092"))
    for inventory in inventories:
        for algorithm, digest, path in ocfl.fixity_of(inventory.document):
            if _is_computed(algorithm):
                wanted[path].append((algorithm, digest.lower(), "E093"))  # §3.4: others are ignored
    return {path: list(dict.fromkeys(each)) for path, each in wanted.items()}
