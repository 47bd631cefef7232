r"""An encrypted file: SM4-GCM in pieces under a key from a passphrase, each piece bound to its place.

::

    lantai-backup-sm4-1\n
    {"kdf": {"name": "scrypt", "n": 32768, "r": 8, "p": 1, "salt": hex}}\n
    4 bytes length ‖ nonce ‖ ciphertext ‖ tag        again and again; the last piece is marked as the last

A piece cut off, moved or left out is noticed, because its number, and whether it is the last, are
bound in as associated data.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from typing import IO, Any

from cryptography.exceptions import InvalidTag

from lantai.core.errors import Invalid, Unavailable
from lantai.core.language import gettext as _
from lantai.core.seals.adapters import sm4

MAGIC = b"lantai-backup-sm4-1\n"
PIECE_BYTES = 2**20
_SCRYPT = {"n": 2**15, "r": 8, "p": 1}
_MOST_MEMORY = 256 * 2**20
_LONGEST_HEAD = 4096


def is_encrypted(file: IO[bytes]) -> bool:
    """Whether a file begins as an encrypted one; leaves it at its beginning."""
    start = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


def encrypt(source: IO[bytes], target: IO[bytes], passphrase: str) -> None:
    """Writes the encrypted form of a file."""
    kdf = {"name": "scrypt", **_SCRYPT, "salt": os.urandom(16).hex()}
    head = json.dumps({"kdf": kdf}).encode() + b"\n"
    key = _key(passphrase, kdf)
    target.write(MAGIC + head)
    number, piece = 0, source.read(PIECE_BYTES)
    while True:
        following = source.read(PIECE_BYTES)
        sealed = sm4.encrypt(key, piece, _bound(head, number, is_last=not following))
        target.write(len(sealed).to_bytes(4) + sealed)
        if not following:
            return
        number, piece = number + 1, following


def decrypt(source: IO[bytes], target: IO[bytes], passphrase: str) -> None:
    """Writes the plain form of an encrypted file.

    Raises:
        Unavailable: no passphrase.
        Invalid: a wrong passphrase, or the file was changed or cut.
    """
    if not passphrase:
        raise Unavailable(
            _("备份文件已加密，没有给出口令。"),
            remedy=_("请用 --passphrase-file 指明口令文件，或设置 LANTAI_BACKUP_PASSPHRASE。"),
        )
    try:
        if source.read(len(MAGIC)) != MAGIC:
            raise ValueError
        head = source.readline(_LONGEST_HEAD)
        key = _key(passphrase, json.loads(head)["kdf"])
        for piece in _pieces(source, key, head):
            target.write(piece)
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        raise Invalid(
            _("备份文件解不开：口令不对，或文件被改动、截断。"),
            remedy=_("请核对口令；口令无误时请换用另一份备份。"),
        ) from error


def _pieces(source: IO[bytes], key: bytes, head: bytes) -> Iterator[bytes]:
    number, length = 0, source.read(4)
    while length:
        size = int.from_bytes(length)
        if not 0 < size <= PIECE_BYTES + 64:
            raise ValueError
        sealed, length = source.read(size), source.read(4)
        if len(sealed) != size:
            raise ValueError
        yield sm4.decrypt(key, sealed, _bound(head, number, is_last=not length))
        number += 1
    if not number:
        raise ValueError


def _bound(head: bytes, number: int, *, is_last: bool) -> bytes:
    return hashlib.sha256(head).digest() + number.to_bytes(8) + bytes([is_last])


def _key(passphrase: str, kdf: dict[str, Any]) -> bytes:
    n, r, p = int(kdf["n"]), int(kdf["r"]), int(kdf["p"])
    if kdf["name"] != "scrypt" or n > 2**20 or r > 32 or p > 16:
        raise ValueError
    salt = bytes.fromhex(kdf["salt"])
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MOST_MEMORY, dklen=16)
