"""The seal itself, and its verification with nothing but a public key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..canonical import canonical_json, utc_text
from ..errors import Invalid
from ..language import gettext as _
from .keys import Algorithm, PublicKey


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature with what it says about itself; every field but the signature is signed too.

    Attributes:
        algorithm: see :class:`Algorithm`.
        key_id: fingerprint of the key, see :attr:`PublicKey.key_id`.
        signature_b64: base64; SM2 signatures are DER ``SEQUENCE { r, s }``, Ed25519 64 raw bytes.
        signed_at: aware time.
        subject_name: in whose name it was made.
    """

    algorithm: Algorithm
    key_id: str
    signature_b64: str
    signed_at: datetime
    subject_name: str

    def as_dict(self) -> dict[str, str]:
        """The seal as JSON-ready strings."""
        return {
            "algorithm": str(self.algorithm),
            "key_id": self.key_id,
            "signature_b64": self.signature_b64,
            "signed_at": utc_text(self.signed_at),
            "subject_name": self.subject_name,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Seal:
        """Reads a seal back; ``Invalid`` when a field is missing or makes no sense."""
        try:
            signed_at = datetime.fromisoformat(data["signed_at"])
            if signed_at.tzinfo is None:
                raise ValueError("time without zone")
            return cls(
                algorithm=Algorithm(data["algorithm"]),
                key_id=str(data["key_id"]),
                signature_b64=str(data["signature_b64"]),
                signed_at=signed_at,
                subject_name=str(data["subject_name"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(
                _("签章数据不完整或无法理解：%(error)s。") % {"error": error},
                remedy=_("请核对来源，重新取得原件。"),
            ) from error

    @property
    def signature(self) -> bytes:
        """The signature's bytes; empty when the base64 is broken, which verifies as nothing."""
        try:
            return base64.b64decode(self.signature_b64, validate=True)
        except (binascii.Error, ValueError):
            return b""


def message_of(
    purpose: str, data: bytes, *, algorithm: Algorithm, key_id: str, signed_at: datetime, subject_name: str
) -> bytes:
    """The bytes that are signed: a line naming the format, one with the seal's own fields, the data.

    The header is canonical JSON and holds no line feed, so where the data starts is never in doubt.
    """
    header = {
        "algorithm": str(algorithm),
        "key_id": key_id,
        "purpose": purpose,
        "signed_at": utc_text(signed_at),
        "subject_name": subject_name,
    }
    return b"lantai-seal-1\n" + canonical_json(header) + b"\n" + data


def verify_with(key: PublicKey, seal: Seal, purpose: str, data: bytes) -> bool:
    """Whether the seal is this key's, for this purpose, over this data. Needs no keystore."""
    if seal.key_id != key.key_id or seal.algorithm != key.algorithm:
        return False
    message = message_of(
        purpose,
        data,
        algorithm=seal.algorithm,
        key_id=seal.key_id,
        signed_at=seal.signed_at,
        subject_name=seal.subject_name,
    )
    return key.verifies(message, seal.signature)
