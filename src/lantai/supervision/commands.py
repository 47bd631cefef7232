"""``lantai supervision``: who is late, from this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from lantai.core.cli import FINDINGS, OPERATOR, Json, command, emit, print_table
from lantai.core.language import gettext as _

app = typer.Typer(name="supervision", help="监管：谁迟交，迟交什么。", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Adds the commands of supervision."""
    root.add_typer(app)


@command(app, "late")
def late(
    year: Annotated[int, typer.Option(help="只看一个年度；0 为全部。")] = 0,
    region: Annotated[str, typer.Option(help="只看一个行政区域及其下级：行政区划代码。")] = "",
    kind: Annotated[str, typer.Option(help="agency 立档单位，village 村（社区）。")] = "",
    refresh: Annotated[bool, typer.Option(help="先按今天重新计算。")] = True,
    as_json: Json = False,
) -> None:
    """逾期未归的单位，一家一行，欠得最多的在前；有逾期时退出码为 1。

    JSON：`agencies`（各含 `code`、`name`、`region`、`expected`、`met`、`late`、`explained`、`waiting`、
    `overdue`、`overdue_by`、`since`、`days_late`、`return_rate`、`reminded_on`）、`late`、`overdue`。
    """
    from lantai.capture.api import sweep_completeness

    from .selectors import lines

    if refresh:
        sweep_completeness()
    found = [line for line in lines(OPERATOR, year=year or None, region=region, kind=kind) if line.overdue]
    rows = [
        {
            "code": line.agency.code,
            "name": line.agency.name,
            "region": line.agency.region.name,
            **{
                name: getattr(line, name)
                for name in ("expected", "met", "late", "explained", "waiting", "overdue")
            },
            "overdue_by": dict(line.overdue_by),
            "since": line.since,
            "days_late": line.days_late,
            "return_rate": round(line.return_rate, 4),
            "reminded_on": line.reminded_on,
        }
        for line in found
    ]
    if not as_json:
        headings = [_("单位"), _("逾期未归"), _("其中"), _("最早应归"), _("已归"), _("退回率")]
        print_table(
            headings,
            [
                (
                    line.agency.name, line.overdue, "；".join(f"{words} {count}" for words, count in line.grounds),
                    line.since or "", line.met + line.late, f"{line.return_rate:.1%}",
                )
                for line in found
            ],
        )  # fmt: skip
    emit({"agencies": rows, "late": len(found), "overdue": sum(line.overdue for line in found)}, as_json)
    if found:
        raise typer.Exit(FINDINGS)
