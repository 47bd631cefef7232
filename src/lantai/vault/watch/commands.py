"""``lantai vault drill``, ``incidents`` and ``audits``: watching over the vault from a terminal."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from lantai.core import cli
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .drill_report import drill_pdf
from .drills import drill as hold_drill
from .incidents import close_incident, incidents
from .plans import AuditTerms, set_audit_plan, terms_for, watched_stores

SHOWN = 100


def drill(
    store: Annotated[list[str] | None, typer.Option(help="从哪个存储取回；可多次。不写为全部备份。")] = None,
    objects: Annotated[
        int | None, typer.Option(min=1, help="每个存储取回几个；默认为 VAULT_DRILL_OBJECTS。")
    ] = None,
    pdf: Annotated[Path | None, typer.Option(help="把报告另存为 PDF。")] = None,
    as_json: cli.Json = False,
) -> None:
    """恢复演练：从备份随机取回对象到临时位置，校验、比较、计时，报告签章留存。不合格时退出码为 1。

    JSON：`id`、`passed`、`objects`、`report`（`stores` 每项含 `store`、`passed`、`objects_count`、`size_bytes`、
    `seconds`、`mib_per_s`、`all_holdings_hours`、`trouble`、`objects`）、`seal`。
    """
    held = hold_drill(actor=cli.OPERATOR, stores=store or (), objects=objects)
    cli.print_table(
        [_("存储"), _("对象"), _("秒"), _("MiB/秒"), _("取回全部约（小时）"), _("结论")],
        [
            (row["name"], row["objects_count"], row["seconds"], row["mib_per_s"], row["all_holdings_hours"],
             _("合格") if row["passed"] else row["trouble"] or _("不合格"))
            for row in held.report["stores"]
        ],
    )  # fmt: skip
    for row in held.report["stores"]:
        for tried in row["objects"]:
            if tried["trouble"]:
                cli.say(f"✗ {row['name']} {tried['subject']}：{tried['trouble']}")
    if pdf:
        pdf.write_bytes(drill_pdf(held))
        cli.say(_("报告已存为 %s。") % pdf)
    cli.emit(
        {
            "id": held.id,
            "passed": held.passed,
            "objects": held.objects_count,
            "report": held.report,
            "seal": held.seal,
        },
        as_json,
    )
    if not held.passed:
        raise typer.Exit(cli.FINDINGS)


def told_incidents(
    close: Annotated[str, typer.Option(help="处置这个标识的事件；须同时写 --words。")] = "",
    words: Annotated[str, typer.Option(help="原因和处置情况。")] = "",
    every: Annotated[bool, typer.Option("--all", help="也列出已处置的。")] = False,
    as_json: cli.Json = False,
) -> None:
    """总库事件：损坏、缺失、丢失、演练不符。有待处理的事件时退出码为 1。

    JSON：`open`（未处置的数目）、`incidents`，每项含 `id`、`kind`、`store`、`state`、`objects`、`mended`、
    `raised_at`、`closed_at`、`words`。
    """
    if close:
        close_incident(incident_id=_uuid(close), words=words, actor=cli.OPERATOR)
    rows = incidents().order_by("-raised_at", "-id")
    rows = rows if every else rows.exclude(state="closed")
    shown = list(rows[:SHOWN])
    cli.print_table(
        [_("标识"), _("种类"), _("存储"), _("状态"), _("对象"), _("已修复"), _("发现")],
        [
            (str(row.id), row.get_kind_display(), row.store, row.get_state_display(), row.objects_count,
             row.mended_count, row.raised_at)
            for row in shown
        ],
    )  # fmt: skip
    still_open = incidents().exclude(state="closed").count()
    cli.emit(
        {
            "open": still_open,
            "incidents": [
                {"id": row.id, "kind": row.kind, "store": row.store, "state": row.state, "objects": row.objects_count,
                 "mended": row.mended_count, "raised_at": row.raised_at, "closed_at": row.closed_at, "words": row.words}
                for row in shown
            ],
        },
        as_json,
    )  # fmt: skip
    if still_open:
        raise typer.Exit(cli.FINDINGS)


def audits(
    store: Annotated[str, typer.Option(help="给这个存储定下新的一版方案；不写只列出。")] = "",
    period_days: Annotated[int | None, typer.Option(help="几日内全部重读一遍。")] = None,
    rate: Annotated[float | None, typer.Option(help="读取速度上限，MiB/秒。")] = None,
    window: Annotated[str | None, typer.Option(help="每天的时段，如 22:00-06:00；all 为全天。")] = None,
    mend: Annotated[bool | None, typer.Option("--mend/--no-mend", help="发现损坏后自动修复。")] = None,
    as_json: cli.Json = False,
) -> None:
    """后台校验的方案与进展；写 --store 则改方案，没写的项不变。有副本逾期未校验时退出码为 1。

    JSON：`stores`，每项含 `store`、`period_days`、`rate_mib_s`、`window`、`mends`、`version`、`due`、`overdue`、
    `can_keep_up`。
    """
    if store:
        set_audit_plan(
            store=store, terms=_changed(terms_for(store), period_days, rate, window, mend), actor=cli.OPERATOR
        )
    found = watched_stores()
    cli.print_table(
        [_("存储"), _("周期（日）"), _("MiB/秒"), _("时段"), _("待读"), _("逾期"), _("跟得上")],
        [
            (row.facts.name, row.terms.period_days, row.terms.rate_mib_s, _window(row.terms), row.due,
             row.overdue, _("是") if row.can_keep_up else _("否"))
            for row in found
        ],
    )  # fmt: skip
    rows = [
        {"store": row.facts.key, "period_days": row.terms.period_days, "rate_mib_s": row.terms.rate_mib_s,
         "window": _window(row.terms), "mends": row.terms.mends, "version": row.version, "due": row.due,
         "overdue": row.overdue, "can_keep_up": row.can_keep_up}
        for row in found
    ]  # fmt: skip
    cli.emit({"stores": rows}, as_json)
    if any(row.overdue for row in found):
        raise typer.Exit(cli.FINDINGS)


def _changed(
    terms: AuditTerms, period_days: int | None, rate: float | None, window: str | None, mend: bool | None
) -> AuditTerms:
    starts, ends = (terms.starts_at, terms.ends_at) if window is None else _hours(window)
    return AuditTerms(
        period_days=terms.period_days if period_days is None else period_days,
        rate_mib_s=terms.rate_mib_s if rate is None else rate,
        starts_at=starts,
        ends_at=ends,
        mends=terms.mends if mend is None else mend,
    )


def _hours(window: str) -> tuple[time | None, time | None]:
    if window == "all":
        return None, None
    try:
        starts, ends = (time.fromisoformat(part.strip()) for part in window.split("-"))
    except ValueError as error:
        raise Invalid(_("时段看不懂。"), subject=window, remedy=_("如 22:00-06:00，或 all。")) from error
    return starts, ends


def _window(terms: AuditTerms) -> str:
    return f"{terms.starts_at:%H:%M}-{terms.ends_at:%H:%M}" if terms.starts_at and terms.ends_at else "all"


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid(_("这不是事件的标识。"), subject=text) from error
