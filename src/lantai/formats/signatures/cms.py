"""CMS SignedData (RFC 5652; GM/T 0010 for SM2): values, certificates, timestamps of RFC 3161."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, core, tsp

from .certificates import Certificate, Hash, SignatureAlgorithm
from .chains import chain_of
from .facts import SignatureFacts, invalid, unknown

_SM2_SIGNED_DATA = "1.2.156.10197.6.1.4.2.2"
_DIGESTS = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "1.2.156.10197.1.401": "sm3",
}
_RSA, _PSS, _EC = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.10045.2.1"
_SM2 = ("1.2.156.10197.1.301", "1.2.156.10197.1.501")
_MESSAGE_DIGEST, _SIGNING_TIME = "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5"
_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError)

Feed = Callable[[Hash], None]
"""Puts the signed content into a digest."""


@dataclass(frozen=True, slots=True)
class _Signer:
    """One SignerInfo with what is needed to judge it."""

    info: Any
    leaf: Certificate
    others: list[Certificate]
    digest: str
    algorithm: SignatureAlgorithm


def verify_cms(kind: str, data: bytes, feed: Feed, claimed: datetime | None = None) -> list[SignatureFacts]:
    """Every signature of a SignedData over content that stands elsewhere.

    Args:
        kind: what people call it.
        data: DER or BER; zeros after its end are passed over.
        feed: puts the signed content into a digest.
        claimed: when it was signed, as the file says.
    """
    try:
        signed = signed_data(data)
        signers = list(signed["signer_infos"])
        certificates = _certificates(signed)
    except _BROKEN:
        return [invalid(kind, "签名数据不是可读的 CMS 结构")]
    if not signers:
        return [invalid(kind, "签名数据中没有签名者")]
    return [_verify(kind, info, certificates, feed, claimed) for info in signers]


def signed_data(data: bytes) -> Any:
    """The SignedData of a ContentInfo; raises ``ValueError`` when it is none."""
    content = cms.ContentInfo.load(data)
    kind = content["content_type"].dotted
    if kind == _SM2_SIGNED_DATA:
        return cms.SignedData.load(content["content"].contents)
    if kind != "1.2.840.113549.1.7.2":
        raise ValueError("no SignedData")
    return content["content"]


def verify_token(kind: str, token: bytes, feed: Feed) -> tuple[SignatureFacts, datetime | None]:
    """A timestamp token over content: whether it holds, and the time it proves."""
    try:
        carried = signed_data(token)["encap_content_info"]["content"]
        content = bytes(carried.contents if carried.contents[:1] == b"\x30" else carried.parsed.dump())
        info = tsp.TSTInfo.load(content)
        imprint = info["message_imprint"]
        name = _DIGESTS.get(imprint["hash_algorithm"]["algorithm"].dotted, "")
        stamped, moment = bytes(imprint["hashed_message"].native), info["gen_time"].native
    except _BROKEN:
        return invalid(kind, "时间戳令牌无法读取"), None
    if not name:
        return unknown(kind, "时间戳用了不认识的摘要算法"), None
    running = hashlib.new(name)
    feed(running)
    if running.digest() != stamped:
        return invalid(kind, "时间戳的摘要与内容不符：盖时间戳之后内容变过"), None
    facts = verify_cms(kind, token, lambda digest: digest.update(content), moment)[0]
    return replace(facts, signed_at=moment.isoformat()), moment if facts.status == "valid" else None


def _verify(
    kind: str, info: Any, certificates: list[Certificate], feed: Feed, claimed: datetime | None
) -> SignatureFacts:
    try:
        signer = _signer(info, certificates)
        if isinstance(signer, str):
            return unknown(kind, signer)
        return _judge(kind, signer, feed, claimed)
    except _BROKEN:
        return invalid(kind, "签名数据的结构已损坏")


def _judge(kind: str, signer: _Signer, feed: Feed, claimed: datetime | None) -> SignatureFacts:
    info, leaf = signer.info, signer.leaf
    known = {"algorithm": signer.algorithm.name, "signer": leaf.subject}
    attributes = info["signed_attrs"]
    signature = bytes(info["signature"].native)
    taken = leaf.digest(signer.algorithm)
    if attributes.contents:
        running = hashlib.new(signer.digest)
        feed(running)
        if _attribute(info["signed_attrs"], _MESSAGE_DIGEST) != running.digest():
            return invalid(kind, "内容的摘要与签名中的不符：签名之后内容变过", **known)
        taken.update(b"\x31" + attributes.dump()[1:])
    else:
        feed(taken)
    if not leaf.verifies(signer.algorithm, taken.digest(), signature):
        return invalid(kind, "签名值不对：签名数据变过，或证书不是签名者的", **known)
    stamp, proven = _stamp(info, signature)
    if stamp is not None and stamp.status != "valid":
        return replace(stamp, signer=leaf.subject)
    told = _attribute(info["signed_attrs"], _SIGNING_TIME)
    moment = proven or claimed or (told if isinstance(told, datetime) else None)
    chain, why = chain_of(leaf, signer.others, moment)
    remarks = [f"{signer.algorithm.name} 已不安全"] if signer.algorithm.weak else []
    if stamp is not None and stamp.chain == "untrusted":
        remarks.append(f"时间戳的证书不受信任：{stamp.chain_problem}")
    return SignatureFacts(
        kind,
        "valid",
        chain,
        signed_at=moment.astimezone(UTC).isoformat() if moment else "",
        chain_problem=why,
        remarks=tuple(remarks),
        **known,
    )


def _stamp(info: Any, signature: bytes) -> tuple[SignatureFacts | None, datetime | None]:
    for attribute in info["unsigned_attrs"] or ():
        if attribute["type"].dotted == _TIMESTAMP:
            token = attribute["values"][0].dump()
            return verify_token("签名时间戳", token, lambda digest: digest.update(signature))
    return None, None


def _signer(info: Any, certificates: list[Certificate]) -> _Signer | str:
    digest = _DIGESTS.get(info["digest_algorithm"]["algorithm"].dotted, "")
    stated = info["signature_algorithm"]["algorithm"].dotted
    algorithm = _algorithm(stated, digest, info)
    if not digest or algorithm is None:
        return f"不认识的签名算法 {stated}"
    leaf = _leaf(info["sid"], certificates)
    if leaf is None:
        return "签名数据中没有签名者的证书"
    return _Signer(info, leaf, [one for one in certificates if one is not leaf], digest, algorithm)


def _algorithm(stated: str, digest: str, info: Any) -> SignatureAlgorithm | None:
    if stated.startswith(_SM2) or (stated in {_EC, _RSA} and digest == "sm3"):
        return SignatureAlgorithm.named("SM2-with-SM3")
    if stated == _RSA:
        return SignatureAlgorithm.named(f"RSA-{digest}")
    if stated == _EC:
        return SignatureAlgorithm.named(f"ECDSA-{digest}")
    if stated == _PSS:
        own = info["signature_algorithm"]["parameters"]["hash_algorithm"]["algorithm"].dotted
        return SignatureAlgorithm.named(f"pss:{_DIGESTS.get(own, '')}")
    return SignatureAlgorithm.named(stated)


def _leaf(sid: Any, certificates: list[Certificate]) -> Certificate | None:
    if sid.name == "issuer_and_serial_number":
        serial = sid.chosen["serial_number"].native
        issuer = sid.chosen["issuer"].dump()
        return next(
            (
                one
                for one in certificates
                if one.parsed.serial_number == serial and one.parsed.issuer.public_bytes() == issuer
            ),
            None,
        )
    wanted = bytes(sid.chosen.native)
    return next((one for one in certificates if one.key_identifier == wanted), None)


def _certificates(signed: Any) -> list[Certificate]:
    return list(_read(signed["certificates"] or ()))


def _read(choices: Any) -> Iterator[Certificate]:
    for choice in choices:
        try:
            yield Certificate.read(choice.chosen.dump())
        except ValueError:
            continue


def _attribute(attributes: Any, oid: str) -> Any:
    for attribute in attributes or ():
        if attribute["type"].dotted == oid:
            value = attribute["values"][0]
            return bytes(value.native) if isinstance(value, core.OctetString) else value.native
    return None
