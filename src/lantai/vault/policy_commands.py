"""``lantai vault policy``: the rules on copies, and what falls short of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from lantai.core import cli
from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _
from lantai.records.api import Fonds

from .policy import PolicyTerms, chosen_stores, set_policy
from .protection import Shortfall, shortfalls


def policy(
    copies: Annotated[int | None, typer.Option(min=0, help="定下新的一条：共几份；不写只列出。")] = None,
    elsewhere: Annotated[int, typer.Option(min=0, help="其中异地几份。")] = 0,
    other_medium: Annotated[int, typer.Option(min=0, help="其中异质几份。")] = 0,
    within_days: Annotated[int, typer.Option(min=0, help="入库后几日内备齐。")] = 0,
    recheck_days: Annotated[int, typer.Option(min=0, help="几日内须重新校验；0 为不限。")] = 0,
    site: Annotated[list[str] | None, typer.Option(help="这个地点须有一份；可多写。")] = None,
    medium: Annotated[list[str] | None, typer.Option(help="这种介质须有一份；可多写。")] = None,
    fonds: Annotated[str, typer.Option(help="只对这个全宗号。")] = "",
    category: Annotated[str, typer.Option(help="只对这个门类代码，如 WS。")] = "",
    as_json: cli.Json = False,
) -> None:
    """副本策略与未达到的对象；写 --copies 则定下新的一版。有对象未达到时退出码为 1。

    JSON：`policies`，每项含 `scope`、`terms`、`stores`（按它写入的存储）、`objects`、`unprotected`、`missing`、
    `unverified`、`overdue`、`misplaced`、`late`、`surplus`（策略已不要求、仍留着的副本数）。
    """
    places = tuple(site or ()), tuple(medium or ())
    rest = (elsewhere, other_medium, within_days, recheck_days, *places, fonds, category)
    if copies is None and any(rest):
        raise Invalid(
            _("没有写共几份，策略没有改。"), remedy=_("定下新的一条要写 --copies；只列出则什么都不写。")
        )
    if copies is not None:
        terms = PolicyTerms(copies, elsewhere, other_medium, within_days, recheck_days, *places)
        set_policy(terms=terms, actor=cli.OPERATOR, fonds_id=_fonds(fonds), category=category)
    found = shortfalls()
    _print(found)
    rows = [
        {
            "scope": row.scope,
            "terms": asdict(row.terms),
            "stores": list(chosen_stores(row.terms)),
            "objects": row.objects_count,
            "unprotected": row.unprotected,
            "missing": row.missing,
            "unverified": row.unverified,
            "overdue": row.overdue,
            "misplaced": row.misplaced,
            "late": row.late,
            "surplus": row.surplus,
        }
        for row in found
    ]
    cli.emit({"policies": rows}, as_json)
    if any(row.unprotected for row in found):
        raise typer.Exit(cli.FINDINGS)


def _print(found: Sequence[Shortfall]) -> None:
    cli.print_table(
        [
            _("范围"),
            _("份数"),
            _("异地"),
            _("异质"),
            _("写入"),
            _("对象"),
            _("未达到"),
            _("已过期限"),
            _("多出"),
        ],
        [
            (
                row.scope,
                row.terms.copies,
                row.terms.elsewhere,
                row.terms.other_medium,
                "、".join(chosen_stores(row.terms)),
                row.objects_count,
                row.unprotected,
                row.late,
                row.surplus,
            )
            for row in found
        ],
    )


def _fonds(code: str) -> UUID | None:
    if not code:
        return None
    row = Fonds.objects.filter(code=code).first()
    if row is None:
        raise NotFound(_("没有这个全宗。"), subject=code)
    return row.id
