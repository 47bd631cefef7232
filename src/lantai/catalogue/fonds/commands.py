"""``lantai catalogue fonds-file`` and ``lantai catalogue reform``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.cli import OPERATOR, Json, command, emit, print_table, say
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.institutions.api import Department, organisation_by_code, person_actor, person_by_username

By = Annotated[str, typer.Option("--by", help="以哪个账号的身份办理；不写则记为本机运维。")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="日期，如 2024-01-01。")]


def register(catalogue: typer.Typer) -> None:
    """Adds the commands."""
    command(catalogue, "fonds-file")(fonds_file)
    command(catalogue, "reform")(reform)


def fonds_file(
    fonds: Annotated[str, typer.Argument(help="全宗号。")],
    archive: Annotated[str, typer.Option(help="档案馆的机构代码；全宗号在几个馆都有时须填。")] = "",
    add: Annotated[Path | None, typer.Option(help="归入这个文件。", exists=True, dir_okay=False)] = None,
    title: Annotated[str, typer.Option(help="归入材料的题名；不填用文件名。")] = "",
    group: Annotated[str, typer.Option(help="归入哪一类，1 至 8。")] = "1",
    made_on: Day = None,
    pdf: Annotated[Path | None, typer.Option(help="把全宗卷目录写成 PDF。")] = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """列出一个全宗的全宗卷（DA/T 12），或归入一份材料，或打印目录。

    JSON：`fonds`、`papers`（`number`、`group`、`title`、`made_on`、`pages`、`kind`、`source`、`sha256`、`withdrawn_for`）。
    """
    from . import filing, selectors
    from .groups import paper_number
    from .printing import file_list_pdf
    from .scope import fonds_by_code

    found = fonds_by_code(fonds, archive)
    if add:
        day = made_on.date() if made_on else timezone.localdate()
        described = filing.Described(title or add.stem, day)
        filing.add_paper(fonds=found, group=group, file=add, described=described, actor=_actor(by))
    if pdf:
        pdf.write_bytes(file_list_pdf(found))
    papers = [
        {"number": paper_number(row), "group": row.group, "title": row.title, "made_on": row.made_on,
         "pages": row.page_count, "kind": row.kind, "source": row.source, "sha256": row.sha256,
         "withdrawn_for": row.withdrawn_for}
        for row in selectors.papers_of(found)
    ]  # fmt: skip
    if not as_json:
        print_table(
            [_("编号"), _("日期"), _("题名")],
            [(row["number"], row["made_on"], row["title"]) for row in papers],
        )
    emit({"fonds": found.code, "papers": papers}, as_json)


def reform(
    kind: Annotated[str, typer.Argument(help="rename 更名、merge 合并、split 分立、cede 职能划转。")],
    archive: Annotated[str, typer.Option(help="办理的档案馆的机构代码。")],
    agency: Annotated[list[str], typer.Option(help="更名、撤销或划出处室的单位的机构代码；合并时写多次。")],
    document: Annotated[str, typer.Option(help="依据文件的名称和文号。")],
    effective_on: Day = None,
    new_name: Annotated[str, typer.Option(help="更名后的名称。")] = "",
    into: Annotated[
        list[str] | None,
        typer.Option(help="承继单位，第一个为主：机构代码；新设的写“代码=名称”；要建全宗的再加“@全宗号”。"),
    ] = None,
    department: Annotated[
        list[str] | None,
        typer.Option(help="处室去向，如“YWK>990100-007”；不写的归第一个承继单位，职能划转时留在原单位。"),
    ] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="立即确认生效；不写只拟定并列出影响。")] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """拟定机构改革并列出影响；加 --confirm 生效：权限、移交计划和检索随之改变，档案本身不变。

    JSON：`reform`、`kind`、`state`、`effects`（`agency`、`fonds`、`records`、`people`、`departments`、`grants`、`keys`）、`heirs`、`result`。
    """
    from . import reforming
    from .models import Reform

    if kind not in Reform.Kind.values:
        raise Invalid(_("种类只能是 rename、merge、split 或 cede。"), subject=kind)
    made = reforming.plan_reform(
        archive=organisation_by_code(archive), kind=kind, document=document, actor=_actor(by),
        effective_on=effective_on.date() if effective_on else timezone.localdate(),
        parties=_parties(agency, into or [], department or [], new_name),
    )  # fmt: skip
    seen = reforming.preview(made)
    if confirm:
        made = reforming.carry_out(reform=made, actor=OPERATOR)
    effects = [
        {"agency": row.organisation.code, "fonds": [fonds.code for fonds in row.fonds], "records": row.records,
         "people": row.people, "departments": dict(row.departments), "grants": row.grants, "keys": row.keys}
        for row in seen.effects
    ]  # fmt: skip
    if not as_json:
        for row in effects:
            say(_("%(agency)s：%(records)s 件档案，%(people)s 人，%(keys)s 个接口密钥。") % row)
        say(
            _("已生效。")
            if confirm
            else _("只拟定，没有任何变动；确认时加 --confirm，或请安全管理员在页面上确认。")
        )
    emit(
        {"reform": made.id, "kind": kind, "state": made.state, "effects": effects,
         "heirs": [name for _heir, name in seen.heirs], "result": made.result}, as_json,
    )  # fmt: skip


def _parties(agencies: list[str], into: list[str], departments: list[str], new_name: str) -> Any:
    from .parties import Heir, Parties

    goes: dict[str, list[str]] = {}
    for text in departments:
        code, sign, heir = text.partition(">")
        row = Department.objects.filter(organisation__code__in=agencies, code=code).first()
        if not sign or row is None:
            raise Invalid(
                _("处室去向“%(text)s”有误。") % {"text": text}, remedy=_("写作“处室代码>机构代码”。")
            )
        goes.setdefault(heir, []).append(str(row.id))
    heirs = []
    for text in into:
        who, _at, fonds_code = text.partition("@")
        code, _sign, name = who.partition("=")
        heirs.append(Heir(code, name, tuple(goes.pop(code, ())), fonds_code))
    if goes:
        raise Invalid(_("处室划归的单位不在承继单位之列。"), subject="、".join(goes))
    return Parties(tuple(agencies), tuple(heirs), new_name)


def _actor(username: str) -> Actor:
    return person_actor(person_by_username(username), "cli") if username else OPERATOR
