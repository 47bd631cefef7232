"""Commands that run the platform: ``serve``, ``worker``, ``migrate``, ``doctor``."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from django.core.management import call_command
from rich.text import Text

from lantai.core import cli, health, seals
from lantai.core.errors import Conflict
from lantai.core.findings import Outcome
from lantai.core.language import gettext as _
from lantai.core.locks import exclusive
from lantai.ledger import api as ledger
from lantai.vault import api as vault

from . import doctor as checks
from .backup import commands as backup

MIGRATION_S = 1800
"""How long to wait for another process that migrates, seconds."""

SHAPES = {
    Outcome.PASS: Text(_("✓ 正常"), style="green"),
    Outcome.WARN: Text(_("△ 留意"), style="yellow"),
    Outcome.FAIL: Text(_("✗ 有误"), style="red"),
    Outcome.AWAITING: Text(_("… 待办"), style="yellow"),
    Outcome.NOT_APPLICABLE: Text(_("– 不涉及"), style="dim"),
}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    checks.register()
    for function in (serve, worker, migrate, doctor):
        cli.command(app)(function)
    backup.register(app)


def serve(
    host: Annotated[
        str, typer.Option(help="监听地址。生产环境只监听本机，由反向代理提供 TLS。")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="监听端口。")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="网页进程数。")] = 2,
    job_workers: Annotated[int, typer.Option(min=0, help="任务进程数；0 表示另由 lantai worker 运行。")] = 1,
    as_json: cli.Json = False,
) -> None:
    """启动网站与任务进程，直到 Ctrl-C 或 SIGTERM；启动前自动更新数据库结构。

    JSON：`stopped`、`host`、`port`。
    """
    from .serving import serve as run

    vault.declared_stores()
    seals.unlock()
    applied = apply_migrations()
    if applied:
        cli.say(_("数据库结构已更新：%(count)s 项。") % {"count": len(applied)})
    ledger.require_key_of_heads()
    run(
        host,
        port,
        workers,
        job_workers,
        ready=lambda url: cli.say(_("兰台已就绪：%(url)s（Ctrl-C 停止）") % {"url": url}),
    )
    cli.say(_("已停止。"))
    cli.emit({"stopped": True, "host": host, "port": port}, as_json)


def worker(as_json: cli.Json = False) -> None:
    """运行任务进程：处理排队的任务，投递事件，整理存证；直到 Ctrl-C 或 SIGTERM。

    JSON：`stopped`。
    """
    from .worker import work

    vault.declared_stores()
    seals.unlock()
    ledger.require_key_of_heads()
    work()
    cli.emit({"stopped": True}, as_json)


def migrate(as_json: cli.Json = False) -> None:
    """把数据库结构更新到本版本；已有数据保留，可重复运行。

    JSON：`applied`（迁移名的列表）。
    """
    applied = apply_migrations()
    cli.say(
        _("已应用 %(count)s 项迁移。") % {"count": len(applied)} if applied else _("数据库结构已是最新。")
    )
    cli.emit({"applied": applied}, as_json)


def apply_migrations() -> list[str]:
    """Applies what is missing and returns the names; waits for another process that is doing so.

    Raises:
        Conflict: it takes longer than ``MIGRATION_S``.
    """
    deadline = time.monotonic() + MIGRATION_S
    while time.monotonic() < deadline:
        with exclusive("migrate") as held:
            if held:
                missing = checks.unapplied_migrations()
                if missing:
                    call_command("migrate", verbosity=0, interactive=False)
                return missing
        time.sleep(1)
    raise Conflict(
        _("另一个进程一直在更新数据库结构。"), remedy=_("等它完成后再启动；lantai doctor 可查看进展。")
    )


def doctor(as_json: cli.Json = False) -> None:
    """逐项检查本机与各项服务，说明哪里有误、如何排除；有误时退出码为 1。

    JSON：`healthy`；`checks`，各项以名为键，含 `outcome`、`observed`、`remedy`。
    """
    results = health.examine()
    cli.print_table(
        ["", _("项目"), _("现状"), _("办法")],
        [(SHAPES[r.outcome], _(r.title), _(r.observed), _(r.remedy)) for r in results.values()],
    )
    wrong = [name for name, result in results.items() if result.outcome is Outcome.FAIL]
    noted = sum(result.outcome is Outcome.WARN for result in results.values())
    cli.say(
        _("%(count)s 项需要处理。") % {"count": len(wrong)}
        if wrong
        else _("没有需要处理的。") + (_("%(noted)s 项请留意。") % {"noted": noted} if noted else "")
    )
    cli.emit(
        {
            "healthy": not wrong,
            "checks": {
                name: {"outcome": str(r.outcome), "observed": r.observed, "remedy": r.remedy}
                for name, r in results.items()
            },
        },
        as_json,
    )
    if wrong:
        raise typer.Exit(cli.FINDINGS)
