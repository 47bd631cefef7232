"""``lantai catalogue edit|undo-edit``: bulk editing from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from lantai.core.cli import FINDINGS, OPERATOR, Json, command, emit, print_table, say
from lantai.core.errors import Invalid, NotFound
from lantai.core.jobs import run_inline
from lantai.core.language import gettext as _

if TYPE_CHECKING:
    from ..description.models import Vocabulary


def register(catalogue: typer.Typer) -> None:
    """Adds the commands of bulk editing."""
    command(catalogue, "edit")(edit)
    command(catalogue, "undo-edit")(undo_edit)


def edit(
    element: Annotated[str, typer.Argument(help="改哪一项，如“责任者”。")],
    operation: Annotated[str, typer.Argument(help="set 填入，replace 替换，append 追加，map 按词表规范。")],
    value: Annotated[str, typer.Option(help="填入、换成或追加的文字。")] = "",
    find: Annotated[str, typer.Option(help="要替换的文字。")] = "",
    vocabulary: Annotated[str, typer.Option(help="词表的代号，写作“机构代码/代号”。")] = "",
    fonds: Annotated[str, typer.Option(help="全宗号。")] = "",
    year: Annotated[int, typer.Option(help="年度。")] = 0,
    code: Annotated[str, typer.Option(help="档号开头。")] = "",
    query: Annotated[str, typer.Option(help="检索式。")] = "",
    rule: Annotated[str, typer.Option(help="不合哪条质量规则。")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="预览后就改；不加只预览。")] = False,
    as_json: Json = False,
) -> None:
    """成批修改：先预览（多少件会变、前后样例、改不了的原因），加 --apply 才改。有改不了的时退出码为 1。

    JSON：`id`、`state`、`element`、`operation`、`counts`（`chosen`、`change`、`same`、`bad`、`unknown`、`done_changed`、
    `done_stayed`）、`samples`（`code`、`title`、`before`、`after`）、`problems`。
    """
    from lantai.records.api import Fonds

    from . import running, services
    from .endpoints import edit_as_json

    chosen: dict[str, object] = {"year": year or None, "code": code, "query": query, "rule": rule}
    if fonds:
        found = Fonds.objects.filter(code=fonds)
        if found.count() != 1:
            raise NotFound(_("没有这个全宗，或有几个馆都用这个全宗号。"), subject=fonds)
        chosen["fonds"] = found.get().id
    planned = services.plan_edit(
        chosen=chosen, element=element, operation=operation, actor=OPERATOR, find=find, value=value,
        vocabulary=_vocabulary(vocabulary), enqueue=False,
    )  # fmt: skip
    run_inline(running.PREVIEW, OPERATOR, progress=not as_json, edit_id=str(planned.id))
    planned.refresh_from_db()
    result = edit_as_json(planned)
    if apply and planned.counts["change"]:
        services.apply_edit(edit=planned, actor=OPERATOR, enqueue=False)
        run_inline(running.APPLY, OPERATOR, progress=not as_json, edit_id=str(planned.id))
        planned.refresh_from_db()
        result = {**edit_as_json(planned), "samples": result["samples"], "problems": result["problems"]}
    if not as_json:
        say(
            _("选中 %(chosen)s 件，会改 %(change)s 件，不变 %(same)s 件，改不了 %(bad)s 件。")
            % result["counts"]
        )
        print_table(
            [_("档号"), _("改前"), _("改后")],
            [(s["code"], s["before"], s["after"]) for s in result["samples"]],
        )
    emit(result, as_json)
    if planned.counts.get("bad") or planned.counts.get("unknown"):
        raise typer.Exit(FINDINGS)


def _vocabulary(text: str) -> Vocabulary | None:
    from ..description.models import Vocabulary

    if not text:
        return None
    archive, _sign, key = text.rpartition("/")
    found = Vocabulary.objects.filter(archive__code=archive, key=key).first()
    if found is None:
        raise NotFound(_("没有这个词表。"), subject=text)
    return found


def undo_edit(
    edit_id: Annotated[str, typer.Argument(help="成批修改的标识。")],
    as_json: Json = False,
) -> None:
    """撤销一次成批修改；之后又改过的保留。

    JSON：`id`、`state`、`counts`（`undone_restored`、`undone_stayed`）。
    """
    from . import running, services
    from .endpoints import edit_as_json

    try:
        found = services.edit_for(UUID(edit_id), OPERATOR)
    except ValueError as error:
        raise Invalid(_("标识写得不对。"), subject=edit_id) from error
    services.undo_edit(edit=found, actor=OPERATOR, enqueue=False)
    run_inline(running.TAKE_BACK, OPERATOR, progress=not as_json, edit_id=str(found.id))
    found.refresh_from_db()
    result = edit_as_json(found)
    say(
        _("恢复 %(restored)s 件，保留 %(stayed)s 件。")
        % {"restored": 0, "stayed": 0, **found.counts.get("undone", {})}
    )
    emit(result, as_json)
