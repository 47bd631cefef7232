"""One version's block of an inventory (§3.5.3.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lantai.core.language import gettext as _

from . import specification as spec
from .problems import Findings

_KEYS = {"created", "state", "message", "user"}
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def check_version_block(
    name: str, block: object, manifest: Mapping[str, list[str]] | None, path: str, findings: Findings
) -> None:
    """Checks what an inventory says of one version.

    Args:
        name: the version, such as ``v2``.
        block: its value in ``versions``.
        manifest: the inventory's manifest, if it has a usable one.
        path: where the inventory lies.
        findings: takes what is wrong.
    """
    if not isinstance(block, dict):
        findings.add("E047", path, f"{name}：" + _("版本不是 JSON 对象"))
        return
    for key in sorted(set(block) - _KEYS):
        findings.add("E102", path, f"{name}：" + _("有规范没有的键 %s") % key)
    _check_created(name, block, path, findings)
    _check_authorship(name, block, path, findings)
    if "state" not in block:
        findings.add("E048", path, f"{name}：" + _("没有 state"))
        return
    _check_state(name, block["state"], manifest, path, findings)


def _check_created(name: str, block: Mapping[str, Any], path: str, findings: Findings) -> None:
    if "created" not in block:
        findings.add("E048", path, f"{name}：" + _("没有 created"))
    elif not _is_time(block["created"]):
        findings.add("E049", path, f"{name}：" + _("created 不是带时区、精确到秒的时间"))


def _is_time(value: object) -> bool:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    whole = re.sub(r"\.\d+", "", value.upper()).replace(":60", ":59")  # a leap second is a time too
    try:
        return datetime.fromisoformat(whole).tzinfo is not None
    except ValueError:
        return False


def _check_authorship(name: str, block: Mapping[str, Any], path: str, findings: Findings) -> None:
    if "message" in block and not isinstance(block["message"], str):
        findings.add("E094", path, f"{name}：" + _("message 不是文本"))
    missing = [key for key in ("message", "user") if key not in block]
    if missing:
        findings.add("W007", path, f"{name}：" + _("建议写明 %s") % "、".join(missing))
    if "user" not in block:
        return
    user = block["user"]
    if not isinstance(user, dict) or not isinstance(user.get("name"), str) or not user["name"]:
        findings.add("E054", path, f"{name}：" + _("user 没有 name"))
    elif "address" not in user:
        findings.add("W008", path, f"{name}：" + _("建议写明 user 的 address"))
    elif not isinstance(user["address"], str):
        findings.add("E054", path, f"{name}：" + _("user 的 address 不是文本"))
    elif not spec.is_uri(user["address"]):
        findings.add("W009", path, f"{name}：" + _("user 的 address 建议为 URI"))


def _check_state(
    name: str, state: object, manifest: Mapping[str, list[str]] | None, path: str, findings: Findings
) -> None:
    if not isinstance(state, dict) or not all(
        isinstance(paths, list) and all(isinstance(each, str) for each in paths) for paths in state.values()
    ):
        findings.add("E050", path, f"{name}：" + _("state 结构不对"))
        return
    if manifest is not None and not set(state) <= set(manifest):
        findings.add("E050", path, f"{name}：" + _("state 中的摘要不在 manifest 中"))
    logical = [each for paths in state.values() for each in paths]
    for each in logical:
        if each.startswith("/") or each.endswith("/"):
            findings.add("E053", path, f"{name}：" + _("逻辑路径 %s 以斜杠开头或结尾") % each)
        if any(part in {"", ".", ".."} for part in each.strip("/").split("/")):
            findings.add("E052", path, f"{name}：" + _("逻辑路径 %s 含有空节、. 或 ..") % each)
    for twice in spec.conflicts(logical):
        findings.add("E095", path, f"{name}：" + _("逻辑路径 %s 重复或互相冲突") % twice)
