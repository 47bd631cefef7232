"""``lantai schedule import``: an agency's retention schedule from its spreadsheet."""

from __future__ import annotations

from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.cli import OPERATOR, Json, command, say

from ..tables.commands import EffectiveFrom, TableFile, TableName, VersionName, finish


def register(app: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="归档范围和保管期限表：从表格导入。")
    command(group, "import")(import_file)
    app.add_typer(group, name="schedule")


def import_file(
    file: TableFile,
    agency: Annotated[str, typer.Option(help="立档单位的机构代码。")],
    version: VersionName = "",
    name: TableName = "归档范围和保管期限表",
    effective_from: EffectiveFrom = None,
    as_json: Json = False,
) -> None:
    """把单位自己的归档范围和保管期限表导入为草案，以后在页面上核对、报批；有不能用的行时一条也不导入，退出码为 1。

    JSON：`id`（未导入时为空）、`agency`、`version`、`effective_from`、`rules`（条款数）、`guessed`（匹配词是否取自材料名称）、
    `unknown`（没有用到的列名）、`problems`（每项含 `row`、`text`、`problem`）。
    """
    from lantai.institutions.api import organisation_by_code
    from lantai.records.api import RetentionSchedule, import_schedule

    from .reading import read_schedule

    body = organisation_by_code(agency)
    table = read_schedule(file, body.id)
    starts = effective_from.date() if effective_from else timezone.localdate()
    schedule = RetentionSchedule(
        agency=body, name=name, version=version or str(starts.year), effective_from=starts
    )
    if not table.problems:
        import_schedule(schedule=schedule, rules=table.rules, actor=OPERATOR)
        say(_("已导入 %(count)s 条，成为草案，核对后报批。") % {"count": len(table.rules)})
    told = {
        "id": "" if table.problems else schedule.id,
        "agency": agency,
        "version": schedule.version,
        "effective_from": starts,
        "rules": 0 if table.problems else len(table.rules),
        "guessed": table.guessed,
    }
    finish(table, told, as_json=as_json)
