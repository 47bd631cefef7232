"""``lantai vault encryption``: which stores are encrypted, whether their keys are at hand, damage told without a key."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lantai.core import cli
from lantai.core.errors import Invalid, LantaiError
from lantai.core.language import gettext as _

from .encryption import EncryptedStore, damaged_files
from .stores import declared_stores, open_store


def encryption(
    check: Annotated[str, typer.Option(help="不用密钥，逐文件核对这个加密存储有无损坏。")] = "",
    as_json: cli.Json = False,
) -> None:
    """各存储是否静态加密（SM4）、密钥是否在手；--check 不用密钥查损坏。密钥缺失或有损坏时退出码为 1。

    JSON：`stores`（每项含 `key`、`encryption`、`ready`、`trouble`）、`checked`、`damaged`（每项含 `object`、`file`）。
    """
    rows: list[dict[str, Any]] = []
    for facts in declared_stores():
        trouble = ""
        try:
            open_store(facts.key).require_ready()
        except LantaiError as error:
            trouble = str(error)
        rows.append(
            {"key": facts.key, "encryption": facts.encryption, "ready": not trouble, "trouble": trouble}
        )
    cli.print_table(
        ["key", _("加密"), _("情况")],
        [(row["key"], row["encryption"] or _("不加密"), row["trouble"] or _("可用")) for row in rows],
    )
    damaged = list(_damaged(check)) if check else []
    for row in damaged:
        cli.say(f"✗ {row['object']} {row['file']}")
    cli.emit({"stores": rows, "checked": check, "damaged": damaged}, as_json)
    if damaged or any(row["encryption"] and row["trouble"] for row in rows):
        raise typer.Exit(cli.FINDINGS)


def _damaged(key: str) -> list[dict[str, str]]:
    store = open_store(key)
    if not isinstance(store, EncryptedStore):
        raise Invalid(
            _("这个存储没有加密。"), subject=key, remedy=_("未加密的存储用 lantai vault audit 校验。")
        )
    return [{"object": path, "file": file} for path, file in damaged_files(store)]
