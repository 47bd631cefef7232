"""``lantai opening``: what is due, and deciding on it from the command line."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from lantai.core.cli import OPERATOR, Json, command, emit, print_table, say
from lantai.core.language import gettext as _
from lantai.institutions.api import person_actor, person_by_username

from . import selectors, services

opening = typer.Typer(help="开放审核：到期扫描与决定。", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the commands of this context."""
    app.add_typer(opening, name="opening")


@command(opening)
def candidates(
    limit: Annotated[int, typer.Option(min=1, help="最多列出多少件。")] = 50, as_json: Json = False
) -> None:
    """列出形成满二十五年或已主动公开、等待审核的在馆档案。

    JSON：`total`；`records`，每件含 `id`、`reference_code`、`title`、`date`。
    """
    waiting = selectors.queue(OPERATOR)
    rows = [
        {
            "id": str(record.id),
            "reference_code": record.reference_code,
            "title": record.title,
            "date": record.date_text,
        }
        for record in waiting[:limit]
    ]
    total = waiting.count()
    if not as_json:
        columns = (_("标识"), _("档号"), _("日期"), _("题名"))
        print_table(columns, [(row["id"], row["reference_code"], row["date"], row["title"]) for row in rows])
        say(_("共 %(total)s 件等待审核。") % {"total": total})
    emit({"total": total, "records": rows}, as_json=as_json)


@command(opening, "open")
def open_command(
    record_ids: Annotated[list[UUID], typer.Argument(help="档案的标识，可列多个。")],
    reviewer: Annotated[str, typer.Option(help="作决定的审核人员的账号。")],
    note: Annotated[str, typer.Option(help="理由。")] = "",
    as_json: Json = False,
) -> None:
    """以审核人员的名义决定开放；依据（满二十五年、已主动公开）逐件自动判定。

    JSON：`opened`、`decisions`（决定的标识）。
    """
    made = services.open_due(record_ids, note, person_actor(person_by_username(reviewer), via="cli"))
    if not as_json:
        say(_("已决定开放 %(count)s 件，决定已签名并记入存证。") % {"count": len(made)})
    emit({"opened": len(made), "decisions": [str(decision.id) for decision in made]}, as_json=as_json)
