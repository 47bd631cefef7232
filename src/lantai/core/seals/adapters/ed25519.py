"""Ed25519 signatures (RFC 8032), for interchange. Keys and signatures are raw bytes."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")


def generate() -> tuple[bytes, bytes]:
    """A new pair: (private key, public key), 32 bytes each."""
    private = Ed25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def sign(private: bytes, public: bytes, message: bytes) -> bytes:  # noqa: ARG001 (same shape as SM2)
    """The 64-byte signature of a message."""
    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the key's over the message; malformed input is simply no."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def to_spki(public: bytes) -> bytes:
    """The public key as SubjectPublicKeyInfo DER (RFC 8410)."""
    return _SPKI_PREFIX + public


def from_spki(der: bytes) -> bytes:
    """The raw public key of a SubjectPublicKeyInfo; ``ValueError`` when it is no Ed25519 key."""
    if not der.startswith(_SPKI_PREFIX) or len(der) != len(_SPKI_PREFIX) + 32:
        raise ValueError("not an Ed25519 public key")
    return der[len(_SPKI_PREFIX) :]
