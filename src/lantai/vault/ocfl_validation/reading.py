"""Small files of an object, and the sidecars of its inventories."""

from __future__ import annotations

import errno
import hashlib
from typing import TYPE_CHECKING

from lantai.core.digests import CHUNK_BYTES
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .. import ocfl
from . import specification as spec
from .problems import Findings

if TYPE_CHECKING:
    from ..stores import ObjectFiles


INVENTORY_BYTES = 256 * 2**20
"""A larger inventory is not read: one of a million files has a quarter of it."""
SMALL_BYTES = 4096
"""Declarations, sidecars and settings of a root are far smaller."""


def read_file(files: ObjectFiles, path: str, most_bytes: int = INVENTORY_BYTES) -> bytes:
    """A whole small file of an object.

    Raises:
        OSError: it cannot be read, is no plain file, or is larger than such a file can be.
    """
    with files.open(path) as source:
        pieces, left = [], most_bytes
        while piece := source.read(min(CHUNK_BYTES, left + 1)):
            left -= len(piece)
            if left < 0:
                raise OSError(errno.EFBIG, _("超过 %s 字节，不再读取") % most_bytes, path)
            pieces.append(piece)
        return b"".join(pieces)


def check_sidecar(files: ObjectFiles, path: str, raw: bytes, algorithm: str, findings: Findings) -> None:
    """The file beside an inventory that states its digest (§3.7)."""
    if algorithm not in spec.CONTENT_DIGESTS:
        return  # there is nothing it could be compared with; the algorithm itself is an error
    sidecar = f"{path}.{algorithm}"
    try:
        expected = ocfl.sidecar_digest(read_file(files, sidecar, SMALL_BYTES))
    except OSError:
        findings.add("E058", sidecar, _("清单校验文件缺失"))
    except Invalid:
        findings.add("E061", sidecar, _("清单校验文件格式不对"))
    else:
        if hashlib.new(algorithm, raw).hexdigest() != expected:
            findings.add("E060", path, _("清单与其校验文件不符"))
