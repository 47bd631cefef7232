"""``lantai vault formats`` and ``lantai vault migrate``."""

from __future__ import annotations

from typing import Annotated

import typer

from lantai.core import cli
from lantai.core.jobs import run_inline
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from .models import MigrationItem
from .selectors import holdings_by_format
from .services import JOB, approve_migration, propose_migration

RISKS = {"low": gettext_noop("低"), "medium": gettext_noop("中"), "high": gettext_noop("高")}
POLICIES = {
    "keep": gettext_noop("原样保存"),
    "migrate": gettext_noop("转换并存"),
    "watch": gettext_noop("留意"),
}


def formats(as_json: cli.Json = False) -> None:
    """格式登记：每类格式的风险、保存策略、馆藏数量。

    JSON：`counted_at`、`families`，每项含 `family`、`risk`、`policy`、`why`、`documents`、`bytes`、`converters`、
    `formats`（各为名称、PRONOM 标识、份数、字节）。
    """
    rows, at = holdings_by_format()
    cli.print_table(
        [_("格式"), _("风险"), _("策略"), _("份数"), _("可转换为")],
        [
            (row.entry.family, _(RISKS[row.entry.risk]), _(POLICIES[row.entry.policy]), row.documents,
             "、".join(converter.title for converter in row.converters))
            for row in rows
        ],
    )  # fmt: skip
    cli.emit(
        {
            "counted_at": at,
            "families": [
                {"family": row.entry.family, "risk": row.entry.risk, "policy": row.entry.policy, "why": row.entry.why,
                 "documents": row.documents, "bytes": row.size_bytes, "converters": [c.key for c in row.converters],
                 "formats": row.formats}
                for row in rows
            ],
        },
        as_json,
    )  # fmt: skip


def migrate(
    family: Annotated[str, typer.Argument(help="格式登记中的名称，如“Word 文档”。")],
    target: Annotated[str, typer.Option("--to", help="pdfa、jp2 或 tiff。")],
    reason: Annotated[str, typer.Option(help="为什么转换。")],
    as_json: cli.Json = False,
) -> None:
    """把一类格式转换为长期保存格式：原件保留，结果检验合格后作为新版本并存。有未通过的退出码为 1。

    JSON：`plan`、`made`、`failed`、`failures`（每项含 `document`、`note`）。
    """
    plan = propose_migration(family=family, converter=target, reason=reason, actor=cli.OPERATOR)
    approve_migration(plan_id=plan.id, actor=cli.OPERATOR, start=False)
    run_inline(JOB, cli.OPERATOR, plan_id=str(plan.id))
    items = MigrationItem.objects.filter(plan=plan)
    failed = items.filter(state=MigrationItem.State.FAILED).order_by("id")
    failures = [{"document": row.document_id, "note": row.note} for row in failed[:100]]
    made = items.filter(state=MigrationItem.State.MADE).count()
    cli.say(_("转换 %(made)s 份，未通过 %(failed)s 份。") % {"made": made, "failed": failed.count()})
    for row in failures:
        cli.say(f"✗ {row['document']}：{row['note']}")
    cli.emit({"plan": plan.id, "made": made, "failed": failed.count(), "failures": failures}, as_json)
    if failures:
        raise typer.Exit(cli.FINDINGS)
