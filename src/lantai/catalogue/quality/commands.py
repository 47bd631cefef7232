"""``lantai catalogue quality``: how good the catalogue is."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from lantai.core.cli import OPERATOR, Json, command, emit, print_table, say
from lantai.core.language import gettext as _


class Order(Enum):
    """What a line stands for."""

    FONDS = "fonds"
    YEAR = "year"
    AGENCY = "agency"


def register(catalogue: typer.Typer) -> None:
    """Adds the command."""
    command(catalogue, "quality")(quality)


def quality(
    fonds: Annotated[str, typer.Option(help="全宗号；不填为全部。")] = "",
    by: Annotated[Order, typer.Option(help="fonds 按全宗，year 按年度，agency 按形成单位。")] = Order.FONDS,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="先把全部档案重新检查一遍；不加只检查有变动的。")
    ] = False,
    as_json: Json = False,
) -> None:
    """目录质量：按规则检查、打分，列出各条规则不合的件数。

    JSON：`records`、`failing`、`score`（满分 100）、`by_rule`（各规则不合的件数）、`lines`（每行 `key`、`label`、
    `records`、`failing`、`score`、`by_rule`）、`rules`（`key`、`name`、`weight`）。
    """
    from lantai.core.jobs import run_inline
    from lantai.records.api import Fonds, Record

    from . import selectors, taking
    from .rules import rules

    chosen = Fonds.objects.filter(code=fonds) if fonds else Fonds.objects.all()
    ids = list(chosen.values_list("id", flat=True))
    if refresh:
        places = Record.objects.filter(fonds__in=ids).order_by().values_list("fonds_id", "year").distinct()
        taking.mark_due((fonds_id, year or 0) for fonds_id, year in places)
    run_inline(taking.TAKE, OPERATOR, progress=not as_json)
    lines = selectors.quality_of(by.value, fonds_ids=ids)
    whole = selectors.whole(lines)
    if not as_json:
        print_table(
            [_("对象"), _("件数"), _("有问题"), _("得分")],
            [(line.label, line.records, line.failing, line.score) for line in lines],
        )
        names = {key: rule.name for key, rule in rules().items()}
        print_table([_("规则"), _("件数")], [(names.get(key, key), n) for key, n in whole.by_rule.items()])
        say(_("共 %(records)s 件，平均 %(score)s 分。") % {"records": whole.records, "score": whole.score})
    told = selectors.line_as_json(whole)
    emit(
        {
            **{name: told[name] for name in ("records", "failing", "score", "by_rule")},
            "lines": [selectors.line_as_json(line) for line in lines],
            "rules": [{"key": r.key, "name": r.name, "weight": r.weight} for r in rules().values()],
        },
        as_json,
    )
