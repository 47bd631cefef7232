"""``lantai backup``: make, verify and restore."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from lantai.core import cli
from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _
from lantai.core.system_errors import words_of

from .making import FILES, ROWS, TABLES, make_backup
from .restoring import open_backup, restore

BackupFile = Annotated[Path, typer.Argument(help="备份文件。")]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="存放口令的文件；也可设 LANTAI_BACKUP_PASSPHRASE。都没有则不加密。")
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="备份账号、角色、申请与设置；档案在总库里，另有副本。")
    cli.command(group, "make")(make)
    cli.command(group, "verify")(verify)
    cli.command(group, "restore")(put_back)
    app.add_typer(group, name="backup")


def make(
    target: BackupFile,
    passphrase_file: PassphraseFile = None,
    with_keys: Annotated[bool, typer.Option(help="一并备份密钥库与存储凭据；须加密。")] = False,
    as_json: cli.Json = False,
) -> None:
    """把不属于档案的数据（账号、角色、方案、申请、约定、设置）写成一个文件。不含档案内容与著录。

    JSON：`path`、`bytes`、`sha256`、`encrypted`、`keys`、`tables`（表名到行数）、`files`。
    """
    made = make_backup(target, _passphrase(passphrase_file), secrets=with_keys)
    rows = sum(made.tables.values())
    cli.say(
        _("已写成 %(path)s：%(rows)s 行、%(files)s 个文件，%(how)s。")
        % {"path": made.path, "rows": rows, "files": len(made.files),
           "how": _("已加密") if made.is_encrypted else _("未加密，请妥善保管")}
    )  # fmt: skip
    cli.emit(
        {
            "path": str(made.path),
            "bytes": made.size_bytes,
            "sha256": made.sha256,
            "encrypted": made.is_encrypted,
            "keys": made.holds_secrets,
            "tables": made.tables,
            "files": made.files,
        },
        as_json,
    )


def verify(path: BackupFile, passphrase_file: PassphraseFile = None, as_json: cli.Json = False) -> None:
    """核对备份文件：能否解开、每一部分与清单是否相符、签章是否有效。

    JSON：`valid`、`made_at`、`version`、`seal`（`valid`、`invalid`、`unknown`）、`keys`、`tables`、`files`。
    """
    with open_backup(_existing(path), _passphrase(passphrase_file)) as opened:
        told = _told(opened.manifest)
        seal = opened.seal
    cli.say(
        _("备份完好：%(at)s 由 %(version)s 版写成，签章%(seal)s。")
        % {"at": told["made_at"], "version": told["version"], "seal": _seal_words()[seal]}
    )
    cli.emit({"valid": seal != "invalid", "seal": seal, **told}, as_json)
    if seal == "invalid":
        raise typer.Exit(cli.FINDINGS)


def put_back(path: BackupFile, passphrase_file: PassphraseFile = None, as_json: cli.Json = False) -> None:
    """把备份放回数据库，通常在 lantai vault rebuild 之后；只补缺，不覆盖，可重复运行。

    JSON：`inserted`、`present`、`dangling`（均为表名到行数）、`files`（放回的）、`files_kept`（已有而不同的）、`seal`。
    """
    with open_backup(_existing(path), _passphrase(passphrase_file)) as opened:
        done, seal = restore(opened), opened.seal
    cli.print_table(
        [_("表"), _("放回"), _("已有"), _("所指已不存在")],
        [(name, number, done.present[name], done.dangling[name]) for name, number in done.inserted.items()],
    )
    if seal != "valid":
        cli.say(_("! 备份的签章%s，请确认它的来历，并核对放回的账号与任职。") % _seal_words()[seal])
    for name in done.files_kept:
        cli.say(_("! 现有的文件与备份不同，没有覆盖：%(name)s") % {"name": name})
    cli.emit(
        {
            "inserted": done.inserted,
            "present": done.present,
            "dangling": done.dangling,
            "files": done.files,
            "files_kept": done.files_kept,
            "seal": seal,
        },
        as_json,
    )


def _seal_words() -> dict[str, str]:
    return {"valid": _("有效"), "invalid": _("无效"), "unknown": _("不是本机现有密钥所签")}


def _told(manifest: dict[str, Any]) -> dict[str, Any]:
    parts = manifest["parts"]
    tables = {p["name"][len(TABLES) : -len(ROWS)]: p["rows"] for p in parts if p["name"].startswith(TABLES)}
    files = [p["name"][len(FILES) :] for p in parts if p["name"].startswith(FILES)]
    return {
        "made_at": manifest["made_at"],
        "version": manifest["version"],
        "keys": manifest["holds_secrets"],
        "tables": tables,
        "files": files,
    }


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise NotFound(_("没有这个备份文件。"), subject=str(path))
    return path


def _passphrase(file: Path | None) -> str:
    if file is None:
        return os.environ.get("LANTAI_BACKUP_PASSPHRASE", "")
    try:
        words = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NotFound(_("口令文件读不了：%s。") % words_of(error), subject=str(file)) from error
    if not words:
        raise Invalid(_("口令文件是空的。"), subject=str(file))
    return words
