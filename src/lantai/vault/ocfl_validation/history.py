"""The inventories kept in version folders: the head's is the root's, older ones tell the same story."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lantai.core.language import gettext as _

from .. import ocfl
from . import specification as spec
from .inventories import check_inventory, navigable, parse_inventory
from .problems import Findings
from .reading import check_sidecar, read_file

if TYPE_CHECKING:
    from ..stores import ObjectFiles


def check_history(
    files: ObjectFiles, present: set[str], inventory: ocfl.Inventory, raw: bytes, findings: Findings
) -> list[ocfl.Inventory]:
    """Checks the inventory of every version folder (§3.7, §3.8).

    Returns:
        The older inventories, whose digests bind the content too, oldest first.
    """
    older: list[ocfl.Inventory] = []
    for name in sorted(inventory.document["versions"], key=spec.version_number):
        path = f"{name}/{ocfl.INVENTORY}"
        if path not in present:
            findings.add("W010", name, _("版本目录建议保存当时的清单"))
        elif name == inventory.head:
            _check_head(files, path, inventory, raw, findings)
        else:
            old = _read_old(files, path, inventory, findings)
            if old is not None:
                _check_old(path, name, old, inventory, findings)
                del old.document["versions"]  # the largest part, and not asked for again
                older.append(old)
    _check_across(older, inventory, findings)
    return older


def _check_head(
    files: ObjectFiles, path: str, inventory: ocfl.Inventory, raw: bytes, findings: Findings
) -> None:
    head_raw = read_file(files, path)
    if head_raw != raw:
        findings.add("E064", path, _("最新版本的清单与对象清单不同"))
    check_sidecar(files, path, head_raw, inventory.algorithm, findings)


def _read_old(
    files: ObjectFiles, path: str, inventory: ocfl.Inventory, findings: Findings
) -> ocfl.Inventory | None:
    raw = read_file(files, path)
    document = parse_inventory(raw, path, findings)
    if document is None:
        return None
    # What it says of content is compared with the root's inventory, not with the files once more.
    check_inventory(document, path, findings)
    check_sidecar(files, path, raw, str(document.get("digestAlgorithm", inventory.algorithm)), findings)
    return navigable(document)


def _check_old(
    path: str, name: str, old: ocfl.Inventory, inventory: ocfl.Inventory, findings: Findings
) -> None:
    """An old inventory must tell the same history as far as it goes (§3.5.3)."""
    if old.head != name:
        findings.add("E040", path, _("旧版本清单的 head 不对"))
    if old.id != inventory.id:
        findings.add("E037", path, _("旧版本清单的 id 不同"))
        if "1.1" in str(inventory.document.get("type")):
            findings.add("E110", path, _("对象的 id 在版本之间变了"))
    _check_listing(path, old, inventory, findings)
    versions = inventory.document["versions"]
    for version, block in old.document["versions"].items():
        if version not in versions:
            findings.add("E066", path, _("对象清单缺少版本 %s") % version)
            continue
        if not _same_state(old, inventory, version):
            findings.add("E066", path, _("版本 %s 的内容前后不一") % version)
        _check_metadata(path, version, block, versions[version], findings)


def _check_listing(path: str, old: ocfl.Inventory, inventory: ocfl.Inventory, findings: Findings) -> None:
    """Both inventories list the same files, with the same digests, as far as the old one goes."""
    known, listed = dict(inventory.manifest()), dict(old.manifest())
    for content_path in set(known) - set(listed):
        if content_path.partition("/")[0] in old.document["versions"]:
            findings.add("E023", content_path, _("旧版本清单 %s 漏列了文件") % path)
    for content_path, digest in listed.items():
        if content_path not in known:
            findings.add("E023", content_path, _("旧版本的文件不在对象清单中"))
        elif old.algorithm == inventory.algorithm and known[content_path].lower() != digest.lower():
            findings.add("E066", content_path, _("同一文件在新旧清单中摘要不同"))


def _same_state(old: ocfl.Inventory, inventory: ocfl.Inventory, version: str) -> bool:
    """Whether a version holds the same logical paths with the same bytes in both."""
    before, now = _content_of(old, version), _content_of(inventory, version)
    return set(before) == set(now) and all(before[path] <= now[path] for path in before)


def _content_of(inventory: ocfl.Inventory, version: str) -> dict[str, set[str]]:
    manifest, state = inventory.document["manifest"], inventory.state(version)
    return {path: set(manifest.get(digest, ())) for path, digest in state.items()}


def _check_metadata(
    path: str, version: str, block: Mapping[str, Any], now: Mapping[str, Any], findings: Findings
) -> None:
    for key in ("created", "message", "user"):
        if isinstance(block, dict) and isinstance(now, dict) and block.get(key) != now.get(key):
            findings.add(
                "W011", path, _("版本 %(version)s 的 %(key)s 前后不一") % {"version": version, "key": key}
            )


def _check_across(older: list[ocfl.Inventory], inventory: ocfl.Inventory, findings: Findings) -> None:
    """What must hold from one version to the next."""
    story = [*older, inventory]
    for before, after in pairwise(story):
        path = f"{after.head}/{ocfl.INVENTORY}"
        if str(after.document.get("type")) < str(before.document.get("type")):
            findings.add("E103", path, _("版本遵循的规范比它之前的版本还旧"))
    first = story[0].document.get("contentDirectory")
    for later in story[1:]:
        now = later.document.get("contentDirectory")
        if (now or ocfl.CONTENT) != (first or ocfl.CONTENT):
            path = f"{later.head}/{ocfl.INVENTORY}"
            findings.add("E019", path, _("contentDirectory 前后不一"))
            findings.add("E020", path, _("contentDirectory 前后不一"))
