"""SM2 signatures with SM3 (GB/T 32918.2-2016), by libgmssl.

Keys are raw: the private key is the 32-byte scalar, the public key the 64 bytes x‖y.
Signatures are ASN.1 DER ``SEQUENCE { r INTEGER, s INTEGER }`` (GM/T 0009-2012). The signer's
distinguishing identifier is the default of GM/T 0009-2012 §10, ``1234567812345678``.
"""

from __future__ import annotations

import gmssl_pyx

SIGNER_ID = b"1234567812345678"
_SPKI_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")


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


def to_spki(public: bytes) -> bytes:
    """The public key as SubjectPublicKeyInfo DER (RFC 5280), as ``openssl pkeyutl`` reads it."""
    return _SPKI_PREFIX + public


def from_spki(der: bytes) -> bytes:
    """The raw public key of a SubjectPublicKeyInfo; ``ValueError`` when it is no SM2 key."""
    if not der.startswith(_SPKI_PREFIX) or len(der) != len(_SPKI_PREFIX) + 64:
        raise ValueError("not an SM2 public key")
    return der[len(_SPKI_PREFIX) :]
