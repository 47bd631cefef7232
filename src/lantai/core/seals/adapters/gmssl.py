"""SM2 signatures with SM3 (GB/T 32918.2-2016), by libgmssl.

Keys are raw: the private key is the 32-byte scalar, the public key the 64 bytes x‖y.
Signatures are ASN.1 DER ``SEQUENCE { r INTEGER, s INTEGER }`` (GM/T 0009-2012). The signer's
distinguishing identifier is the default of GM/T 0009-2012 §10, ``1234567812345678``.
"""

from __future__ import annotations

import hashlib

import gmssl_pyx

SIGNER_ID = b"1234567812345678"
_SPKI_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
_CURVE = bytes.fromhex(
    "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc"  # a
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"  # b
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"  # Gx
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"  # Gy
)
"""The curve of GB/T 32918.5-2017 as it enters the digest of the signer's identity."""


def generate() -> tuple[bytes, bytes]:
    """A new pair: (private key, public key)."""
    public, private = gmssl_pyx.sm2_key_generate()
    return bytes(private), bytes(public)


def sign(private: bytes, public: bytes, message: bytes) -> bytes:
    """The DER signature of a message."""
    return bytes(gmssl_pyx.sm2_sign(private, public, message, SIGNER_ID))


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the key's over the message; malformed input is simply no."""
    try:
        return bool(gmssl_pyx.sm2_verify(public, message, signature, SIGNER_ID))
    except (gmssl_pyx.GmsslInnerError, ValueError):
        return False


def message_digest(public: bytes) -> hashlib._Hash:
    """An SM3 that has taken in the signer's identity Z (GB/T 32918.2 5.5); the message comes next.

    What it gives in the end is checked by :func:`verify_digest`, so that a message of any size
    may be checked as it streams by.
    """
    identity = hashlib.new("sm3", (len(SIGNER_ID) * 8).to_bytes(2, "big") + SIGNER_ID + _CURVE + public)
    return hashlib.new("sm3", identity.digest())


def verify_digest(public: bytes, digest: bytes, signature: bytes) -> bool:
    """Whether the signature, DER or r‖s, is the key's over a digest of :func:`message_digest`."""
    if len(signature) == 64:
        signature = _der(signature)
    try:
        return bool(gmssl_pyx.sm2_verify_sm3_digest(public, digest, signature))
    except (gmssl_pyx.GmsslInnerError, ValueError):
        return False


def _der(raw: bytes) -> bytes:
    """r‖s as ASN.1 DER."""
    numbers = [int.from_bytes(raw[start : start + 32], "big") for start in (0, 32)]
    parts = [number.to_bytes(number.bit_length() // 8 + 1, "big") for number in numbers]
    body = b"".join(b"\x02" + bytes([len(part)]) + part for part in parts)
    return b"\x30" + bytes([len(body)]) + body


def to_spki(public: bytes) -> bytes:
    """The public key as SubjectPublicKeyInfo DER (RFC 5280), as ``openssl pkeyutl`` reads it."""
    return _SPKI_PREFIX + public


def from_spki(der: bytes) -> bytes:
    """The raw public key of a SubjectPublicKeyInfo; ``ValueError`` when it is no SM2 key."""
    if not der.startswith(_SPKI_PREFIX) or len(der) != len(_SPKI_PREFIX) + 64:
        raise ValueError("not an SM2 public key")
    return der[len(_SPKI_PREFIX) :]
