"""XML signatures (W3C XML Signature 1.1): enveloped or over an element of the same document."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from lxml import etree

from lantai.core.errors import Invalid

from ..xml import XML_SIGNATURE, parse_xml
from .certificates import Certificate, SignatureAlgorithm, leaf_of
from .chains import chain_of
from .facts import SignatureFacts, invalid, unknown

NAMESPACE = XML_SIGNATURE
_DS = f"{{{NAMESPACE}}}"
_KIND = "XML 签名"
_ENVELOPED = f"{NAMESPACE}enveloped-signature"
_C14N = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": (False, False),
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": (False, True),
    "http://www.w3.org/2001/10/xml-exc-c14n#": (True, False),
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments": (True, True),
}
_DIGESTS = {
    f"{NAMESPACE}sha1": "sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    "http://www.w3.org/2001/04/xmldsig-more#sm3": "sm3",
    "urn:oid:1.2.156.10197.1.401": "sm3",
}
_ALGORITHMS = {
    "rsa-sha1": "RSA-SHA1",
    "rsa-sha256": "RSA-SHA256",
    "rsa-sha384": "RSA-SHA384",
    "rsa-sha512": "RSA-SHA512",
    "ecdsa-sha1": "ECDSA-SHA1",
    "ecdsa-sha256": "ECDSA-SHA256",
    "ecdsa-sha384": "ECDSA-SHA384",
    "ecdsa-sha512": "ECDSA-SHA512",
    "sm2-sm3": "SM2-with-SM3",
}


class _UnknownError(Exception):
    """Something no rule here covers."""


def verify_xml(path: Path) -> list[SignatureFacts]:
    """Every signature of a document."""
    try:
        root = parse_xml(path.read_bytes(), subject=path.name)
    except Invalid as error:
        return [unknown(_KIND, error.message)]
    return [_verify(root, signature) for signature in root.iter(f"{_DS}Signature")]


def _verify(root: etree._Element, signature: etree._Element) -> SignatureFacts:
    try:
        info = signature.find(f"{_DS}SignedInfo")
        if info is None:
            return invalid(_KIND, "签名没有 SignedInfo")
        wrong = next(_changed(root, signature, info), "")
        if wrong:
            return invalid(_KIND, wrong)
        return _judge(root, signature, info)
    except _UnknownError as error:
        return unknown(_KIND, str(error))
    except (ValueError, TypeError, IndexError):
        return invalid(_KIND, "签名中的摘要、证书或签名值无法读取")


def _judge(root: etree._Element, signature: etree._Element, info: etree._Element) -> SignatureFacts:
    chain = [
        Certificate.read((node.text or "").encode("ascii", "replace"))
        for node in signature.iter(f"{_DS}X509Certificate")
    ]
    if not chain:
        raise _UnknownError("签名没有随带证书，无法验证")
    leaf = leaf_of(chain)
    stated = _attribute(info, "SignatureMethod")
    algorithm = SignatureAlgorithm.named(_ALGORITHMS.get(stated.rpartition("#")[2], stated))
    if algorithm is None:
        raise _UnknownError(f"不认识的签名算法 {stated}")
    value = base64.b64decode("".join((signature.findtext(f"{_DS}SignatureValue") or "").split()))
    taken = leaf.digest(algorithm)
    taken.update(_canonical(info, _attribute(info, "CanonicalizationMethod")))
    if algorithm.kind == "ecdsa":
        value = _der(value)
    if not leaf.verifies(algorithm, taken.digest(), value):
        return invalid(_KIND, "签名值不对：签名变过，或证书不是签名者的", signer=leaf.subject)
    trusted, why = chain_of(leaf, [one for one in chain if one is not leaf], None)
    whole = any(_covers_all(root, reference) for reference in info.iterfind(f"{_DS}Reference"))
    remarks = [] if whole else ["签名只覆盖文件的一部分"]
    if algorithm.weak:
        remarks.append(f"{algorithm.name} 已不安全")
    return SignatureFacts(
        _KIND,
        "valid",
        trusted,
        algorithm=algorithm.name,
        signer=leaf.subject,
        chain_problem=why,
        remarks=tuple(remarks),
    )


def _changed(root: etree._Element, signature: etree._Element, info: etree._Element) -> Iterator[str]:
    references = info.findall(f"{_DS}Reference")
    if not references:
        yield "签名没有写明对什么签名"
    for reference in references:
        function = _DIGESTS.get(_attribute(reference, "DigestMethod"))
        if function is None:
            raise _UnknownError(f"不认识的摘要算法 {_attribute(reference, 'DigestMethod')}")
        stated = base64.b64decode("".join((reference.findtext(f"{_DS}DigestValue") or "").split()))
        content = _dereferenced(root, signature, reference)
        if hashlib.new(function, content, usedforsecurity=False).digest() != stated:
            yield f"“{reference.get('URI') or '全文'}”的内容在签名之后变过"


def _dereferenced(root: etree._Element, signature: etree._Element, reference: etree._Element) -> bytes:
    place = signature.getroottree().getpath(signature)
    copied = deepcopy(root)
    copied_signature = next(node for node in copied.iter() if copied.getroottree().getpath(node) == place)
    target = _target(copied, reference.get("URI"))
    method = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    for transform in reference.iterfind(f"{_DS}Transforms/{_DS}Transform"):
        name = str(transform.get("Algorithm", ""))
        if name == _ENVELOPED:
            _remove(copied_signature)
        elif name in _C14N:
            method = name
        else:
            raise _UnknownError(f"不认识的变换 {name}")
    return _canonical(target, method)


def _target(root: etree._Element, uri: str | None) -> etree._Element:
    if not uri:
        return root
    if not uri.startswith("#"):
        raise _UnknownError(f"签名指向文件之外的“{uri[:80]}”")
    found = [node for node in root.iter("*") if uri[1:] in {node.get("Id"), node.get("ID"), node.get("id")}]
    if len(found) != 1:
        raise ValueError("an id stands once")
    return found[0]


def _covers_all(root: etree._Element, reference: etree._Element) -> bool:
    uri = reference.get("URI")
    return not uri or uri[1:] in {root.get("Id"), root.get("ID"), root.get("id")}


def _canonical(node: etree._Element, method: str) -> bytes:
    if method not in _C14N:
        raise _UnknownError(f"不认识的规范化方法 {method}")
    exclusive, comments = _C14N[method]
    return etree.tostring(node, method="c14n", exclusive=exclusive, with_comments=comments, with_tail=False)


def _remove(node: etree._Element) -> None:
    """Takes a signature out and leaves the text behind it where it stood."""
    parent = node.getparent()
    if parent is None:
        raise _UnknownError("签名就是文件本身")
    before, tail = node.getprevious(), node.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(node)


def _attribute(node: etree._Element, name: str) -> str:
    found = node.find(f"{_DS}{name}")
    return str(found.get("Algorithm", "")) if found is not None else ""


def _der(raw: bytes) -> bytes:
    """r‖s, as XML Signature writes elliptic curves, in DER."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
