"""``lantai catalogue holdings``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from lantai.core.cli import OPERATOR, Json, command, emit, print_table, say
from lantai.core.jobs import run_inline
from lantai.core.language import gettext as _


def register(catalogue: typer.Typer) -> None:
    """Adds the command."""
    command(catalogue, "holdings")(holdings)


def holdings(
    fonds: Annotated[str, typer.Option(help="只看这个全宗。")] = "",
    archive: Annotated[str, typer.Option(help="档案馆的机构代码；全宗号在几个馆都有时须填。")] = "",
    count: Annotated[bool, typer.Option("--count", help="先重新统计。")] = False,
    as_json: Json = False,
) -> None:
    """馆藏全景：有多少、什么状态、什么质量、怎样利用；数字来自最近一次统计。

    JSON：`counted_at`、`took_s`、`total`（`records`、`pages`、`files`、`size_bytes`）、`by`（按 `archive`、`fonds`、
    `category`、`decade`、`state`、`medium`、`retention`、`opening_mark`、`format`、`use` 各列若干行）。
    """
    from ..fonds.scope import fonds_by_code
    from . import selectors
    from .counting import COUNT

    if count:
        run_inline(COUNT, OPERATOR, title=_("统计馆藏"))
    found = selectors.holdings_for(OPERATOR, fonds_by_code(fonds, archive).id if fonds else None)
    if not as_json:
        if found.counted is None:
            say(_("还没有统计过，请加 --count。"))
        for key, title in selectors.DIMENSIONS.items():
            rows = [(line.label, line.records, line.pages, line.files) for line in found.by[key]]
            print_table([_(title), _("件"), _("页"), _("文件")], rows)
    emit(
        {
            "counted_at": found.counted.counted_at if found.counted else None,
            "took_s": round(found.counted.took_s, 3) if found.counted else None,
            "total": asdict(found.total),
            "by": {key: [asdict(line) for line in lines] for key, lines in found.by.items()},
        },
        as_json,
    )
