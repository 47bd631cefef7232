"""Keys as the rest of the platform sees them: algorithms, public keys, and the port to private ones."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ..canonical import sm3
from ..errors import Invalid
from ..language import gettext as _
from .adapters import ed25519, gmssl


class _Scheme(Protocol):
    def generate(self) -> tuple[bytes, bytes]: ...
    def sign(self, private: bytes, public: bytes, message: bytes) -> bytes: ...
    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool: ...
    def to_spki(self, public: bytes) -> bytes: ...
    def from_spki(self, der: bytes) -> bytes: ...


class Algorithm(StrEnum):
    """Signature algorithms a seal may name."""

    SM2 = "SM2-SM3"
    ED25519 = "Ed25519"

    @property
    def scheme(self) -> _Scheme:
        """The adapter that computes it."""
        return gmssl if self is Algorithm.SM2 else ed25519


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What anyone may know of a key.

    Attributes:
        algorithm: what it signs with.
        raw: the public key's bytes (SM2: x‖y, 64 bytes; Ed25519: 32 bytes).
        subject_name: in whose name it signs.
    """

    algorithm: Algorithm
    raw: bytes
    subject_name: str

    @property
    def key_id(self) -> str:
        """The fingerprint: SM3 of the SubjectPublicKeyInfo, hexadecimal."""
        return sm3(self.spki).hex()

    @property
    def spki(self) -> bytes:
        """SubjectPublicKeyInfo DER."""
        return self.algorithm.scheme.to_spki(self.raw)

    @property
    def pem(self) -> str:
        """The key as PEM, readable by ``openssl pkey -pubin``."""
        body = base64.encodebytes(self.spki).decode("ascii").replace("\n", "")
        lines = [body[start : start + 64] for start in range(0, len(body), 64)]
        return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])

    @classmethod
    def from_pem(cls, pem: str, subject_name: str = "") -> PublicKey:
        """Reads a PEM public key of either algorithm; ``Invalid`` when it is neither."""
        inside = pem.partition("-----BEGIN PUBLIC KEY-----")[2].partition("-----END PUBLIC KEY-----")[0]
        body = "".join(inside.split())
        try:
            der = base64.b64decode(body, validate=True)
        except ValueError:
            der = b""
        for algorithm in Algorithm:
            try:
                return cls(algorithm, algorithm.scheme.from_spki(der), subject_name)
            except ValueError:
                continue
        raise Invalid(_("公钥无法识别：既不是 SM2 也不是 Ed25519。"), remedy=_("请提供 PEM 格式的公钥文件。"))

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature over the message is this key's."""
        return self.algorithm.scheme.verify(self.raw, message, signature)


class KeyPort(Protocol):
    """Where private keys live: the encrypted keystore here, a cryptographic machine elsewhere.

    A private key never crosses this port.
    """

    def current(self, purpose: str, algorithm: Algorithm | None = None) -> PublicKey:
        """The key that signs for a purpose now."""
        ...

    def sign(self, key_id: str, message: bytes) -> bytes:
        """Signs a message with a key; ``NotFound`` when there is none of that fingerprint."""
        ...

    def public_key(self, key_id: str) -> PublicKey | None:
        """A key's public half, also of retired keys; ``None`` when unknown."""
        ...
