"""Signatures and seals of an OFD (GB/T 33190 clause 18): protected members, then the value over their list."""

from __future__ import annotations

import base64
import hashlib
import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from lantai.core.errors import Invalid

from ..archives import read_member
from ..ofd import resolve, signature_places
from ..xml import parse_xml
from .certificates import Hash
from .cms import verify_cms
from .facts import SignatureFacts, invalid, unknown
from .ses import verify_seal

_DIGESTS = {
    "1.2.156.10197.1.401": "sm3",
    "1.2.156.10197.1.401.1": "sm3",
    "1.2.156.10197.1.401.2": "sm3",
    "sm3": "sm3",
    "md5": "md5",
    "1.2.840.113549.2.5": "md5",
    "sha1": "sha1",
    "1.3.14.3.2.26": "sha1",
    "sha256": "sha256",
    "2.16.840.1.101.3.4.2.1": "sha256",
}
_WEAK = {"md5", "sha1"}


def verify_ofd(path: Path) -> list[SignatureFacts]:
    """Every signature of a document, in the order it lists them."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [facts for place in signature_places(archive) for facts in _verify(archive, place)]
    except (zipfile.BadZipFile, OSError, ValueError, Invalid) as error:
        said = error.message if isinstance(error, Invalid) else "文件的压缩结构已损坏"
        return [unknown("OFD 签章", f"签章列表无法读取：{said}")]


def _verify(archive: zipfile.ZipFile, place: str) -> Iterator[SignatureFacts]:
    try:
        described = read_member(archive, place)
        root = parse_xml(described, subject=place)
        folder = posixpath.dirname(place)
        value = read_member(archive, resolve(archive, folder, _text(root, "SignedValue")))
    except Invalid as error:
        yield invalid("OFD 签章", error.message)
        return
    method = _method(root)
    if method is None:
        yield unknown("OFD 签章", "不认识的校验方法，须用厂商工具核验")
        return
    wrong = next(_changed(archive, root, folder, method), "")
    if wrong:
        yield invalid("OFD 签章", wrong)
        return

    def feed(digest: Hash) -> None:
        digest.update(described)

    facts = [verify_seal("OFD 印章", value, feed)]
    if facts[0].status == "unknown":
        as_cms = verify_cms("OFD 签名", value, feed)
        facts = as_cms if any(one.signer for one in as_cms) else facts
    yield from facts


def _method(root: etree._Element) -> str | None:
    """The digest of the protected members; MD5 where nothing is said (GB/T 33190, 18.2.2)."""
    references = root.find("{*}SignedInfo/{*}References")
    stated = references.get("CheckMethod", "md5") if references is not None else "md5"
    return _DIGESTS.get(str(stated).strip().lower())


def _changed(archive: zipfile.ZipFile, root: etree._Element, folder: str, method: str) -> Iterator[str]:
    """What the list of protected members no longer fits."""
    references = root.find("{*}SignedInfo/{*}References")
    if references is None or not len(references):
        yield "签章没有保护任何文件"
        return
    for reference in references.iterfind("{*}Reference"):
        named = str(reference.get("FileRef", ""))
        member = resolve(archive, folder, named)
        try:
            content = read_member(archive, member)
            stated = base64.b64decode("".join(_text(reference, "CheckValue").split()))
        except (Invalid, ValueError):
            yield f"受保护的“{named}”不在文件中或无法读取"
            continue
        if hashlib.new(method, content, usedforsecurity=method not in _WEAK).digest() != stated:
            yield f"受保护的“{named}”在盖章之后变过"


def _text(root: etree._Element, name: str) -> str:
    found = root.findtext(f".//{{*}}{name}")
    return (found or "").strip()
