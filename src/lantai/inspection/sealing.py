"""Signatures, seals and timestamps of an item's files, as GD-1-1 tells them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lantai.formats.api import SignatureFacts, is_detached, verify_signatures

from .registry import Observation, await_person, fail, warn
from .subjects import ItemSubject

_AGAIN = "请向签名单位取回未经改动的文件，或重新签名。"
_ROOTS = "请把受信任的根证书放进 LANTAI_TRUSTED_ROOTS 所指的文件夹后再检，或由人核实后签署。"
_BY_HAND = "请用签名或印章厂商的验证工具核验后签署。"


def signed_files(subject: ItemSubject) -> list[tuple[str, Path, Path | None]]:
    """Files that carry a signature or are one: name, path, and what a detached one is over."""
    if not any(is_detached(one.path) or one.characteristics.signatures for _, _, one in subject.examined):
        return []
    paths = {examination.path.name: examination.path for _name, _file, examination in subject.examined}
    signed: list[tuple[str, Path, Path | None]] = []
    for name, _file, examination in subject.examined:
        if is_detached(examination.path):
            signed.append((name, examination.path, paths.get(examination.path.stem)))
        elif examination.characteristics.signatures:
            signed.append((name, examination.path, None))
    return signed


def signature_observations(subject: ItemSubject) -> Iterator[Observation]:
    """Every signature that does not hold, or that nobody but a person can judge."""
    for name, path, over in signed_files(subject):
        for facts in verify_signatures(path, over):
            yield from _judge(subject.about(name), facts)


def _judge(subject: str, facts: SignatureFacts) -> Iterator[Observation]:
    where = f"{subject} {facts.kind}" + (f"（{facts.signer}）" if facts.signer else "")
    if facts.status == "invalid":
        yield fail(where, "签名有效，签名之后内容没有变过", facts.problem, _AGAIN)
        return
    if facts.status == "unknown":
        yield await_person(where, "能够验证的签名", facts.problem, _BY_HAND)
        return
    for said in facts.remarks:
        yield warn(where, "签名覆盖全部内容，用安全的算法", said, "签名有效；请核对说明的情况是否合理。")
    if facts.chain == "untrusted":
        remedy = "请核对签名证书的颁发机构；确可信任的，请管理员加入其根证书。"
        yield fail(where, "证书链通到受信任的根，签名时证书有效", facts.chain_problem or facts.signer, remedy)
    elif facts.chain == "unchecked":
        yield await_person(where, "证书由受信任的根签发", "证书链没有核对：没有受信任的根", _ROOTS)
