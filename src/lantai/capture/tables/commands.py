"""What the commands that import a table share: their parameters, and how they end."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils.translation import gettext as _

from lantai.core.cli import FINDINGS, emit, say

from .reading import HeadedTable

TableFile = Annotated[
    Path, typer.Argument(help="表格：XLSX、XLS、ET、ODS 或 CSV。", exists=True, dir_okay=False)
]
VersionName = Annotated[str, typer.Option(help="版本，如 2026；不写则为今年。")]
TableName = Annotated[str, typer.Option(help="名称。")]
EffectiveFrom = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="生效日；不写则为今天。")
]


def finish(table: HeadedTable, told: dict[str, Any], *, as_json: bool) -> None:
    """Names the rows that cannot be used and gives the result; the command fails where there are any."""
    for bad in table.problems:
        say(_("第 %(row)s 行“%(text)s”：%(problem)s") % asdict(bad))
    problems = [asdict(bad) for bad in table.problems]
    emit(told | {"unknown": table.unknown, "problems": problems}, as_json)
    if problems:
        raise typer.Exit(FINDINGS)
