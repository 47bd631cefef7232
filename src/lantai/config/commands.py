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
from lantai.core.locks import exclusive
from lantai.ledger import api as ledger

from . import doctor as checks

MIGRATION_S = 1800
"""How long to wait for another process that migrates, seconds."""

SHAPES = {
    Outcome.PASS: Text("✓ 正常", style="green"),
    Outcome.WARN: Text("△ 留意", style="yellow"),
    Outcome.FAIL: Text("✗ 有误", style="red"),
    Outcome.AWAITING: Text("… 待办", style="yellow"),
    Outcome.NOT_APPLICABLE: Text("– 不涉及", style="dim"),
}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    checks.register()
    for function in (serve, worker, migrate, doctor):
        cli.command(app)(function)


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

    seals.unlock()
    applied = apply_migrations()
    if applied:
        cli.say(f"数据库结构已更新：{len(applied)} 项。")
    ledger.require_key_of_heads()
    run(host, port, workers, job_workers, ready=lambda url: cli.say(f"兰台已就绪：{url}（Ctrl-C 停止）"))
    cli.say("已停止。")
    cli.emit({"stopped": True, "host": host, "port": port}, as_json)


def worker(as_json: cli.Json = False) -> None:
    """运行任务进程：处理排队的任务，投递事件，整理存证；直到 Ctrl-C 或 SIGTERM。

    JSON：`stopped`。
    """
    from .worker import work

    seals.unlock()
    ledger.require_key_of_heads()
    work()
    cli.emit({"stopped": True}, as_json)


def migrate(as_json: cli.Json = False) -> None:
    """把数据库结构更新到本版本；已有数据保留，可重复运行。

    JSON：`applied`（迁移名的列表）。
    """
    applied = apply_migrations()
    cli.say(f"已应用 {len(applied)} 项迁移。" if applied else "数据库结构已是最新。")
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
    raise Conflict("另一个进程一直在更新数据库结构。", remedy="等它完成后再启动；lantai doctor 可查看进展。")


def doctor(as_json: cli.Json = False) -> None:
    """逐项检查本机与各项服务，说明哪里有误、如何排除；有误时退出码为 1。

    JSON：`healthy`；`checks`，各项以名为键，含 `outcome`、`observed`、`remedy`。
    """
    results = health.examine()
    cli.print_table(
        ["", "项目", "现状", "办法"],
        [(SHAPES[r.outcome], r.title, r.observed, r.remedy) for r in results.values()],
    )
    wrong = [name for name, result in results.items() if result.outcome is Outcome.FAIL]
    noted = sum(result.outcome is Outcome.WARN for result in results.values())
    cli.say(
        f"{len(wrong)} 项需要处理。"
        if wrong
        else "没有需要处理的。" + (f"{noted} 项请留意。" if noted else "")
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
