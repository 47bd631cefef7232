"""What can be said of an inventory without looking at any other file (§3.5)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from lantai.core.language import gettext as _

from .. import ocfl
from . import specification as spec
from .problems import Findings
from .version_blocks import check_version_block

_KEYS = {"id", "type", "digestAlgorithm", "head", "contentDirectory", "manifest", "versions", "fixity"}
_MOST_VALUES = 20_000_000
"""An inventory of a million files with three fixity digests each has half as many lists and commas."""
_REQUIRED = ("id", "type", "digestAlgorithm", "head")


def parse_inventory(raw: bytes, path: str, findings: Findings) -> dict[str, Any] | None:
    """Reads an inventory's JSON; keys that stand twice in one object are noted."""
    repeated: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = Counter(name for name, _value in found)
        repeated.extend(name for name, count in names.items() if count > 1)
        return dict(found)

    if sum(raw.count(mark) for mark in (b"[", b"{", b",")) > _MOST_VALUES:
        findings.add("E033", path, _("对象清单的条目超过 %s 个，不再解读") % _MOST_VALUES)
        return None
    try:
        document = json.loads(raw.decode("utf-8"), object_pairs_hook=pairs, parse_constant=_refuse)
    except (ValueError, RecursionError):
        findings.add("E033", path, _("对象清单不是有效的 JSON"))
        return None
    if not isinstance(document, dict):
        findings.add("E033", path, _("对象清单不是 JSON 对象"))
        return None
    for name in repeated:
        code = "E096" if re.fullmatch(r"[0-9a-fA-F]{32,}", name) else "E033"
        findings.add(code, path, _("清单中的键 %s 出现不止一次") % name[:24])
    return document


def _refuse(constant: str) -> None:
    """NaN and Infinity are no JSON (RFC 8259, section 6)."""
    raise ValueError(constant)


def navigable(document: Mapping[str, Any]) -> ocfl.Inventory | None:
    """The inventory, if content can be found by it: blocks of the right shape, no path that leads out."""
    manifest, versions = document.get("manifest"), document.get("versions")
    if not isinstance(manifest, dict) or not isinstance(versions, dict) or not _lists_paths(manifest):
        return None
    if not all(isinstance(block, dict) and _lists_paths(block.get("state")) for block in versions.values()):
        return None
    if document.get("head") not in list(versions) or not isinstance(document.get("id"), str):
        return None
    paths = [path for group in manifest.values() for path in group]
    sound = all(is_content_path(path) for path in paths)
    return ocfl.Inventory(dict(document)) if sound and _addressed(document) else None


def _addressed(document: Mapping[str, Any]) -> bool:
    directory = document.get("contentDirectory", ocfl.CONTENT)
    return str(document.get("digestAlgorithm")) in spec.CONTENT_DIGESTS and isinstance(directory, str)


def _lists_paths(block: object) -> bool:
    """Whether a block is digests with lists of paths."""
    return isinstance(block, dict) and all(
        isinstance(paths, list) and all(isinstance(each, str) for each in paths) for paths in block.values()
    )


def is_content_path(path: str) -> bool:
    """Whether a path stays below its root, by its form."""
    return not (path.startswith("/") or any(part in {"", ".", ".."} for part in path.split("/")))


def check_inventory(document: Mapping[str, Any], path: str, findings: Findings) -> None:
    """Checks one inventory as a document.

    Args:
        document: the inventory.
        path: where it lies below the object's root.
        findings: takes what is wrong.
    """
    for name in _REQUIRED:
        if name not in document:
            findings.add("E036", path, _("清单没有 %s") % name)
    for name in sorted(set(document) - _KEYS):
        findings.add("E102", path, _("清单中有规范没有的键 %s") % name)
    _check_head_matter(document, path, findings)
    versions = _versions_of(document, path, findings)
    manifest = _manifest_of(document, path, findings)
    if versions is None:
        return
    _check_version_names(versions, document, path, findings)
    for name, block in versions.items():
        check_version_block(name, block, manifest, path, findings)
    if manifest is not None:
        _check_manifest(manifest, document, versions, path, findings)
        _check_fixity(document, manifest, path, findings)


def _check_head_matter(document: Mapping[str, Any], path: str, findings: Findings) -> None:
    identifier = document.get("id")
    if "id" in document and (not isinstance(identifier, str) or not identifier):
        findings.add("E037", path, _("id 不是非空文本"))
    elif isinstance(identifier, str) and not spec.is_uri(identifier):
        findings.add("W005", path, _("id 不是 URI"))
    kind = document.get("type")
    if "type" in document and not (isinstance(kind, str) and spec.INVENTORY_TYPE.fullmatch(kind)):
        findings.add("E038", path, _("清单 type 不是 OCFL 1.0 或 1.1"))
    algorithm = str(document.get("digestAlgorithm"))
    if "digestAlgorithm" in document and algorithm not in spec.CONTENT_DIGESTS:
        findings.add("E025", path, _("摘要算法 %s 不允许") % algorithm)
    elif algorithm == "sha256":
        findings.add("W004", path, _("建议使用 sha512，这里用的是 sha256"))
    directory = document.get("contentDirectory", ocfl.CONTENT)
    if not isinstance(directory, str) or "/" in directory or not directory:
        findings.add("E017", path, _("contentDirectory 不是一个文件夹名"))
    elif directory in {".", ".."}:
        findings.add("E018", path, _("contentDirectory 不可为 . 或 .."))


def _versions_of(document: Mapping[str, Any], path: str, findings: Findings) -> dict[str, Any] | None:
    if "versions" not in document:
        findings.add("E041", path, _("清单没有 versions"))
        findings.add("E043", path, _("清单没有 versions"))
        return None
    versions = document["versions"]
    if not isinstance(versions, dict):
        findings.add("E044", path, _("versions 不是 JSON 对象"))
        return None
    if not versions:
        findings.add("E008", path, _("清单没有任何版本"))
    return versions


def _manifest_of(document: Mapping[str, Any], path: str, findings: Findings) -> dict[str, Any] | None:
    if "manifest" not in document:
        findings.add("E041", path, _("清单没有 manifest"))
        return None
    manifest = document["manifest"]
    if not isinstance(manifest, dict):
        findings.add("E106", path, _("manifest 不是 JSON 对象"))
        findings.add("E041", path, _("manifest 不是 JSON 对象"))
        return None
    for digest, paths in manifest.items():
        if not isinstance(paths, list) or not all(isinstance(each, str) for each in paths):
            findings.add("E092", path, _("manifest 中 %s… 的值不是路径列表") % digest[:12])
            return None
    return manifest


def _check_version_names(
    versions: Mapping[str, Any], document: Mapping[str, Any], path: str, findings: Findings
) -> None:
    """Names run from 1 without a gap, unpadded, or all padded to one width (§3.3.1)."""
    if not versions:
        return
    numbers = {}
    for name in versions:
        match = spec.VERSION_NAME.fullmatch(name)
        if not match:
            code = "E046" if name.startswith("v") else "E104"
            findings.add(code, path, _("版本名 %s 不合规") % name)
            continue
        numbers[int(match[2])] = name
    if 1 not in numbers:
        findings.add("E009", path, _("没有第 1 版"))
    if sorted(numbers) != list(range(1, len(numbers) + 1)) or len(numbers) < len(versions):
        findings.add("E010", path, _("版本号不连续"))
    _check_padding([numbers[number] for number in sorted(numbers)], path, findings)
    head = document.get("head")
    if "head" in document and (not numbers or head != numbers[max(numbers)]):
        findings.add("E040", path, _("head 不是最新版本"))
        if isinstance(head, str) and re.fullmatch(r"v\d+", head) and head not in versions:
            _check_padding([*numbers.values(), head], path, findings)


def _check_padding(names: list[str], path: str, findings: Findings) -> None:
    padded = [name for name in names if name.startswith("v0")]
    if not padded:
        return
    findings.add("W001", path, _("版本号建议不补零"))
    if len(padded) < len(names):
        findings.add("E011", path, _("有的版本号补零，有的没有"))
    if len({len(name) for name in names}) > 1:
        findings.add("E012", path, _("版本号的位数不一"))
    if len(padded) < len(names) or len({len(name) for name in names}) > 1:
        findings.add("E013", path, _("后来的版本没有沿用先前的命名"))


def _check_manifest(
    manifest: Mapping[str, list[str]],
    document: Mapping[str, Any],
    versions: Mapping[str, Any],
    path: str,
    findings: Findings,
) -> None:
    algorithm = str(document.get("digestAlgorithm"))
    if any(not spec.is_digest(digest, algorithm) for digest in manifest):
        findings.add("E025", path, _("manifest 中有格式不对的摘要"))
    if len({digest.lower() for digest in manifest}) < len(manifest):
        findings.add("E096", path, _("manifest 中同一摘要出现两次"))
    listed = [each for group in manifest.values() for each in group]
    check_content_paths(listed, path, findings)
    directory = document.get("contentDirectory", ocfl.CONTENT)
    for content_path in listed:
        version, _slash, rest = content_path.partition("/")
        if version not in versions or not rest.startswith(f"{directory}/"):
            findings.add("E042", content_path, _("清单中的路径不在任何版本的内容目录中"))
    for twice in spec.conflicts(listed):
        findings.add("E101", twice, _("manifest 中的路径重复或互相冲突"))
    used = {
        digest
        for block in versions.values()
        if isinstance(block, dict) and isinstance(block.get("state"), dict)
        for digest in block["state"]
    }
    for digest, paths in manifest.items():
        if digest not in used:
            findings.add("E107", paths[0] if paths else path, _("没有任何版本使用这个文件"))


def check_content_paths(paths: list[str], where: str, findings: Findings) -> None:
    """The form of content paths, in manifest and fixity alike (§3.5.2)."""
    for path in paths:
        if path.startswith("/") or path.endswith("/"):
            findings.add("E100", path or where, _("内容路径以斜杠开头或结尾"))
        if any(part in {"", ".", ".."} for part in path.strip("/").split("/")):
            findings.add("E099", path or where, _("内容路径含有空节、. 或 .."))


def _check_fixity(
    document: Mapping[str, Any], manifest: Mapping[str, list[str]], path: str, findings: Findings
) -> None:
    fixity = document.get("fixity", {})
    if not isinstance(fixity, dict):
        code = "E111" if "1.1" in str(document.get("type")) else "E056"
        findings.add(code, path, _("fixity 不是 JSON 对象"))
        return
    known = {each for group in manifest.values() for each in group}
    for algorithm, block in fixity.items():
        is_known = algorithm in spec.FIXITY_DIGESTS
        if not is_known:
            findings.add("E056", path, _("fixity 的算法 %s 不在规范的表中，也没有扩展规定它") % algorithm)
        if not _lists_paths(block):
            findings.add("E057", path, _("fixity 的 %s 结构不对") % algorithm)
            continue
        if is_known and any(not spec.is_digest(d, algorithm) for d in block):
            findings.add("E057", path, _("fixity 的 %s 中有格式不对的摘要") % algorithm)
        if is_known and len({digest.lower() for digest in block}) < len(block):
            findings.add("E097", path, _("fixity 的 %s 中同一摘要出现两次") % algorithm)
        listed = [each for group in block.values() for each in group]
        check_content_paths(listed, path, findings)
        for each in listed:
            if each not in known:
                findings.add("E057", each, _("fixity 的 %s 中有 manifest 没有的路径") % algorithm)
