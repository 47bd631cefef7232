"""``lantai vault inspect``: a round of the long-term inspection from a terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from lantai.core import cli
from lantai.core.language import gettext as _

from .rounds import Round, inspect_holdings, round_size

Records = Annotated[
    int | None,
    typer.Option(min=1, help="检几件；不写则按 VAULT_INSPECT_RECORDS 和 VAULT_INSPECT_WITHIN_DAYS。"),
]


def inspect(records: Records = None, as_json: cli.Json = False) -> None:
    """长期保存检测一轮：从最久未检的馆藏起检测四性，报告存档。有不合格的件时退出码为 1。

    JSON：`records`（检测件数）、`failed`（不合格件数）、`unread`（没有现在能读的副本、未检测的件数）。
    """
    with cli.progress(shown=not as_json) as bar:
        task = bar.add_task(_("检测馆藏"), total=records or round_size()) if bar else None

        def observe(result: Round) -> None:
            if bar and task is not None:
                bar.update(task, completed=result.records + result.unread)

        held = inspect_holdings(actor=cli.OPERATOR, records=records, observe=observe)
    cli.say(
        _("检测 %(records)s 件，不合格 %(failed)s 件，%(unread)s 件没有现在能读的副本。")
        % {"records": held.records, "failed": held.failed, "unread": held.unread}
    )
    cli.emit({"records": held.records, "failed": held.failed, "unread": held.unread}, as_json)
    if held.failed:
        raise typer.Exit(cli.FINDINGS)
