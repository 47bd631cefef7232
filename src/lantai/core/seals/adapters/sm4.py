"""SM4-GCM (GB/T 32907-2016; RFC 8998 for the mode): encryption that notices every change."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

_NONCE_BYTES = 12
_TAG_BYTES = 16


def encrypt(key: bytes, plaintext: bytes, bound: bytes) -> bytes:
    """Nonce ‖ ciphertext ‖ tag under a fresh random nonce; ``bound`` must be given again to decrypt."""
    nonce = os.urandom(_NONCE_BYTES)
    encryptor = Cipher(SM4(key), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound)
    return nonce + encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """The plaintext.

    Raises:
        InvalidTag: another key, other bound data, or a changed ciphertext.
    """
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
        raise InvalidTag
    nonce, body, tag = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:-_TAG_BYTES], sealed[-_TAG_BYTES:]
    decryptor = Cipher(SM4(key), GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(bound)
    return decryptor.update(body) + decryptor.finalize()
