"""Seals (印): who vouched for which bytes, for what purpose, and when.

A seal binds the purpose, the time and the signer's name into what is signed, so that a seal
made for one purpose proves nothing for another. SM2 with SM3 is the default (GB/T 32918.2),
Ed25519 (RFC 8032) stands for interchange.
"""

from .keys import Algorithm, KeyPort, PublicKey
from .keystore import Keystore, StoredKey
from .publication import published, read_published
from .seal import Seal, verify_with
from .signing import (
    SAMPLE_SUBJECT,
    default_keys,
    keystore_path,
    public_key,
    public_keys,
    sign,
    unlock,
    verify,
)

__all__ = [
    "SAMPLE_SUBJECT",
    "Algorithm",
    "KeyPort",
    "Keystore",
    "PublicKey",
    "Seal",
    "StoredKey",
    "default_keys",
    "keystore_path",
    "public_key",
    "public_keys",
    "published",
    "read_published",
    "sign",
    "unlock",
    "verify",
    "verify_with",
]
