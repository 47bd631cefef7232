"""``lantai records fonds …``, ``lantai records scheme …``, ``lantai records schedule …``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import typer
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core import cli
from lantai.core.actors import Actor
from lantai.core.errors import Invalid, NotFound
from lantai.institutions.api import organisation_by_code, person_actor, person_by_username

from .codes import code_templates, normalise_code
from .models import Fonds, Scheme
from .schedules import adopt_reference_schedule
from .setting_up import create_fonds, create_scheme, example_code

By = Annotated[str, typer.Option("--by", help="以哪个账号的身份办理；不写则记为本机运维。")]
Archive = Annotated[str, typer.Option(help="档案馆的机构代码；几家档案馆有同一全宗号时须写明。")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="日期，如 2024-01-01。")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    records = typer.Typer(name="records", help="全宗、分类方案和保管期限表。", no_args_is_help=True)
    fonds = typer.Typer(name="fonds", help="全宗。", no_args_is_help=True)
    cli.command(fonds, "add")(add_fonds)
    cli.command(fonds, "list")(list_fonds)
    scheme = typer.Typer(name="scheme", help="分类方案。", no_args_is_help=True)
    cli.command(scheme, "add")(add_scheme)
    cli.command(scheme, "list")(list_schemes)
    schedule = typer.Typer(name="schedule", help="保管期限表。", no_args_is_help=True)
    cli.command(schedule, "adopt")(adopt_schedule)
    for group in (fonds, scheme, schedule):
        records.add_typer(group)
    app.add_typer(records)


def add_fonds(
    code: Annotated[str, typer.Argument(help="全宗号，如 J001。")],
    creator: Annotated[str, typer.Argument(help="立档单位的机构代码。")],
    name: Annotated[str, typer.Option(help="全宗名称；不写则用立档单位的名称。")] = "",
    started: Day = None,
    history: Annotated[str, typer.Option(help="立档单位历史沿革。")] = "",
    by: By = "",
    as_json: cli.Json = False,
) -> None:
    """为一个立档单位建立全宗，归它的进馆档案馆。

    JSON：`id`、`code`、`name`、`creator`、`archive`（后两项为机构代码）。
    """
    agency = organisation_by_code(creator)
    fonds = Fonds(
        code=code,
        creator=agency,
        archive=agency.archive or agency,
        name=name or agency.name,
        started=started.date() if started else None,
        history=history,
    )
    create_fonds(fonds=fonds, actor=_acting(by))
    cli.say(_("已建立全宗 {code} {name}。").format(code=fonds.code, name=fonds.name))
    cli.emit(_fonds_row(fonds), as_json)


def list_fonds(archive: Archive = "", as_json: cli.Json = False) -> None:
    """列出全宗。

    JSON：`fonds`，每个含 `id`、`code`、`name`、`creator`、`archive`。
    """
    rows = [_fonds_row(fonds) for fonds in _fonds(archive)]
    if not as_json:
        told = [(row["code"], row["name"], row["creator"], row["archive"]) for row in rows]
        cli.print_table([_("全宗号"), _("全宗名称"), _("立档单位"), _("档案馆")], told)
    cli.emit({"fonds": rows}, as_json)


def add_scheme(
    fonds: Annotated[str, typer.Argument(help="全宗号。")],
    category: Annotated[str, typer.Argument(help="门类代码，如 WS。")],
    template: Annotated[str, typer.Argument(help="档号模板的名称，如 dat22.item.unit；整理方式随之而定。")],
    year_from: Annotated[int, typer.Option("--from", help="起始年度。")],
    year_to: Annotated[int | None, typer.Option("--to", help="终止年度；仍在用的不写。")] = None,
    name: Annotated[str, typer.Option(help="名称；不写则用门类代码。")] = "",
    subclasses: Annotated[str, typer.Option(help="二级至四级类别号，以“·”分隔。")] = "",
    catalogue: Annotated[str, typer.Option(help="目录号。")] = "",
    width: Annotated[int, typer.Option(min=1, max=8, help="件号位数。")] = 4,
    archive: Archive = "",
    by: By = "",
    as_json: cli.Json = False,
) -> None:
    """为一个全宗建立分类方案。

    JSON：`id`、`fonds`、`category`、`name`、`year_from`、`year_to`、`arrangement`、`template`、`example`（编出的第一个档号）。
    """
    named = code_templates().get(template)
    if named is None:
        known = "、".join(code_templates())
        raise Invalid(
            _("没有这个档号模板。"), subject=template, remedy=_("可用：{known}。").format(known=known)
        )
    scheme = Scheme(
        fonds=_one_fonds(fonds, archive),
        category=category,
        subclasses=subclasses,
        catalogue_number=catalogue,
        name=name or category,
        year_from=year_from,
        year_to=year_to,
        arrangement=named.arrangement,
        code_template=template,
        number_width=width,
    )
    create_scheme(scheme=scheme, actor=_acting(by))
    row = _scheme_row(scheme)
    cli.say(_("已建立分类方案，编出的第一个档号为 {example}。").format(example=row["example"]))
    cli.emit(row, as_json)


def list_schemes(
    fonds: Annotated[str, typer.Argument(help="全宗号；不写则列出全部。")] = "",
    archive: Archive = "",
    as_json: cli.Json = False,
) -> None:
    """列出分类方案。

    JSON：`schemes`，每个的键同 `lantai records scheme add`。
    """
    schemes = Scheme.objects.select_related("fonds").filter(fonds__in=_fonds(archive))
    if fonds:
        schemes = schemes.filter(fonds=_one_fonds(fonds, archive))
    rows = [_scheme_row(scheme) for scheme in schemes.order_by("fonds__code", "category", "year_from")]
    if not as_json:
        told = [
            (row["fonds"], row["name"], f"{row['year_from']}–{row['year_to'] or ''}", row["example"])
            for row in rows
        ]
        cli.print_table([_("全宗号"), _("名称"), _("年度"), _("例")], told)
    cli.emit({"schemes": rows}, as_json)


def adopt_schedule(
    agency: Annotated[str, typer.Argument(help="单位的机构代码。")],
    version: Annotated[str, typer.Argument(help="版本，如 2024。")],
    name: Annotated[str, typer.Option(help="名称。")] = "文件材料归档范围和文书档案保管期限表",
    effective_from: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="生效日；不写则为今天。")
    ] = None,
    approval_number: Annotated[str, typer.Option("--approval", help="审核文号。")] = "",
    by: By = "",
    as_json: cli.Json = False,
) -> None:
    """以参考保管期限表为一个单位立表，以后在页面上逐条修改。

    JSON：`id`、`agency`、`version`、`effective_from`、`rules`（条款数）。
    """
    starts: date = effective_from.date() if effective_from else timezone.localdate()
    schedule = adopt_reference_schedule(
        agency_id=organisation_by_code(agency).id,
        name=name,
        version=version,
        effective_from=starts,
        approval_number=approval_number,
        actor=_acting(by),
    )
    number = schedule.rules.count()
    cli.say(_("已立表，共 {number} 条。").format(number=number))
    row = {"id": schedule.id, "agency": agency, "version": version, "effective_from": starts, "rules": number}
    cli.emit(row, as_json)


def _fonds(archive: str) -> QuerySet[Fonds]:
    fonds = Fonds.objects.select_related("creator", "archive").order_by("archive__code", "code")
    return fonds.filter(archive=organisation_by_code(archive)) if archive else fonds


def _one_fonds(code: str, archive: str) -> Fonds:
    """The fonds of that code, in that archive where several have it."""
    found = list(_fonds(archive).filter(code=normalise_code(code))[:2])
    if not found:
        raise NotFound(_("没有这个全宗号。"), subject=code, remedy=_("运行 lantai records fonds list 查看。"))
    if len(found) > 1:
        raise Invalid(_("几家档案馆有这个全宗号。"), subject=code, remedy=_("请用 --archive 写明档案馆。"))
    return found[0]


def _fonds_row(fonds: Fonds) -> dict[str, Any]:
    row = {"id": fonds.id, "code": fonds.code, "name": fonds.name}
    return row | {"creator": fonds.creator.code, "archive": fonds.archive.code}


def _scheme_row(scheme: Scheme) -> dict[str, Any]:
    fields = ("id", "category", "name", "year_from", "year_to", "arrangement")
    row = {"fonds": scheme.fonds.code} | {field: getattr(scheme, field) for field in fields}
    try:
        example = example_code(scheme)
    except Invalid:  # a template whose data file was changed since
        example = ""
    return row | {"template": scheme.code_template, "example": example}


def _acting(username: str) -> Actor:
    """The account named by ``--by``, or whoever runs this machine."""
    return person_actor(person_by_username(username), via="cli") if username else cli.OPERATOR
