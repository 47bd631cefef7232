"""Signing an encapsulation with a key behind the key port: 电子签名, and 锁定签名 over it.

The document that is signed was written here, and is read again here: it is no stranger's.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.seals import Algorithm, KeyPort, Keystore, PublicKey, default_keys

from ..encapsulation.c14n import Canonical, Scopes
from ..rules import kind_data
from ..xmlstream import XmlStream, local
from .checking import KEY
from .emitting import Emitter

PURPOSE = "package.eep"
_LARGEST_BYTES = 256 << 20
_SM2_SM3 = bytes.fromhex("300a06082a811ccf55018375")
_COMMON_NAME = bytes.fromhex("0603550403")
_YEARS = 10


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a key behind the port and the certificates that vouch for it, the signer's first."""

    keys: KeyPort
    key: PublicKey
    certificates: tuple[bytes, ...]

    @classmethod
    def default(cls, keys: Keystore | None = None) -> Signer:
        """The platform's own key for encapsulations, with a certificate it issues to itself.

        A body with a certificate from its authority gives it instead.
        """
        store = keys or default_keys()
        key = store.ensure(PURPOSE, Algorithm.SM2, subject_name="兰台平台")
        return cls(store, key, (self_issued(store, key),))

    def sign(self, message: bytes) -> bytes:
        """The signature, DER."""
        return self.keys.sign(self.key.key_id, message)


def emit_signatures(out: Emitter, path: Path, signer: Signer, layer: str, moment: str) -> None:
    """The signature blocks of the document written so far, which ends with its closed root.

    Args:
        out: where the blocks go.
        path: the document without signatures, complete.
        signer: who signs.
        layer: what identifiers begin with.
        moment: 签名时间.
    """
    message = canonical_bytes(path, "被签名对象")
    identifier = f"{layer}-签名1"
    data = kind_data(KEY)["signature"]
    block = io.BytesIO()
    _emit_signature(
        Emitter(block, out.prefix),
        "电子签名",
        [("签名标识符", identifier)],
        data["rule"],
        signer,
        message,
        moment,
    )
    out.open("电子签名块")
    out.stream.write(block.getvalue())
    out.close("电子签名块")
    lock = _canonical_fragment(path, block.getvalue())
    named = [("被锁定签名标识符", identifier)]
    _emit_signature(out, "锁定签名", named, data["lock_rule"], signer, lock, moment)


def canonical_bytes(path: Path, name: str) -> bytes:
    """The canonical form of the first element of a name.

    Raises:
        Invalid: too large to be signed through the key port, which takes the message whole.
    """
    taken = io.BytesIO()

    def write(data: bytes) -> None:
        if taken.tell() > _LARGEST_BYTES:
            limit = _LARGEST_BYTES >> 20
            raise Invalid(
                _("封装包超过 %(limit)s MiB，不能签名。") % {"limit": limit},
                subject=path.name,
                remedy=_("请不签名，或改用移交信息包（dat93）。"),
            )
        taken.write(data)

    XmlStream(path, _First(name, Canonical(write))).run()
    return taken.getvalue()


def self_issued(keys: KeyPort, key: PublicKey) -> bytes:
    """A certificate (X.509, DER) the key issues to itself, SM2-with-SM3."""
    name = _der(0x30, _der(0x31, _der(0x30, _COMMON_NAME + _der(0x0C, key.subject_name.encode()))))
    start = datetime.now(UTC) - timedelta(days=1)
    times = [
        f"{moment:%y%m%d%H%M%S}Z".encode() for moment in (start, start.replace(year=start.year + _YEARS))
    ]
    body = _der(
        0x30,
        _der(0xA0, b"\x02\x01\x02"),
        _der(0x02, b"\x01" + bytes.fromhex(key.key_id)[:15]),
        _SM2_SM3,
        name,
        _der(0x30, *(_der(0x17, time) for time in times)),
        name,
        key.spki,
    )
    signature = keys.sign(key.key_id, body)
    return _der(0x30, body, _SM2_SM3, _der(0x03, b"\0" + signature))


def _emit_signature(
    out: Emitter,
    name: str,
    named: Sequence[tuple[str, str]],
    rule: str,
    signer: Signer,
    message: bytes,
    moment: str,
) -> None:
    out.open(name)
    for key, value in named:
        out.leaf(key, value)
    out.leaf("签名规则", rule)
    out.leaf("签名时间", moment)
    out.leaf("签名人", signer.key.subject_name)
    out.leaf("签名结果", base64.b64encode(signer.sign(message)).decode("ascii"))
    out.open("证书块")
    for certificate in signer.certificates:
        out.leaf("证书", base64.b64encode(certificate).decode("ascii"))
    out.close("证书块")
    out.leaf("签名算法标识", "1.2.156.10197.1.501")
    out.close(name)


def _canonical_fragment(path: Path, element: bytes) -> bytes:
    """The canonical form of an element that is to stand below the root of a document."""
    root = _RootTag()
    for _step in XmlStream(path, root):
        if root.tag:
            break
    name = root.tag[1:].partition(" ")[0]
    small = path.with_name(f"{path.name}.fragment")
    try:
        small.write_bytes(b"".join([root.tag.encode(), element, f"</{name}>".encode()]))
        return canonical_bytes(small, "电子签名")
    finally:
        small.unlink(missing_ok=True)


class _RootTag:
    """The start tag of a document's root, written out again."""

    def __init__(self) -> None:
        self.tag = ""

    def start(self, name: str, attributes: Sequence[str]) -> None:
        """Keeps the first."""
        self.tag = self.tag or root_tag(name, attributes)

    def end(self, _name: str) -> None:
        """Nothing to do."""

    def text(self, _data: str) -> None:
        """Nothing to do."""


def root_tag(name: str, attributes: Sequence[str]) -> str:
    """A start tag with its attributes as they were read."""
    out = io.BytesIO()
    Emitter(out).open(name, dict(zip(attributes[::2], attributes[1::2], strict=True)))
    return out.getvalue().decode()


class _First:
    """Hands the first element of a name to its canonical form."""

    def __init__(self, name: str, canonical: Canonical) -> None:
        self._name = name
        self._canonical = canonical
        self._scopes = Scopes()
        self._begun = False

    def start(self, name: str, attributes: Sequence[str]) -> None:
        """Begins at the first of the name."""
        tag = self._scopes.start(name, attributes)
        self._begun = self._begun or local(name) == self._name
        if self._begun and not self._canonical.done:
            self._canonical.start(tag)

    def end(self, name: str) -> None:
        """Goes on until it ends."""
        self._scopes.end()
        if self._begun and not self._canonical.done:
            self._canonical.end(name)

    def text(self, data: str) -> None:
        """Characters within."""
        if self._begun and not self._canonical.done:
            self._canonical.text(data)


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body
