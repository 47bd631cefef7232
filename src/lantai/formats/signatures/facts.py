"""What verifying one signature told, and what every kind of signature needs to tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from lantai.core import settings

from .certificates import Certificate, is_trusted, read_roots

Status = Literal["valid", "invalid", "unknown"]
Chain = Literal["trusted", "untrusted", "unchecked"]


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """One signature, seal or timestamp.

    Attributes:
        kind: what it is, in words: PDF 签名, OFD 印章, ….
        status: whether its value fits content and certificate; ``unknown`` where nothing here can say.
        chain: whether the certificate leads to a trusted root; ``unchecked`` without any root.
        algorithm: name of the signature algorithm.
        signer: in whose name the certificate stands.
        signed_at: ISO 8601, from a timestamp, else as the signer claims; empty where nobody says.
        problem: why it is not valid, in words for people.
        chain_problem: why the chain is not trusted.
        remarks: what a reader ought to know of a valid one.
    """

    kind: str
    status: Status
    chain: Chain = "unchecked"
    algorithm: str = ""
    signer: str = ""
    signed_at: str = ""
    problem: str = ""
    chain_problem: str = ""
    remarks: tuple[str, ...] = ()


def unknown(kind: str, problem: str) -> SignatureFacts:
    """A signature nothing here can judge."""
    return SignatureFacts(kind, "unknown", problem=problem)


def invalid(kind: str, problem: str, *, algorithm: str = "", signer: str = "") -> SignatureFacts:
    """A signature that does not hold."""
    return SignatureFacts(kind, "invalid", algorithm=algorithm, signer=signer, problem=problem)


def chain_of(leaf: Certificate, others: Sequence[Certificate], moment: datetime | None) -> tuple[Chain, str]:
    """Whether a certificate was valid and trusted when it signed, and why not."""
    told = moment or datetime.now(UTC)
    if not leaf.is_valid_at(told):
        parsed = leaf.parsed
        valid = f"{parsed.not_valid_before_utc:%Y-%m-%d} 至 {parsed.not_valid_after_utc:%Y-%m-%d}"
        return "untrusted", f"证书有效期 {valid}，签名于 {told:%Y-%m-%d}"
    folder = str(settings.TRUSTED_ROOTS.read())
    roots = read_roots(Path(folder)) if folder else []
    if not roots:
        return "unchecked", ""
    if is_trusted(leaf, others, roots, told):
        return "trusted", ""
    return "untrusted", f"{leaf.subject} 不是受信任的根签发的"
