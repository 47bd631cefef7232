"""Encrypted files: SM4-GCM in chunks (GB/T 32907-2016; RFC 8998), readable from any place, sound to the last byte.

::

    magic "LTSM4GCM" · key id (8) · salt (16) · chunk size (4, big-endian)
    chunk 0: ciphertext ‖ tag (16)
    …
    last chunk, maybe empty
    SHA-256 of all of the above

Each file has a key of its own, HMAC-SM3 of the salt under the store's key, so that a chunk's number
can be its nonce. Number and whether it is the last are authenticated: chunks can be neither moved
nor cut off. The SHA-256 at the end finds damage without the key; it proves nothing against an
attacker, which the tags do.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

MAGIC = b"LTSM4GCM"
CHUNK_BYTES = 1 << 16
TAG_BYTES = 16
HEADER_BYTES = len(MAGIC) + 8 + 16 + 4
TRAILER_BYTES = 32
_SEALED_BYTES = CHUNK_BYTES + TAG_BYTES


class EncryptedDamageError(OSError):
    """An encrypted file is not what was written, or was written with another key."""


def key_id(key: bytes) -> bytes:
    """Eight bytes that name a key and tell nothing of it."""
    return _mac(key, b"lantai key id")[:8]


def plain_size(size_bytes: int) -> int:
    """Size of the content of an encrypted file of so many bytes."""
    body = size_bytes - HEADER_BYTES - TRAILER_BYTES
    chunks = max(1, -(-body // _SEALED_BYTES))
    return body - chunks * TAG_BYTES


def encrypt(key: bytes, content: bytes) -> bytes:
    """A whole small file."""
    target = io.BytesIO()
    with SealingWriter(key, target) as writer:
        writer.write(content)
    return target.getvalue()


class SealingWriter:
    """Encrypts what is written to it into an open file, which stays open."""

    def __init__(self, key: bytes, target: IO[bytes]) -> None:
        salt = os.urandom(16)
        self._target, self._hasher = target, hashlib.sha256()
        self._header = MAGIC + key_id(key) + salt + CHUNK_BYTES.to_bytes(4, "big")
        self._key = _file_key(key, salt)
        self._waiting = bytearray()
        self._number = 0
        self._put(self._header)

    def write(self, data: bytes) -> int:
        """Takes bytes; a chunk is written when it is full and more follows."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def __enter__(self) -> SealingWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            self._seal(bytes(self._waiting), last=True)
            self._target.write(self._hasher.digest())

    def _seal(self, plain: bytes, *, last: bool) -> None:
        encryptor = Cipher(SM4(self._key), GCM(_nonce(self._number))).encryptor()
        encryptor.authenticate_additional_data(self._header + bytes([last]))
        self._put(encryptor.update(plain) + encryptor.finalize() + encryptor.tag)
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._hasher.update(data)
        self._target.write(data)


class OpenedFile(io.RawIOBase):
    """The content of an encrypted file; seeks cost one chunk where the file below can seek."""

    def __init__(self, key: bytes, source: IO[bytes], size_bytes: int, name: str) -> None:
        super().__init__()
        self._source, self._name = source, name
        self._header = self._exactly(HEADER_BYTES)
        if self._header[:8] != MAGIC or self._header[8:16] != key_id(key):
            raise self._damage("not encrypted with this key")
        if int.from_bytes(self._header[32:36], "big") != CHUNK_BYTES:
            raise self._damage("chunk size")
        self._key = _file_key(key, self._header[16:32])
        self.size_bytes = plain_size(size_bytes)
        if self.size_bytes < 0:
            raise self._damage("cut off")
        self._last = max(0, -(-self.size_bytes // CHUNK_BYTES) - 1)
        self._position, self._at, self._chunk = 0, 0, (-1, b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """As the file below is."""
        return self._source.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves in the content."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size_bytes}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fills what it can from the chunk at hand."""
        if self._position >= self.size_bytes and self._chunk[0] == self._last:
            return 0
        number, start = divmod(self._position, CHUNK_BYTES)
        number = min(number, self._last)  # also an empty file has a chunk to be proven
        if self._chunk[0] != number:
            self._chunk = number, self._open(number)
        taken = self._chunk[1][start : start + len(buffer)] if self._position < self.size_bytes else b""
        buffer[: len(taken)] = taken
        self._position += len(taken)
        return len(taken)

    def close(self) -> None:
        """Closes the file below, too."""
        self._source.close()
        super().close()

    def _open(self, number: int) -> bytes:
        if number != self._at:
            self._source.seek(HEADER_BYTES + number * _SEALED_BYTES)
        last = number == self._last
        length = self.size_bytes - number * CHUNK_BYTES if last else CHUNK_BYTES
        sealed = self._exactly(max(0, length) + TAG_BYTES)
        self._at = number + 1
        decryptor = Cipher(SM4(self._key), GCM(_nonce(number), sealed[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(self._header + bytes([last]))
        try:
            return decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()
        except InvalidTag as error:
            raise self._damage(f"chunk {number}") from error

    def _exactly(self, length: int) -> bytes:
        pieces, left = [], length
        while left:
            piece = self._source.read(left)
            if not piece:
                raise self._damage("cut off")
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _damage(self, what: str) -> EncryptedDamageError:
        return EncryptedDamageError(5, f"encrypted file damaged: {what}", self._name)


def is_sound(pieces: Iterator[bytes]) -> bool:
    """Whether an encrypted file is as it was written, told without the key."""
    hasher, tail, first = hashlib.sha256(), b"", True
    for piece in pieces:
        if first and not piece.startswith(MAGIC[: len(piece)]):
            return False
        first = False
        tail += piece
        hasher.update(tail[:-TRAILER_BYTES])
        tail = tail[-TRAILER_BYTES:]
    return not first and len(tail) == TRAILER_BYTES and hasher.digest() == tail


def _file_key(key: bytes, salt: bytes) -> bytes:
    return _mac(key, b"lantai file" + salt)[:16]


def _mac(key: bytes, message: bytes) -> bytes:
    mac = HMAC(key, SM3())
    mac.update(message)
    return mac.finalize()


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
