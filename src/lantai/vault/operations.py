"""``lantai vault recover``, ``reconcile``, ``replicate`` and ``erase``: what an operator asks of the whole vault."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from lantai.core import cli
from lantai.core.language import gettext as _

from . import journal
from .erasure import finish_erasures
from .models import Erasure
from .reconciling import reconcile as hold_together
from .replication import replicate as replicate_to
from .stores import declared_stores

SHOWN = 50


def recover(as_json: cli.Json = False) -> None:
    """处理中断的批次：已提交的保留，未提交的撤回。启动任务进程时和每次入库前自动进行。

    JSON：`kept`、`taken_back`、`waiting`（存储未就绪而等待的批次数）。
    """
    result = journal.recover()
    cli.say(
        _("保留 %(kept)s 批，撤回 %(taken_back)s 批，等待存储 %(waiting)s 批。")
        % {"kept": result.kept, "taken_back": result.taken_back, "waiting": result.waiting}
    )
    cli.emit({"kept": result.kept, "taken_back": result.taken_back, "waiting": result.waiting}, as_json)
    if result.waiting:
        raise typer.Exit(cli.UNAVAILABLE)


def reconcile(as_json: cli.Json = False) -> None:
    """对账：数据库、存证、各存储两两核对，多、缺、换、旧都指出来；不修复。发现不符时退出码为 1。

    JSON：`objects`、`batches`、`away`（未就绪的存储）、`findings_count`、`findings`（每项含 `kind`、`store`、
    `subject`、`detail`；`kind` 为 `extra`、`missing`、`swapped`、`stale`、`unproven`、`ledger`）。
    """
    result = hold_together(cli.OPERATOR)
    cli.say(
        _("核对 %(objects)s 份清单、%(batches)s 批存证，不符 %(findings)s 处。")
        % {
            "objects": result.objects_count,
            "batches": result.batches_count,
            "findings": result.findings_count,
        }
    )
    for finding in result.findings[:SHOWN]:
        cli.say(f"✗ {finding.kind} {finding.store} {finding.subject}：{finding.detail}")
    for key in result.away:
        cli.say(_("! 存储未就绪，未核对：%(key)s") % {"key": key})
    answer = {
        "objects": result.objects_count,
        "batches": result.batches_count,
        "away": result.away,
        "findings_count": result.findings_count,
        "findings": [asdict(finding) for finding in result.findings],
    }
    cli.emit(answer, as_json)
    if result.findings_count or result.away:
        raise typer.Exit(cli.FINDINGS)


def replicate(
    store: Annotated[str | None, typer.Argument(help="存储的 key；不写为全部。")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="每个存储最多补写几份；不写为全部。")] = None,
    as_json: cli.Json = False,
) -> None:
    """补写副本：新加的存储、换上的空盘、入库时未就绪的存储，从有的存储成批补齐；中断后可再次运行。有写不了的退出码为 1。

    JSON：`stores`（每项含 `store`、`copies`、`bytes`、`left`（要由 `lantai vault repair` 处理的份数）、`seconds`）。
    """
    keys = [store] if store else [facts.key for facts in declared_stores()]
    done = [replicate_to(key, limit, cli.OPERATOR) for key in keys]
    for result in done:
        cli.say(
            _("%(store)s：补写 %(copies)s 份，余 %(left)s 份待修复。")
            % {"store": result.store, "copies": result.copies, "left": result.left}
        )
    stores = [
        {"store": x.store, "copies": x.copies, "bytes": x.size_bytes, "left": x.left, "seconds": x.seconds}
        for x in done
    ]
    cli.emit({"stores": stores}, as_json)
    if any(result.left for result in done):
        raise typer.Exit(cli.FINDINGS)


def erase(as_json: cli.Json = False) -> None:
    """执行已批准而未完成的销毁指令；平时由任务进程自动进行。

    JSON：`erased`（本次完成的件数）、`waiting`（仍未完成的件数）。
    """
    erased = finish_erasures(cli.OPERATOR)
    waiting = Erasure.objects.filter(finished_at=None).count()
    cli.say(_("完成 %(erased)s 件，未完成 %(waiting)s 件。") % {"erased": erased, "waiting": waiting})
    cli.emit({"erased": erased, "waiting": waiting}, as_json)
    if waiting:
        raise typer.Exit(cli.FINDINGS)
