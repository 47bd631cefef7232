"""``lantai inspect``: a package inspected without a database."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lantai.core.cli import Json, command, emit, progress, say
from lantai.core.findings import Finding, Outcome
from lantai.core.language import gettext as _
from lantai.packages.api import open_package

from .engine import Inspection
from .grouping import OUTCOME_NAMES
from .pdf import report_pdf
from .report import PackageReport

EXIT_CODES = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.AWAITING: 4}
URGENCY = (Outcome.FAIL, Outcome.AWAITING, Outcome.WARN)
"""What people are told, the most pressing first."""
_SHOWN = 200


class StageChoice(StrEnum):
    """Stages of DA/T 70-2018."""

    GD = "GD"
    YJ = "YJ"


def register(app: typer.Typer) -> None:
    """Adds the commands of this context."""
    command(app, "inspect")(inspect)


def inspect(
    path: Annotated[Path, typer.Argument(help="信息包：文件夹、ZIP 或 TAR。")],
    stage: Annotated[StageChoice, typer.Option(help="GD 归档环节，YJ 移交与接收环节。")] = StageChoice.GD,
    kind: Annotated[str | None, typer.Option(help="信息包种类：folder；不写则自动判断。")] = None,
    report: Annotated[Path | None, typer.Option(help="把检测报告存为 PDF。")] = None,
    as_json: Json = False,
) -> None:
    """检测一个信息包的真实性、完整性、可用性、安全性，不写数据库。

    退出码：0 通过，1 不通过，4 有待人工确认。

    JSON：`kind`、`verdict`；`findings`，每条含 `key`、`code`、`clause`、`subject`、`outcome`、`expected`、
    `observed`、`remedy`。
    """
    with open_package(path, kind) as package, progress(shown=not as_json) as bars:
        inspection = Inspection(package, stage.value)
        task = bars.add_task(_("检测"), total=inspection.survey.item_count) if bars else None
        for _item in inspection.items():
            if bars and task is not None:
                bars.advance(task)
        found = inspection.report()
    if report:
        report.write_bytes(report_pdf(found, title=path.name))
    if not as_json:
        _tell(found, path.name)
    emit(
        {
            "kind": found.kind,
            "verdict": str(found.verdict),
            "findings": [finding.as_dict() for finding in found.all_findings],
        },
        as_json,
    )
    raise typer.Exit(EXIT_CODES[found.verdict])


def _tell(found: PackageReport, name: str) -> None:
    """What has to be done first, each with the place, what was expected and found, and the remedy."""
    told = [finding for finding in found.all_findings if finding.outcome in URGENCY]
    told.sort(key=lambda finding: URGENCY.index(finding.outcome))
    for finding in told[:_SHOWN]:
        say(f"{OUTCOME_NAMES[finding.outcome]}  {finding.code}  {finding.subject}")
        for line in (_compared(finding), finding.remedy):
            if line:
                say(f"    {line}", style="dim")
    if len(told) > _SHOWN:
        say(_("另有 %(count)s 条，用 --json 或 --report 查看。") % {"count": len(told) - _SHOWN})
    say(
        _("%(name)s：%(verdict)s。共 %(item_count)s 件，合格 %(accepted_count)s 件。")
        % {
            "name": name,
            "verdict": OUTCOME_NAMES[found.verdict],
            "item_count": found.item_count,
            "accepted_count": found.accepted_count,
        }
    )


def _compared(finding: Finding) -> str:
    sides = ((_("应为"), finding.expected), (_("实为"), finding.observed))
    return "；".join(f"{name}：{value}" for name, value in sides if value)
