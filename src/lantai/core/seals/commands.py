"""``lantai keys``: the keys this instance seals with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import cli
from ..errors import Invalid, NotFound
from ..language import gettext as _
from .keys import Algorithm
from .keystore import StoredKey
from .publication import LARGEST_BYTES, published, read_published
from .signing import SAMPLE_SUBJECT, default_keys, public_keys

Purpose = Annotated[str, typer.Argument(help="用途，如 ledger.head、opening.decision。")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="签章密钥：查看、新建、更换，公钥的导出与收入。")
    cli.command(group, "list")(list_keys)
    cli.command(group, "create")(create_key)
    cli.command(group, "rotate")(rotate_key)
    cli.command(group, "export-public")(export_public)
    cli.command(group, "import-public")(import_public)
    app.add_typer(group, name="keys")


def list_keys(as_json: cli.Json = False) -> None:
    """列出密钥：用途、算法、指纹、签章名义。不需要口令。

    JSON：`keys`，每项含 `key_id`、`purpose`、`algorithm`、`subject_name`、`created_at`、`retired`、
    `public_only`（只有公钥，只用于核验）。
    """
    rows = [_row(key) for key in public_keys()]
    cli.print_table(
        [_("用途"), _("算法"), _("指纹"), _("名义"), _("建立时间"), _("状态")],
        [
            (
                row["purpose"],
                row["algorithm"],
                row["key_id"],
                row["subject_name"],
                row["created_at"],
                _state(row),
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
    key: Annotated[str, typer.Argument(help="用途，或指纹（可只写开头几位）；不填则全部。")] = "",
    output: Annotated[Path | None, typer.Option(help="写到这个文件；不填则打印。")] = None,
    as_json: cli.Json = False,
) -> None:
    """导出公钥（PEM），供他人核验；全部导出时每把前面写明用途、名义、指纹。不需要口令。

    请交馆外留存一份：密钥库遗失后，凭它仍能核验从前的签章。

    JSON：`key_id`（全部导出时为空）、`pem`。
    """
    found = _find(key).public if key else None
    text = found.pem if found else published(public_keys())
    key_id = found.key_id if found else ""
    if output is not None:
        output.write_text(text, encoding="utf-8")
        cli.say(_("已写入 %(output)s。") % {"output": output} + (_("指纹 %s。") % key_id if key_id else ""))
    elif not as_json:
        typer.echo(text, nl=False)
    cli.emit({"key_id": key_id, "pem": text}, as_json)


def import_public(
    files: Annotated[list[Path], typer.Argument(help="export-public 写出的文件，或 PEM 公钥。")],
    key_id: Annotated[list[str] | None, typer.Option(help="只收这把公钥（指纹）；可多次。")] = None,
    as_json: cli.Json = False,
) -> None:
    """收入从前的公钥：密钥库遗失后，用它核验旧密钥签过的内容；它不能签章。

    请先与公布过的指纹核对；认了不该认的公钥，就会认不该认的签章。

    JSON：`keys`，每项含 `key_id`、`purpose`、`subject_name`、`new`（原来没有）。
    """
    found = [each for file in files for each in read_published(_text(file))]
    wanted = {each.lower() for each in key_id or ()}
    for key, _purpose in found:
        if wanted and key.key_id not in wanted:
            raise Invalid(
                _("文件里有指纹未列出的公钥，一把也没有收。"),
                subject=key.key_id,
                remedy=_("请核对文件的来源。"),
            )
    keys = default_keys()
    rows = [
        {
            "key_id": key.key_id,
            "purpose": purpose,
            "subject_name": key.subject_name,
            "new": keys.trust(key, purpose),
        }
        for key, purpose in found
    ]
    cli.print_table(
        [_("用途"), _("指纹"), _("名义"), _("状态")],
        [
            (row["purpose"], row["key_id"], row["subject_name"], _("已收入") if row["new"] else _("原已有"))
            for row in rows
        ],
    )
    cli.emit({"keys": rows}, as_json)


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise Invalid(_("文件太大，不是公钥。"), subject=str(file))
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(_("公钥文件无法读取。"), subject=str(file), remedy=_("请核对文件名。")) from error


def _find(wanted: str) -> StoredKey:
    keys = public_keys()
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
        "public_only": key.public_only,
    }


def _state(row: dict[str, str | bool]) -> str:
    if row["public_only"]:
        return _("只作核验")
    return _("已更换") if row["retired"] else _("在用")
