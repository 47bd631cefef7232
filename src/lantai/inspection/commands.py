"""``lantai inspect``: a package inspected without a database."""

from __future__ import annotations

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lantai.core.cli import Json, command, emit, progress, say
from lantai.core.findings import Finding, Outcome
from lantai.core.language import gettext as _
from lantai.packages.api import ORDER, SHOWN, kind_of, open_package

from .databases import CatalogueDatabase
from .engine import Inspection
from .grouping import OUTCOME_NAMES
from .pdf import report_pdf
from .report import PackageReport, Stage

EXIT_CODES = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.AWAITING: 4}
URGENCY = (Outcome.FAIL, Outcome.AWAITING, Outcome.WARN)
"""What people are told, the most pressing first."""
_SHOWN = 200


class StageChoice(StrEnum):
    """Stages of DA/T 70-2018, and what the package's own standard asks."""

    GD = "GD"
    YJ = "YJ"
    BC = "BC"
    STRUCTURE = "structure"


_STAGE_HELP = (
    "GD 归档环节，YJ 移交与接收环节，BC 长期保存环节，structure 只按信息包自身的标准；不写则随种类。"
)
_KIND_HELP = f"信息包种类：{'、'.join(SHOWN)}；不写则自动判断。"


_DATABASE_HELP = "目录数据库导出的表格（.xlsx 或 .csv），逐件与信息包比对（GD-3-2、YJ-3-2）。"


def register(app: typer.Typer) -> None:
    """Adds the commands of this context."""
    command(app, "inspect")(inspect)


def inspect(
    path: Annotated[Path, typer.Argument(help="信息包：文件夹、ZIP、TAR 或单个文件。")],
    stage: Annotated[StageChoice | None, typer.Option(help=_STAGE_HELP)] = None,
    kind: Annotated[str | None, typer.Option(help=_KIND_HELP)] = None,
    database: Annotated[Path | None, typer.Option(help=_DATABASE_HELP)] = None,
    report: Annotated[Path | None, typer.Option(help="把检测报告存为 PDF。")] = None,
    as_json: Json = False,
) -> None:
    """检测一个信息包的真实性、完整性、可用性、安全性，或只检测其结构；不用数据库。

    退出码：0 通过，1 不通过，2 用法有误（没有这个文件、没有这个种类），4 有待人工确认。

    JSON：`kind`、`verdict`；`findings`，每条含 `key`、`code`、`clause`、`subject`、`outcome`、`expected`、
    `observed`、`remedy`。
    """
    _refuse_misuse(path, kind)
    workspace = Path(tempfile.gettempdir())
    with open_package(path, kind, workspace) as package, progress(shown=not as_json) as bars:
        copy_of = CatalogueDatabase(database).copy_of if database else None
        usual = stage.value if stage else _usual_stage(package.kind)
        inspection = Inspection(package, usual, database=copy_of)
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


def _refuse_misuse(path: Path, kind: str | None) -> None:
    if kind and kind not in ORDER:
        raise typer.BadParameter(_("没有这个种类。可用：%(kinds)s") % {"kinds": "、".join(SHOWN)})
    if not path.exists():
        raise typer.BadParameter(_("没有找到 %(path)s，请检查路径。") % {"path": path})


def _usual_stage(kind: str) -> Stage:
    return kind_of(kind).stage if kind in ORDER else "GD"


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
    verdict = OUTCOME_NAMES[found.verdict]
    if found.stage == "structure":
        say(_("%(name)s：%(verdict)s。只检测了包的结构。") % {"name": name, "verdict": verdict})
        return
    say(
        _("%(name)s：%(verdict)s。共 %(item_count)s 件，合格 %(accepted_count)s 件。")
        % {
            "name": name,
            "verdict": verdict,
            "item_count": found.item_count,
            "accepted_count": found.accepted_count,
        }
    )


def _compared(finding: Finding) -> str:
    sides = ((_("应为"), finding.expected), (_("实为"), finding.observed))
    return "；".join(f"{name}：{value}" for name, value in sides if value)
