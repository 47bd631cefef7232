"""Electronic seals: SES_Signature and SESeal of GM/T 0031-2014 and of GB/T 38540-2020.

Both write ``SEQUENCE { toSign, … }``: the older keeps certificate and algorithm within what is
signed, the newer beside it. Only what decides is read: digest, certificate, value, and the seal's own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import core

from .certificates import Certificate, Hash, SignatureAlgorithm
from .chains import chain_of
from .facts import SignatureFacts, invalid, unknown

_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError)
_UNIVERSAL = 0


@dataclass(frozen=True, slots=True)
class _Signed:
    """What one certificate signed.

    Attributes:
        body: the DER that was signed.
        parts: its elements.
    """

    body: bytes
    parts: list[Any]
    certificate: Certificate
    oid: str
    value: bytes


def verify_seal(kind: str, data: bytes, feed: Callable[[Hash], None]) -> SignatureFacts:
    """A seal put to content: digest of the content, value, seal and its maker, chain."""
    try:
        signature, seal = _read(data)
    except _BROKEN:
        return unknown(kind, "签章数据不是 GM/T 0031 或 GB/T 38540 的结构，须用厂商工具核验")
    algorithm = SignatureAlgorithm.named(signature.oid)
    if algorithm is None:
        return unknown(kind, f"不认识的签名算法 {signature.oid}")
    known = {"algorithm": algorithm.name, "signer": signature.certificate.subject}
    try:
        running = hashlib.new(algorithm.digest)
        feed(running)
        if _bits(signature.parts[3]) != running.digest():
            return invalid(kind, "内容的摘要与签章中的不符：盖章之后内容变过", **known)
        for signed, what in (
            (signature, "签章值不对：签章数据变过"),
            (seal, "印章本身无效：印章数据变过或系伪造"),
        ):
            if not _holds(signed):
                return invalid(kind, what, **known)
        signed_at = _moment(signature.parts[2])
    except _BROKEN:
        return unknown(kind, "签章数据的结构无法识别，须用厂商工具核验")
    chain, why = chain_of(signature.certificate, [seal.certificate], signed_at)
    return SignatureFacts(
        kind,
        "valid",
        chain,
        signed_at=signed_at.isoformat() if signed_at else "",
        chain_problem=why,
        remarks=(f"{algorithm.name} 已不安全",) if algorithm.weak else (),
        **known,
    )


def _read(data: bytes) -> tuple[_Signed, _Signed]:
    outer = _elements(data)
    parts = _elements(outer[0].dump())
    if len(outer) == 2:  # GM/T 0031: certificate and algorithm stand in what is signed
        own = _Signed(outer[0].dump(), parts, _certificate(parts[5]), parts[6].native, _bits(outer[1]))
    else:
        own = _Signed(outer[0].dump(), parts, _certificate(outer[1]), outer[2].native, _bits(outer[3]))
    return own, _read_seal(parts[1].dump())


def _read_seal(data: bytes) -> _Signed:
    outer = _elements(data)
    if len(outer) == 2:  # GM/T 0031: SES_SignInfo
        info = _elements(outer[1].dump())
        return _Signed(outer[0].dump(), [], _certificate(info[0]), info[1].native, _bits(info[2]))
    return _Signed(outer[0].dump(), [], _certificate(outer[1]), outer[2].native, _bits(outer[3]))


def seal_picture(data: bytes) -> tuple[str, bytes]:
    """Kind and bytes of the picture in a signature's value or in a seal alone; empty where there is none.

    ``SES_ESPictrueInfo`` is the fourth element of the seal's information in both standards.
    """
    try:
        outer = _elements(data)
        signed = _elements(outer[0].dump())
        if signed[0].tag == core.Integer.tag:  # a signature: the seal is its second element
            signed = _elements(_elements(signed[1].dump())[0].dump())
        picture = _elements(signed[3].dump())
        return str(picture[0].native), bytes(picture[1].native)
    except _BROKEN:
        return "", b""


def _holds(signed: _Signed) -> bool:
    algorithm = SignatureAlgorithm.named(signed.oid)
    if algorithm is None:
        return False
    taken = signed.certificate.digest(algorithm)
    taken.update(signed.body)
    return signed.certificate.verifies(algorithm, taken.digest(), signed.value)


def _elements(data: bytes) -> list[Any]:
    sequence = core.SequenceOf(spec=core.Any, contents=core.Asn1Value.load(data).contents)
    return [element.parse() if element.dump()[0] >> 6 == _UNIVERSAL else element for element in sequence]


def _certificate(element: Any) -> Certificate:
    return Certificate.read(
        bytes(element.native) if isinstance(element, core.OctetString) else element.dump()
    )


def _bits(element: Any) -> bytes:
    """The octets of a BIT STRING, or of an OCTET STRING where writers took one."""
    return bytes(element.contents[1:] if element.tag == core.BitString.tag else element.contents)


def _moment(element: Any) -> datetime | None:
    """GeneralizedTime, or a BIT STRING that holds one as text."""
    told = element.native
    if isinstance(told, datetime):
        return told
    text = re.sub(r"\D", "", _bits(element).decode("ascii", "ignore"))
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
