"""``lantai demo``."""

from __future__ import annotations

import os
import sys
import time
from typing import Annotated, Any

import typer
from django.core.management import call_command

from lantai.core.cli import Json, command, emit, print_table, progress, say

LABELS = {
    "records_captured": "归档，件",
    "records_returned": "退回，件",
    "records_stored": "在馆，件",
    "catalogue_entries": "其中仅有目录，条",
    "copies_verified": "已核验副本，份",
    "copies_not_verified": "未核验副本，份",
    "records_opened": "已开放，件",
    "records_indexed": "可检索，件",
    "ledger_size": "存证，条",
    "ledger_root": "存证树根",
    "seconds": "用时，秒",
}


def register(app: typer.Typer) -> None:
    """Adds the command of this context."""
    command(app, "demo")(demo)


def demo(
    serve: Annotated[bool, typer.Option(help="完成后在 127.0.0.1:8000 启动网站。")] = True,
    port: Annotated[int, typer.Option(help="端口。")] = 8000,
    as_json: Json = False,
) -> None:
    """虚构一个“东屿市”：写出真实文件，走完归档、检测、移交、入库、开放的全程；可重复运行。

    JSON：`records_captured`、`records_returned`、`records_stored`、`catalogue_entries`、
    `copies_verified`、`copies_not_verified`、`records_opened`、`records_indexed`、`ledger_size`、
    `ledger_root`、`seconds`。
    """
    from . import walk

    started = time.monotonic()
    call_command("migrate", verbosity=0)
    walked = walk.Walk()
    with progress() as bar:
        for name, step in walk.steps():
            task = bar.add_task(name, total=None) if bar else None
            if bar is None:
                typer.echo(name, err=True)

            def told(done: int, total: int, task: Any = task) -> None:
                if bar and task is not None:
                    bar.update(task, completed=done, total=total)

            step(walked, told)
    result = walk.summary() | {"seconds": round(time.monotonic() - started, 1)}
    if not as_json:
        _tell(result, port)
    emit(result, as_json)
    if serve:
        os.execv(sys.executable, [sys.executable, "-m", "lantai.config", "serve", "--port", str(port)])  # noqa: S606


def _tell(result: dict[str, Any], port: int) -> None:
    from lantai.institutions.api import role_label

    from . import settlement

    print_table(["经过", "数量"], [(LABELS[name], value) for name, value in result.items()])
    rows = [
        (row.username, row.name, role_label(row.role), settlement.PASSWORD) for row in settlement.accounts()
    ]
    say("")
    print_table(["账号", "姓名", "角色", "口令"], rows)
    say(f"\n公众入口 http://127.0.0.1:{port}/　工作台 http://127.0.0.1:{port}/desk/")
