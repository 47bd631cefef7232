"""What verifying one signature told, and which files are nothing but signatures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

DETACHED = (".p7s", ".tsr", ".tst")

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


def is_detached(path: Path) -> bool:
    """Whether a file is a signature or timestamp over the file whose name it extends (``令.pdf.p7s``)."""
    return path.name.lower().endswith(DETACHED)
