"""``lantai package``: packages turned from one kind into another, without a database."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from lantai.core.cli import Json, command, emit, print_table, say
from lantai.core.language import gettext as _

from .bagit.writing import VERSION_LABEL, VERSION_NAMES
from .conversion import convert_package
from .kinds import ORDER, SHOWN, kind_of
from .table_commands import export_table

_VERSION_HELP = f"BagIt 的版本：{'、'.join(VERSION_NAMES)}；只用于 --to bagit，不写为 1.0。"
_WRITABLE_HELP = "写成的种类，如 folder、bagit、dat93、eark；lantai package kinds 列出全部。"


def register(app: typer.Typer) -> None:
    """Adds the commands of this context."""
    package = typer.Typer(help="信息包：种类、转换。", no_args_is_help=True)
    command(package, "convert")(convert)
    command(package, "kinds")(list_kinds)
    app.add_typer(package, name="package")
    tables = typer.Typer(help="业务数据：导出为带描述的数据表归档包。", no_args_is_help=True)
    command(tables, "export")(export_table)
    app.add_typer(tables, name="tables")


def convert(
    source: Annotated[Path, typer.Argument(help="信息包：文件夹、ZIP、TAR 或单个文件。")],
    target: Annotated[Path, typer.Argument(help="要写成的文件夹，或以 .zip 结尾的文件；不能已经存在。")],
    to: Annotated[str, typer.Option(help=_WRITABLE_HELP)],
    kind: Annotated[str | None, typer.Option(help="源包的种类；不写则自动判断。")] = None,
    option: Annotated[list[str] | None, typer.Option(help="写包所需的“名称=值”，可重复。")] = None,
    version: Annotated[str | None, typer.Option(help=_VERSION_HELP)] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="源包不合其标准也照样转换。")] = False,
    as_json: Json = False,
) -> None:
    """把一种信息包转换为另一种，并说明新种类容不下的内容；不用数据库，不覆盖已有文件。

    JSON：`source_kind`、`kind`、`target`、`lost`（每条一句）、`findings`（源包不通过之处，仅在 --anyway 时有）。
    """
    for key in filter(None, (to, kind)):
        if key not in ORDER:
            raise typer.BadParameter(_("没有这个种类。可用：%(kinds)s") % {"kinds": "、".join(SHOWN)})
    if not source.exists():
        raise typer.BadParameter(_("没有找到 %(path)s，请检查路径。") % {"path": source})
    pairs = [text.partition("=") for text in option or []]
    if not all(name and equals for name, equals, _value in pairs):
        raise typer.BadParameter(_("--option 应写作“名称=值”。"))
    if version is not None:
        if to != "bagit" or version not in VERSION_NAMES:
            raise typer.BadParameter(_VERSION_HELP)
        pairs.append((VERSION_LABEL, "=", version))
    done = convert_package(
        source,
        target,
        to,
        options={name: value for name, _equals, value in pairs},
        kind=kind,
        workspace=Path(tempfile.gettempdir()),
        anyway=anyway,
    )
    if not as_json:
        say(_("已写成 %(target)s（%(kind)s）。") % {"target": done.target, "kind": done.kind})
        for sentence in done.lost:
            say(_("没有带过去：%(what)s") % {"what": sentence}, style="dim")
    emit(
        {
            "source_kind": done.source_kind,
            "kind": done.kind,
            "target": str(done.target),
            "lost": list(done.lost),
            "findings": [finding.as_dict() for finding in done.findings],
        },
        as_json,
    )


def list_kinds(as_json: Json = False) -> None:
    """列出能读、能写的信息包种类。

    JSON：`kinds`，每条含 `key`、`title`、`writable`、`stage`。
    """
    rows = [
        {"key": kind.key, "title": kind.title, "writable": kind.write is not None, "stage": kind.stage}
        for kind in map(kind_of, SHOWN)
    ]
    if not as_json:
        print_table(
            [_("种类"), _("名称"), _("可写")],
            [(row["key"], row["title"], _("是") if row["writable"] else _("否")) for row in rows],
        )
    emit({"kinds": rows}, as_json)
