"""Checks an OCFL object as it lies: its inventory, its sidecars and every byte of content.

Codes are those of the OCFL 1.1 validation table. Content is read in pieces and never unpacked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lantai.core.digests import CHUNK_BYTES
from lantai.core.errors import Invalid

from . import ocfl
from .stores import ObjectFiles

_DIGEST_LENGTHS = {"sha512": 128, "sha256": 64}
_VERSION = re.compile(r"v(0*)([1-9][0-9]*)")
_DECLARATION = re.compile(r"0=ocfl_object_1\.[01]")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an object.

    Attributes:
        code: OCFL 1.1 validation code, such as ``E092``.
        path: the file it is about, below the object's root.
        message: what was found, in plain words.
    """

    code: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes:
        inventory_sha512: empty when there is no inventory.
        size_bytes: how much was read.
        is_absent: there is nothing at all.
    """

    problems: tuple[Problem, ...]
    inventory: ocfl.Inventory | None
    inventory_sha512: str
    size_bytes: int
    is_absent: bool = False


def check_object(files: ObjectFiles, *, content: bool = True) -> Checked:
    """Checks one object.

    Args:
        files: where it lies.
        content: also read and digest every content file.
    """
    present = set(files.paths())
    try:
        raw = _read(files, ocfl.INVENTORY)
    except OSError as error:
        problem = Problem("E063", ocfl.INVENTORY, _("对象清单无法读取：%s") % error.strerror)
        return Checked((problem,), None, "", 0, is_absent=not present)
    digest = hashlib.sha512(raw).hexdigest()
    try:
        document = json.loads(raw)
        problems = list(_inventory_problems(document))
        inventory = ocfl.Inventory.parse(raw)
    except (
        ValueError,
        RecursionError,
        Invalid,
        AttributeError,
        TypeError,
        KeyError,
    ):  # any shape but the right one
        problem = Problem("E034", ocfl.INVENTORY, _("对象清单不是有效的 OCFL 清单"))
        return Checked((problem,), None, digest, len(raw))
    problems += _declaration_problems(files, present)
    problems += _sidecar_problems(files, ocfl.INVENTORY, raw, inventory.algorithm)
    wrong, older = _version_problems(files, present, inventory, raw)
    problems += wrong
    problems += _file_set_problems(present, inventory)
    size_bytes = 0
    if content:
        wrong, size_bytes = _content_problems(files, present, [inventory, *older])
        problems += wrong
    return Checked(tuple(problems), inventory, digest, size_bytes + len(raw))


def _read(files: ObjectFiles, path: str) -> bytes:
    with files.open(path) as source:
        return b"".join(iter(lambda: source.read(CHUNK_BYTES), b""))


def _inventory_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    """What can be said of an inventory without looking at any other file (§3.5)."""

    def problem(code: str, message: str) -> Problem:
        return Problem(code, ocfl.INVENTORY, message)

    if not isinstance(document.get("id"), str) or not document["id"]:
        yield problem("E036", _("清单没有 id"))
    if not re.fullmatch(r"https://ocfl\.io/1\.[01]/spec/#inventory", str(document.get("type"))):
        yield problem("E038", _("清单 type 不是 OCFL 1.0 或 1.1"))
    algorithm = document.get("digestAlgorithm")
    if algorithm not in _DIGEST_LENGTHS:
        yield problem("E025", _("摘要算法 %s 不允许") % algorithm)
    directory = document.get("contentDirectory", ocfl.CONTENT)
    if not isinstance(directory, str) or directory in {"", ".", ".."} or "/" in directory:
        yield problem("E017", _("contentDirectory 不合规"))
    versions = document["versions"]
    if not versions or list(_expected_versions(versions)) != sorted(versions):
        yield problem("E010", _("版本号不连续或格式不对"))
    elif document.get("head") != max(versions):
        yield problem("E040", _("head 不是最新版本"))
    yield from _path_problems(document)
    for name, version in versions.items():
        yield from (problem(code, f"{name}：{text}") for code, text in _version_block(version, document))


def _expected_versions(versions: Mapping[str, Any]) -> Iterator[str]:
    """The names versions must have: unpadded, or all padded to one width (§3.5.3)."""
    first = min(versions)
    match = _VERSION.fullmatch(first)
    width = len(first) - 1 if match and match[1] else 0
    return iter(sorted(f"v{number:0{width}d}" for number in range(1, len(versions) + 1)))


def _version_block(version: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    created = version.get("created")
    if not isinstance(created, str) or not _TIME.fullmatch(created) or not _is_time(created):
        yield "E049", _("created 不是带时区、精确到秒的时间")
    if "message" in version and not isinstance(version["message"], str):
        yield "E094", _("message 不是文本")
    user = version.get("user")
    if user is not None and not (
        isinstance(user, dict) and isinstance(user.get("name"), str) and user["name"]
    ):
        yield "E054", _("user 没有 name")
    state = version.get("state")
    if not isinstance(state, dict):
        yield "E050", _("没有 state")
        return
    if not set(state) <= set(document["manifest"]):
        yield "E050", _("state 中的摘要不在 manifest 中")
    logical = [path for paths in state.values() for path in paths]
    if any(not _is_safe(path) for path in logical):
        yield "E052", _("逻辑路径不安全")
    if _conflicts(logical):
        yield "E095", _("逻辑路径重复或互相冲突")


def _path_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Digests and content paths of manifest and fixity block (§3.5.2, §3.5.4)."""
    manifest = document["manifest"]
    length = _DIGEST_LENGTHS.get(str(document.get("digestAlgorithm")), 0)
    if any(not re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", digest) for digest in manifest):
        yield Problem("E025", ocfl.INVENTORY, _("manifest 中有格式不对的摘要"))
    if len({digest.lower() for digest in manifest}) < len(manifest):
        yield Problem("E096", ocfl.INVENTORY, _("manifest 中同一摘要出现两次"))
    paths = [path for group in manifest.values() for path in group]
    if any(not _is_safe(path) for path in paths):
        yield Problem("E099", ocfl.INVENTORY, _("manifest 中有不安全的路径"))
    if _conflicts(paths):
        yield Problem("E101", ocfl.INVENTORY, _("manifest 中的路径重复或互相冲突"))
    used = {digest for version in document["versions"].values() for digest in version.get("state") or ()}
    for digest in set(manifest) - used:
        yield Problem("E107", manifest[digest][0], _("没有任何版本使用这个文件"))
    for algorithm, block in (document.get("fixity") or {}).items():
        if len({digest.lower() for digest in block}) < len(block):
            yield Problem("E097", ocfl.INVENTORY, _("fixity 的 %s 中同一摘要出现两次") % algorithm)
        if not {path for group in block.values() for path in group} <= set(paths):
            yield Problem("E057", ocfl.INVENTORY, _("fixity 的 %s 中有 manifest 没有的路径") % algorithm)


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_safe(path: str) -> bool:
    try:
        ocfl.require_safe_path(path)
    except Invalid:
        return False
    return True


def _conflicts(paths: list[str]) -> bool:
    """Whether a path stands twice, or is also a folder of another."""
    known = set(paths)
    if len(known) < len(paths):
        return True
    return any(path[:end] in known for path in paths for end in _slashes(path))


def _slashes(path: str) -> Iterator[int]:
    return (index for index, character in enumerate(path) if character == "/")


def _declaration_problems(files: ObjectFiles, present: set[str]) -> Iterator[Problem]:
    names = [path for path in present if path.startswith("0=")]
    if len(names) != 1 or not _DECLARATION.fullmatch(names[0]):
        yield Problem("E003", ocfl.OBJECT_DECLARATION[0], _("对象声明缺失或多余"))
    elif _read(files, names[0]) != names[0][2:].encode() + b"\n":
        yield Problem("E007", names[0], _("对象声明内容不对"))


def _sidecar_problems(files: ObjectFiles, path: str, raw: bytes, algorithm: str) -> Iterator[Problem]:
    sidecar = f"{path}.{algorithm}"
    try:
        expected = ocfl.sidecar_digest(_read(files, sidecar))
    except OSError:
        yield Problem("E058", sidecar, _("清单校验文件缺失"))
    except Invalid:
        yield Problem("E061", sidecar, _("清单校验文件格式不对"))
    else:
        if algorithm in _DIGEST_LENGTHS and hashlib.new(algorithm, raw).hexdigest() != expected:
            yield Problem("E060", path, _("清单与其校验文件不符"))


def _version_problems(
    files: ObjectFiles, present: set[str], inventory: ocfl.Inventory, raw: bytes
) -> tuple[list[Problem], list[ocfl.Inventory]]:
    """The inventory kept in each version folder; the head's is the root's (§3.7).

    Returns:
        The problems, and the older inventories, whose digests bind the content too.
    """
    problems: list[Problem] = []
    older: list[ocfl.Inventory] = []
    for name in inventory.document["versions"]:
        path = f"{name}/{ocfl.INVENTORY}"
        if path not in present:
            continue  # recommended, not required (W010)
        old_raw = _read(files, path)
        if name == inventory.head:
            if old_raw != raw:
                problems.append(Problem("E064", path, _("最新版本的清单与对象清单不同")))
            problems += _sidecar_problems(files, path, old_raw, inventory.algorithm)
            continue
        try:
            old = ocfl.Inventory.parse(old_raw)
        except Invalid:
            problems.append(Problem("E034", path, _("旧版本的清单无法解析")))
            continue
        problems += _sidecar_problems(files, path, old_raw, old.algorithm)
        problems += _history_problems(path, name, old, inventory)
        if older and str(old.document.get("type")) < str(older[-1].document.get("type")):
            problems.append(Problem("E103", path, _("旧版本遵循的规范比它之前的版本还旧")))
        older.append(old)
    return problems, older


def _history_problems(
    path: str, name: str, old: ocfl.Inventory, inventory: ocfl.Inventory
) -> Iterator[Problem]:
    """An old inventory must tell the same history as far as it goes (§3.5.3, E066)."""
    if old.head != name:
        yield Problem("E040", path, _("旧版本清单的 head 不对"))
    if old.id != inventory.id:
        yield Problem("E037", path, _("旧版本清单的 id 不同"))
    if old.document.get("contentDirectory") != inventory.document.get("contentDirectory"):
        yield Problem("E019", path, _("contentDirectory 前后不一"))
    yield from _listing_problems(old, inventory)
    for version in old.document["versions"]:
        if version not in inventory.document["versions"]:
            yield Problem("E066", path, _("对象清单缺少版本 %s") % version)
        elif _content_of(old, version) - _content_of(inventory, version):
            yield Problem("E066", path, _("版本 %s 的内容前后不一") % version)


def _listing_problems(old: ocfl.Inventory, inventory: ocfl.Inventory) -> Iterator[Problem]:
    """Both inventories must list the same files, with the same digests, as far as the old one goes."""
    known, listed = dict(inventory.manifest()), dict(old.manifest())
    for content_path in set(known) - set(listed):
        if content_path.partition("/")[0] in old.document["versions"]:
            yield Problem("E023", content_path, _("旧版本清单漏列了文件"))
    for content_path, digest in listed.items():
        if content_path not in known:
            yield Problem("E023", content_path, _("旧版本的文件不在对象清单中"))
        elif old.algorithm == inventory.algorithm and known[content_path].lower() != digest.lower():
            yield Problem("E066", content_path, _("同一文件在新旧清单中摘要不同"))


def _content_of(inventory: ocfl.Inventory, version: str) -> set[tuple[str, str]]:
    manifest = inventory.document["manifest"]
    return {
        (logical, path)
        for logical, digest in inventory.state(version).items()
        for path in manifest.get(digest, ())
    }


def _file_set_problems(present: set[str], inventory: ocfl.Inventory) -> Iterator[Problem]:
    """Every file that is there and not foreseen, and every one foreseen and not there (§3.1, §3.3)."""
    document = inventory.document
    expected = dict(inventory.manifest())
    versions = document["versions"]
    directory = document.get("contentDirectory", ocfl.CONTENT)
    for path in sorted(expected):
        if path not in present:
            yield Problem("E092", path, _("清单中的文件不存在"))
        version, _slash, rest = path.partition("/")
        if version not in versions or not rest.startswith(f"{directory}/"):
            yield Problem("E042", path, _("清单中的路径不在任何版本的内容目录中"))
    for version in versions:
        if not any(path.startswith(f"{version}/") for path in present):
            yield Problem("E046", version, _("版本目录不存在"))
    for path in sorted(present - set(expected)):
        code = _stray_code(path, versions, str(directory))
        if code:
            yield Problem(code, path, _("多出的文件或空目录"))


def _stray_code(path: str, versions: Mapping[str, Any], directory: str) -> str:
    first, _slash, rest = path.partition("/")
    if not rest:
        named = path.startswith("0=") or re.fullmatch(r"inventory\.json(\.sha(512|256))?", path)
        return "" if named else "E001"
    if first == "logs":
        return ""
    if first == "extensions":
        return "" if "/" in rest else "E067"
    if first not in versions:
        return "E001"
    if re.fullmatch(r"inventory\.json(\.sha(512|256))?", rest):
        return ""
    if rest.startswith(f"{directory}/"):
        return (
            "E024" if path.endswith("/") and rest != f"{directory}/" else "" if path.endswith("/") else "E023"
        )
    # §3.3.1 discourages other folders in a version without forbidding them (W002).
    return "" if "/" in rest else "E015"


def _content_problems(
    files: ObjectFiles, present: set[str], inventories: Sequence[ocfl.Inventory]
) -> tuple[list[Problem], int]:
    """Reads every content file once, all its digests in the same pass."""
    wanted = _digests_by_path(inventories)
    problems, size_bytes = [], 0
    for path, _digest in inventories[0].manifest():
        if path not in present:
            continue
        hashers = {algorithm: hashlib.new(algorithm) for algorithm, _expected, _code in wanted[path]}
        try:
            with files.open(path) as source:
                while chunk := source.read(CHUNK_BYTES):
                    size_bytes += len(chunk)
                    for hasher in hashers.values():
                        hasher.update(chunk)
        except OSError as error:
            problems.append(Problem("E092", path, _("文件无法读取：%s") % error.strerror))
            continue
        for algorithm, expected, code in wanted[path]:
            if hashers[algorithm].hexdigest() != expected:
                problems.append(Problem(code, path, _("内容与 %s 摘要不符") % algorithm))
                break
    return problems, size_bytes


def _digests_by_path(inventories: Sequence[ocfl.Inventory]) -> dict[str, list[tuple[str, str, str]]]:
    """Content path → (algorithm, digest, code if it is wrong), the manifest's own first."""
    wanted: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for inventory in inventories:
        for path, digest in inventory.manifest():
            wanted[path].append((inventory.algorithm, digest.lower(), "E092"))
    for inventory in inventories:
        for algorithm, block in (inventory.document.get("fixity") or {}).items():
            if algorithm not in hashlib.algorithms_available:
                continue
            for digest, paths in block.items():
                for path in paths:
                    wanted[path].append((algorithm, digest.lower(), "E093"))
    return wanted
