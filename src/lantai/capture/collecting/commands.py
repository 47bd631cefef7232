"""``lantai collecting import``: an archive's collecting scope from its spreadsheet."""

from __future__ import annotations

from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.cli import OPERATOR, Json, command, say

from ..tables.commands import EffectiveFrom, TableFile, TableName, VersionName, finish


def register(app: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="收集范围与进馆名册：从表格导入。")
    command(group, "import")(import_file)
    app.add_typer(group, name="collecting")


def import_file(
    file: TableFile,
    archive: Annotated[str, typer.Option(help="档案馆的机构代码。")],
    version: VersionName = "",
    name: TableName = "收集范围与进馆名册",
    effective_from: EffectiveFrom = None,
    as_json: Json = False,
) -> None:
    """把档案馆的收集范围与进馆名册导入为草案，以后在页面上报主管部门审核；有不能用的行时一个单位也不导入，退出码为 1。

    JSON：`id`（未导入时为空）、`archive`、`version`、`effective_from`、`units`、`classes`、`elsewhere`（不在本平台的单位）、
    `unknown`（没有用到的列名）、`problems`（每项含 `row`、`text`、`problem`）。
    """
    from lantai.institutions.api import organisation_by_code

    from .models import CollectingScope
    from .scope_table import read_scope
    from .services import draft_scope

    body = organisation_by_code(archive)
    table = read_scope(file, body)
    starts = effective_from.date() if effective_from else timezone.localdate()
    scope = CollectingScope(
        archive=body, name=name, version=version or str(starts.year), effective_from=starts
    )
    if not table.problems:
        draft_scope(scope=scope, roster=table.units, actor=OPERATOR)
        done = {"units": len(table.units), "classes": table.classes}
        say(_("已导入 %(units)s 个单位、%(classes)s 项，成为草案，核对后报批。") % done)
    told = {
        "id": "" if table.problems else scope.id,
        "archive": archive,
        "version": scope.version,
        "effective_from": starts,
        "units": 0 if table.problems else len(table.units),
        "classes": 0 if table.problems else table.classes,
        "elsewhere": table.elsewhere,
    }
    finish(table, told, as_json=as_json)
