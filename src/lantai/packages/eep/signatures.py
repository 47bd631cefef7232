"""Signatures of DA/T 48: 电子签名 over 被签名对象, 锁定签名 over the 电子签名 it names.

The package is read a second time where it is signed, in the pool, its canonical form going straight
into the digests, so that its size does not matter.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from lantai.core import settings
from lantai.core.findings import Finding
from lantai.formats.api import Certificate, SignatureAlgorithm, call_in_pool, is_trusted, leaf_of, read_roots

from ..encapsulation.facts import SIGNED, digest_facts
from ..encapsulation.parsing import Layer, Parsed, layers_of
from ..rules import kind_data, rules_of
from ..xmlpool import refused
from ..xmltree import Node
from .checking import KEY, is_date_time
from .taking import TIMEOUT_S

SIGNATURE = "电子签名"
_BEIJING = timezone(timedelta(hours=8))


@dataclass(slots=True)
class Claim:
    """A signature to be checked.

    Attributes:
        node: 电子签名 or 锁定签名.
        layer: whose signature it is.
        target: name and order of the element it is over.
        chain: its certificates, the signer's first.
        digests: by canonical form, known when the package was read again.
    """

    node: Node
    layer: Layer
    target: tuple[str, int]
    algorithm: SignatureAlgorithm
    chain: list[Certificate]
    value: bytes
    digests: dict[str, bytes] = field(default_factory=dict)

    @property
    def moment(self) -> datetime:
        """When it was made, as far as the package says."""
        for text in (self.node.value("签名时间"), self.layer.signed.value("封装包创建时间")):
            if is_date_time(text):
                told = datetime.fromisoformat(text)
                return told if told.tzinfo else told.replace(tzinfo=_BEIJING)
        return datetime.now(UTC)


def check_signatures(parsed: Parsed, path: Path, subject: str) -> Iterator[Finding]:
    """Every signature of every layer; a package without any has nothing to check."""
    claims: list[Claim] = []
    for layer in layers_of(parsed.root):
        for node, target in _signatures(parsed.root, layer):
            claim = _claim(node, layer, target, subject)
            if isinstance(claim, Finding):
                yield claim
            else:
                claims.append(claim)
    if not claims:
        return
    _digest(claims, path, subject)
    roots = _roots()
    for claim in claims:
        yield from _judge(claim, subject, roots)


def _digest(claims: list[Claim], path: Path, subject: str) -> None:
    """Reads the package again and fills in the digests.

    Raises:
        XmlRefused: it can no longer be read.
    """
    wanted = [
        {
            "element": claim.target[0],
            "order": claim.target[1],
            "algorithm": claim.node.value("签名算法标识"),
            "certificate": base64.b64encode(claim.chain[0].der).decode("ascii"),
        }
        for claim in claims
    ]
    given = {"wanted": wanted, "methods": kind_data(KEY)["signature"]["methods"]}
    answer = next(call_in_pool(digest_facts, [path], allowed_s=TIMEOUT_S, **given))
    if error := refused(answer, subject):
        raise error
    for claim, told in zip(claims, answer["digests"], strict=True):
        claim.digests = {method: bytes.fromhex(digest) for method, digest in told.items()}


def _signatures(root: Node, layer: Layer) -> Iterator[tuple[Node, tuple[str, int] | None]]:
    """The signatures of a layer with what each is over."""
    for holder in layer.holder.all("电子签名块"):
        for node in holder.all(SIGNATURE):
            yield node, (SIGNED, layer.signed.order)
    named = {node.value("签名标识符"): node for node in root.walk() if node.name == SIGNATURE}
    for node in layer.holder.all("锁定签名"):
        locked = named.get(node.value("被锁定签名标识符"))
        yield node, (SIGNATURE, locked.order) if locked else None


def _claim(node: Node, layer: Layer, target: tuple[str, int] | None, subject: str) -> Claim | Finding:
    rules, where = rules_of(KEY), _where(node, subject)
    rule = "signature" if node.name == SIGNATURE else "signature.lock"
    again = "请由签名单位重新签名，或说明签名无法验证的原因。"
    if target is None:
        named = node.value("被锁定签名标识符") or "（未写）"
        return rules.fail(rule, where, f"锁定的电子签名“{named}”在包内", "没有", again)
    stated = node.value("签名算法标识")
    algorithm = SignatureAlgorithm.named(stated)
    if algorithm is None:
        remedy = "请用能验证该算法的软件核验，并由人确认。"
        return rules.wait(rule, where, "本平台能验证的签名算法", stated or "没有写明", remedy)
    try:
        value = base64.b64decode("".join(node.value("签名结果").split()), validate=True)
    except (binascii.Error, ValueError):
        value = b""
    if not value:
        return rules.fail(rule, where, "“签名结果”是 Base64", "为空或不合法", again)
    chain = []
    for text in (one.text for holder in node.all("证书块") for one in holder.all("证书")):
        try:
            chain.append(Certificate.read(text.encode("ascii", "replace")))
        except (ValueError, IndexError):
            remedy = "请由签名单位提供可读的 X.509 证书后重新封装。"
            return rules.fail("signature.certificate", where, "可读的 X.509 证书", "无法读取", remedy)
    if not chain:
        return rules.fail("signature.certificate", where, "证书块中有证书", "没有", again)
    leaf = leaf_of(chain)
    return Claim(node, layer, target, algorithm, [leaf, *(c for c in chain if c is not leaf)], value)


def _judge(claim: Claim, subject: str, roots: list[Certificate] | None) -> Iterator[Finding]:
    rules, where, leaf = rules_of(KEY), _where(claim.node, subject), claim.chain[0]
    rule = "signature" if claim.node.name == SIGNATURE else "signature.lock"
    holds = any(leaf.verifies(claim.algorithm, digest, claim.value) for digest in claim.digests.values())
    if not holds:
        expected = f"{claim.algorithm.name} 签名对“{claim.target[0]}”有效"
        observed = "签名与内容不符：签名之后内容变过，或证书不是签名者的"
        yield rules.fail(rule, where, expected, observed, "请向移交单位取回未经改动的封装包。")
        return
    if claim.algorithm.weak:
        remedy = "签名有效，但该算法已不安全；新的封装包请用 SM2 与 SM3。"
        yield rules.warn(rule, where, "SM2-with-SM3 或 SHA-256 以上", claim.algorithm.name, remedy)
    if not leaf.is_valid_at(claim.moment):
        start, end = leaf.parsed.not_valid_before_utc, leaf.parsed.not_valid_after_utc
        expected = f"证书有效期 {start:%Y-%m-%d} 至 {end:%Y-%m-%d} 之内"
        remedy = "请由签名单位说明，或用有效的证书重新签名。"
        yield rules.fail("signature.certificate", where, expected, f"签名于 {claim.moment:%Y-%m-%d}", remedy)
    if roots is None:
        expected = f"{leaf.subject} 由受信任的根签发"
        remedy = "请把受信任的根证书放进 LANTAI_TRUSTED_ROOTS 所指的文件夹后再检，或由人确认。"
        yield rules.wait("signature.chain", where, expected, "证书链没有核对：没有受信任的根", remedy)
    elif not is_trusted(leaf, claim.chain[1:], roots, claim.moment):
        remedy = "请核对签名证书的颁发机构；确可信任的，请管理员加入其根证书。"
        yield rules.fail("signature.chain", where, "证书链通到受信任的根", leaf.subject, remedy)


def _roots() -> list[Certificate] | None:
    """The trusted roots; ``None`` where none are set or there are none in the folder."""
    folder = str(settings.TRUSTED_ROOTS.read())
    return (read_roots(Path(folder)) or None) if folder else None


def _where(node: Node, subject: str) -> str:
    name = node.value("签名标识符") or node.value("被锁定签名标识符")
    return f"{subject} 第{node.line}行 {node.name} {name}".rstrip()
