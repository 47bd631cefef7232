"""Certificates (X.509) of signers: what they say, whether they were valid, who issued them.

``cryptography`` reads them; it has no SM2, so that keys and signatures of SM2 are checked by
``core.seals``.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from lantai.core.seals import sm2

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - what old packages were signed with; told as weak
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_LONGEST_CHAIN = 8
_SPKI_PLACE = 5
"""Of the elements of a TBSCertificate after its version: serial, algorithm, issuer, validity, subject."""


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """A signature algorithm of ``data/signatures.toml``."""

    name: str
    kind: str
    digest: str
    weak: bool = False

    @classmethod
    def named(cls, text: str) -> SignatureAlgorithm | None:
        """The algorithm of an object identifier or one of its names."""
        wanted = text.strip().casefold().removeprefix("urn:oid:")
        for row in _algorithms():
            if wanted in {name.casefold() for name in (row["name"], row["oid"], *row["names"])}:
                return cls(row["name"], row["kind"], row["digest"], row.get("weak", False))
        return None


class Hash(Protocol):
    """A digest being computed."""

    def update(self, data: bytes, /) -> None:
        """Takes in more bytes."""
        ...

    def digest(self) -> bytes:
        """The digest."""
        ...


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as read."""

    parsed: x509.Certificate
    spki: bytes

    @classmethod
    def read(cls, data: bytes) -> Certificate:
        """Reads PEM, DER or the Base64 of either; ``ValueError`` when it is no certificate."""
        if b"-----BEGIN" in data:
            parsed = x509.load_pem_x509_certificate(data)
        elif data[:1] == b"\x30":
            parsed = x509.load_der_x509_certificate(data)
        else:
            return cls.read(base64.b64decode(b"".join(data.split()), validate=True) or b"-")
        return cls(parsed, _spki(parsed.tbs_certificate_bytes))

    @property
    def subject(self) -> str:
        """In whose name it stands."""
        return self.parsed.subject.rfc4514_string()

    @property
    def der(self) -> bytes:
        """The certificate itself, DER."""
        return self.parsed.public_bytes(serialization.Encoding.DER)

    @property
    def issues(self) -> bool:
        """Whether it may issue others (basicConstraints)."""
        try:
            return self.parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except (x509.ExtensionNotFound, ValueError):
            return False

    @property
    def key_identifier(self) -> bytes:
        """The identifier of its key (RFC 5280 4.2.1.2); empty where it says none."""
        try:
            return self.parsed.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        except (x509.ExtensionNotFound, ValueError):
            return b""

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether it was valid at a moment."""
        return self.parsed.not_valid_before_utc <= moment <= self.parsed.not_valid_after_utc

    def digest(self, algorithm: SignatureAlgorithm) -> Hash:
        """A digest to take in what was signed with this key; ``ValueError`` when the two do not fit."""
        if algorithm.kind == "sm2":
            return sm2.message_digest(sm2.from_spki(self.spki))
        return hashlib.new(algorithm.digest)

    def verifies(self, algorithm: SignatureAlgorithm, digest: bytes, signature: bytes) -> bool:
        """Whether a signature over a digest of :meth:`digest` is this key's."""
        if algorithm.kind == "sm2":
            return sm2.verify_digest(sm2.from_spki(self.spki), digest, signature)
        function = _HASHES[algorithm.digest]
        try:
            key = serialization.load_der_public_key(self.spki)
            if isinstance(key, rsa.RSAPublicKey) and algorithm.kind == "rsa":
                key.verify(signature, digest, padding.PKCS1v15(), Prehashed(function))
                return True
            if isinstance(key, rsa.RSAPublicKey) and algorithm.kind == "pss":
                any_salt = padding.PSS(padding.MGF1(function), padding.PSS.AUTO)
                key.verify(signature, digest, any_salt, Prehashed(function))
                return True
            if isinstance(key, ec.EllipticCurvePublicKey) and algorithm.kind == "ecdsa":
                key.verify(signature, digest, ec.ECDSA(Prehashed(function)))
                return True
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return False

    def issued(self, other: Certificate) -> bool:
        """Whether this certificate's key signed the other one."""
        algorithm = SignatureAlgorithm.named(other.parsed.signature_algorithm_oid.dotted_string)
        if algorithm is None or other.parsed.issuer != self.parsed.subject:
            return False
        try:
            taken = self.digest(algorithm)
        except ValueError:
            return False
        taken.update(other.parsed.tbs_certificate_bytes)
        return self.verifies(algorithm, taken.digest(), other.parsed.signature)


def read_roots(folder: Path) -> list[Certificate]:
    """The certificates in a folder of trusted roots; files that are none are passed over."""
    roots = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.suffix.lower() in {".pem", ".crt", ".cer", ".der"}:
            try:
                roots.append(Certificate.read(path.read_bytes()))
            except ValueError:
                continue
    return roots


def leaf_of(certificates: Sequence[Certificate]) -> Certificate:
    """The signer's certificate of a chain in any order: the one that issued none of the others."""
    for one in certificates:
        if not any(one is not other and one.issued(other) for other in certificates):
            return one
    return certificates[0]


def is_trusted(
    leaf: Certificate, others: Iterable[Certificate], roots: Iterable[Certificate], moment: datetime
) -> bool:
    """Whether a chain of certificates valid at the moment leads from the leaf to a root."""
    between, anchors = list(others), list(roots)
    present = leaf
    for _step in range(_LONGEST_CHAIN):
        if not present.is_valid_at(moment):
            return False
        if any(root.parsed == present.parsed or root.issued(present) for root in anchors):
            return True
        above = next((one for one in between if one.issues and one.issued(present)), None)
        if above is None or above.parsed == present.parsed:
            return False
        present = above
    return False


@cache
def _algorithms() -> list[dict[str, Any]]:
    path = Path(__file__).parents[1] / "data" / "signatures.toml"
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["algorithm"]
    return rows


def _spki(tbs: bytes) -> bytes:
    """The SubjectPublicKeyInfo out of a TBSCertificate (RFC 5280, 4.1)."""
    start, end = _element(tbs, 0)
    fields = []
    while start < end:
        inner, after = _element(tbs, start)
        if tbs[start] != 0xA0:
            fields.append(tbs[start:after])
        start = after
        if inner > end:
            break
    return fields[_SPKI_PLACE]


def _element(data: bytes, start: int) -> tuple[int, int]:
    """Where the content of the DER element at a place begins, and where it ends."""
    length, place = data[start + 1], start + 2
    if length & 0x80:
        size = length & 0x7F
        length, place = int.from_bytes(data[place : place + size], "big"), place + size
    return place, place + length
