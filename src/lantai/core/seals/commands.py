"""``lantai keys``: the keys this instance seals with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import cli
from ..errors import NotFound
from ..language import gettext as _
from .keys import Algorithm
from .keystore import StoredKey, read_public_keys
from .signing import SAMPLE_SUBJECT, default_keys, keystore_path

Purpose = Annotated[str, typer.Argument(help="用途，如 ledger.head、opening.decision。")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="签章密钥：查看、新建、更换、导出公钥。")
    cli.command(group, "list")(list_keys)
    cli.command(group, "create")(create_key)
    cli.command(group, "rotate")(rotate_key)
    cli.command(group, "export-public")(export_public)
    app.add_typer(group, name="keys")


def list_keys(as_json: cli.Json = False) -> None:
    """列出密钥：用途、算法、指纹、签章名义。不需要口令。

    JSON：`keys`，每项含 `key_id`、`purpose`、`algorithm`、`subject_name`、`created_at`、`retired`。
    """
    rows = [_row(key) for key in read_public_keys(keystore_path())]
    cli.print_table(
        [_("用途"), _("算法"), _("指纹"), _("名义"), _("建立时间"), _("状态")],
        [
            (
                row["purpose"],
                row["algorithm"],
                row["key_id"],
                row["subject_name"],
                row["created_at"],
                _("已更换") if row["retired"] else _("在用"),
            )
            for row in rows
        ],
    )
    cli.emit({"keys": rows}, as_json)


def create_key(
    purpose: Purpose,
    algorithm: Annotated[Algorithm, typer.Option(help="算法。")] = Algorithm.SM2,
    name: Annotated[str, typer.Option(help="签章名义，如“某某市档案馆”。")] = SAMPLE_SUBJECT,
    as_json: cli.Json = False,
) -> None:
    """为一项用途新建密钥。

    JSON：`key_id`、`purpose`、`algorithm`。
    """
    key = default_keys().create(purpose, algorithm, subject_name=name)
    cli.say(_("已建立，指纹 %(key_id)s。请备份密钥库文件及其口令。") % {"key_id": key.key_id})
    cli.emit({"key_id": key.key_id, "purpose": purpose, "algorithm": str(algorithm)}, as_json)


def rotate_key(
    purpose: Purpose,
    name: Annotated[str, typer.Option(help="新的签章名义；不填则沿用。")] = "",
    algorithm: Annotated[Algorithm | None, typer.Option(help="只更换此算法的密钥。")] = None,
    as_json: cli.Json = False,
) -> None:
    """更换一项用途的密钥。旧密钥保留，用来核验它签过的内容。

    JSON：`key_id`、`purpose`。
    """
    key = default_keys().rotate(purpose, algorithm, subject_name=name)
    cli.say(_("已更换，新指纹 %(key_id)s。请公布新指纹，并备份密钥库文件。") % {"key_id": key.key_id})
    cli.emit({"key_id": key.key_id, "purpose": purpose}, as_json)


def export_public(
    key: Annotated[str, typer.Argument(help="用途，或指纹（可只写开头几位）。")],
    output: Annotated[Path | None, typer.Option(help="写到这个文件；不填则打印。")] = None,
    as_json: cli.Json = False,
) -> None:
    """导出公钥（PEM），供他人核验。不需要口令。

    JSON：`key_id`、`pem`。
    """
    found = _find(key).public
    if output is not None:
        output.write_text(found.pem, encoding="ascii")
        cli.say(_("已写入 %(output)s，指纹 %(key_id)s。") % {"output": output, "key_id": found.key_id})
    elif not as_json:
        typer.echo(found.pem, nl=False)
    cli.emit({"key_id": found.key_id, "pem": found.pem}, as_json)


def _find(wanted: str) -> StoredKey:
    keys = read_public_keys(keystore_path())
    for key in reversed(keys):
        if key.purpose == wanted and not key.retired:
            return key
    matching = [key for key in keys if len(wanted) >= 8 and key.public.key_id.startswith(wanted.lower())]
    if len(matching) != 1:
        raise NotFound(
            _("没有这把密钥，或指纹写得太短。"), subject=wanted, remedy=_("请运行 lantai keys list 查看。")
        )
    return matching[0]


def _row(key: StoredKey) -> dict[str, str | bool]:
    return {
        "key_id": key.public.key_id,
        "purpose": key.purpose,
        "algorithm": str(key.public.algorithm),
        "subject_name": key.public.subject_name,
        "created_at": key.created_at,
        "retired": key.retired,
    }
