"""``lantai init``, ``lantai people …``, ``lantai api-keys …``."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Annotated, Any

import typer
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core import cli
from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid, NotFound

from .models import ApiKey, Appointment, Person
from .roles import role_label
from .selectors import current_appointments, organisation_by_code, person_actor, person_by_username
from .services.accounts import create_person, new_password, reset_password
from .services.api_keys import issue_api_key, revoke_api_key
from .services.appointments import appoint

By = Annotated[str, typer.Option("--by", help="以哪个账号的身份办理；不写则记为本机运维。")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="从标准输入读一行口令。")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    cli.command(app)(init)
    people = typer.Typer(name="people", help="账号与任职。", no_args_is_help=True)
    cli.command(people, "list")(list_people)
    cli.command(people, "add")(add_person)
    cli.command(people, "appoint")(appoint_person)
    cli.command(people, "reset")(reset_person)
    app.add_typer(people)
    keys = typer.Typer(name="api-keys", help="办公系统的接口密钥。", no_args_is_help=True)
    cli.command(keys, "list")(list_keys)
    cli.command(keys, "create")(create_key)
    cli.command(keys, "revoke")(revoke_key)
    app.add_typer(keys)


def init(
    username: Annotated[str, typer.Option(help="账号；不写则询问。")] = "",
    full_name: Annotated[str, typer.Option(help="姓名。")] = "",
    password_stdin: FromInput = False,
    as_json: cli.Json = False,
) -> None:
    """建立数据库，开立第一个系统管理员。以后的账号由系统管理员开立，角色由安全管理员授予。

    JSON：`username`、`id`、`role`。
    """
    call_command("migrate", verbosity=0, interactive=False)
    if Appointment.objects.filter(role="system_officer").exists():
        raise Conflict(
            _("已经有系统管理员。"),
            remedy=_("忘了口令请用 lantai people reset；再开账号用 lantai people add。"),
        )
    username = username or typer.prompt(_("系统管理员账号"), default="sysadmin")
    full_name = full_name or role_label("system_officer")
    password = _password(password_stdin)
    with transaction.atomic():
        person = create_person(
            username=username,
            full_name=full_name,
            password=password,
            must_change_password=False,
            actor=cli.OPERATOR,
        )
        appoint(person=person, role="system_officer", actor=cli.OPERATOR)
    cli.say(
        _("已开立系统管理员“{username}”。另两员请用 lantai people add 与 lantai people appoint。").format(
            username=username
        )
    )
    cli.emit({"username": username, "id": person.id, "role": "system_officer"}, as_json)


def add_person(
    username: Annotated[str, typer.Argument(help="账号。")],
    full_name: Annotated[str, typer.Argument(help="姓名。")],
    organisation: Annotated[str, typer.Option(help="所属单位的机构代码。")] = "",
    department: Annotated[str, typer.Option(help="所属处室的代码。")] = "",
    unified_id: Annotated[str, typer.Option(help="统一身份标识。")] = "",
    password_stdin: FromInput = False,
    by: By = "",
    as_json: cli.Json = False,
) -> None:
    """开户；不从标准输入给口令时生成初始口令并显示一次。

    JSON：`username`、`id`、`password`（从标准输入给的不回显）。
    """
    place = organisation_by_code(organisation) if organisation else None
    office = place.departments.filter(code=department).first() if place and department else None
    if department and office is None:
        raise NotFound(_("没有这个处室代码。"), subject=department, remedy=_("请同时写明 --organisation。"))
    given = _password(password_stdin) if password_stdin else ""
    first = given or new_password()
    person = create_person(
        username=username,
        full_name=full_name,
        password=first,
        organisation=place,
        department=office,
        unified_id=unified_id,
        actor=_acting(by),
    )
    _tell_password(person, first, given == first, as_json)


def reset_person(
    username: Annotated[str, typer.Argument(help="账号。")],
    password_stdin: FromInput = False,
    by: By = "",
    as_json: cli.Json = False,
) -> None:
    """重置口令：生成（或从标准输入读）初始口令，退出其全部登录，下次登录须更换。

    JSON：同 `lantai people add`。
    """
    person = person_by_username(username)
    given = _password(password_stdin) if password_stdin else ""
    first = given or new_password()
    reset_password(person=person, password=first, actor=_acting(by))
    _tell_password(person, first, given == first, as_json)


def appoint_person(
    username: Annotated[str, typer.Argument(help="账号。")],
    role: Annotated[str, typer.Argument(help="角色，例如 clerk、security_officer。")],
    days: Annotated[int, typer.Option(min=0, help="任期，天；0 为长期。")] = 0,
    by: By = "",
    as_json: cli.Json = False,
) -> None:
    """授予角色。三员之间、三员与业务角色之间不得兼任。

    JSON：`id`、`username`、`role`、`until`。
    """
    until = timezone.now() + timedelta(days=days) if days else None
    appointment = appoint(person=person_by_username(username), role=role, until=until, actor=_acting(by))
    cli.say(_("已授予“{username}”角色“{role}”。").format(username=username, role=role_label(role)))
    cli.emit({"id": appointment.id, "username": username, "role": role, "until": until}, as_json)


def list_people(as_json: cli.Json = False) -> None:
    """列出账号和现任角色。

    JSON：`people`，每人含 `username`、`full_name`、`organisation`、`roles`、`active`。
    """
    rows: list[dict[str, Any]] = [
        {
            "username": person.username,
            "full_name": person.full_name,
            "organisation": person.organisation.code if person.organisation else "",
            "roles": sorted(current_appointments(person).values_list("role", flat=True)),
            "active": person.active,
        }
        for person in Person.objects.select_related("organisation")
    ]
    if not as_json:
        told = [
            (
                row["username"],
                row["full_name"],
                row["organisation"],
                "、".join(map(role_label, row["roles"])),
                _("启用") if row["active"] else _("已停用"),
            )
            for row in rows
        ]
        cli.print_table([_("账号"), _("姓名"), _("单位"), _("角色"), _("状态")], told)
    cli.emit({"people": rows}, as_json)


def create_key(
    organisation: Annotated[str, typer.Argument(help="单位的机构代码。")],
    label: Annotated[str, typer.Argument(help="用途，例如 办公系统归档接口。")],
    days: Annotated[int, typer.Option(min=1, max=730, help="有效期，天。")] = 365,
    rate: Annotated[int, typer.Option(min=1, max=60_000, help="每分钟次数。")] = 600,
    by: By = "",
    as_json: cli.Json = False,
) -> None:
    """发一个接口密钥，显示一次。

    JSON：`prefix`、`key`（只此一次）、`expires_at`。
    """
    key, text = issue_api_key(
        organisation=organisation_by_code(organisation),
        label=label,
        rate_per_minute=rate,
        expires_at=timezone.now() + timedelta(days=days),
        actor=_acting(by),
    )
    cli.say(_("密钥（只显示这一次）：{text}").format(text=text))
    cli.emit({"prefix": key.prefix, "key": text, "expires_at": key.expires_at}, as_json)


def revoke_key(
    prefix: Annotated[str, typer.Argument(help="密钥 ltk_ 之后的 8 位。")],
    by: By = "",
    as_json: cli.Json = False,
) -> None:
    """作废一个接口密钥。

    JSON：`prefix`、`revoked`。
    """
    key = ApiKey.objects.filter(prefix=prefix).first()
    if key is None:
        raise NotFound(_("没有这个密钥。"), subject=prefix, remedy=_("运行 lantai api-keys list 查看。"))
    revoke_api_key(key=key, actor=_acting(by))
    cli.say(_("密钥“{label}”已作废。").format(label=key.label))
    cli.emit({"prefix": prefix, "revoked": True}, as_json)


def list_keys(as_json: cli.Json = False) -> None:
    """列出接口密钥（不含密钥本身）。

    JSON：`api_keys`，每个含 `organisation`、`prefix`、`label`、`expires_at`、`revoked_at`、`last_used_at`、
    `rate_per_minute`。
    """
    keys = list(ApiKey.objects.select_related("organisation"))
    if not as_json:
        told = [
            (
                key.prefix,
                key.organisation.name,
                key.label,
                key.expires_at,
                _("已作废") if key.revoked_at else "",
            )
            for key in keys
        ]
        cli.print_table([_("密钥"), _("单位"), _("用途"), _("有效期至"), ""], told)
    fields = ("prefix", "label", "expires_at", "revoked_at", "last_used_at", "rate_per_minute")
    rows = [
        {"organisation": key.organisation.code} | {name: getattr(key, name) for name in fields}
        for key in keys
    ]
    cli.emit({"api_keys": rows}, as_json)


def _acting(username: str) -> Actor:
    """The account named by ``--by``, with its roles, or whoever runs this machine."""
    return person_actor(person_by_username(username), via="cli") if username else cli.OPERATOR


def _password(from_input: bool) -> str:
    if from_input:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise Invalid(_("标准输入没有口令。"), remedy=_("例如：echo … | lantai init --password-stdin"))
        return password
    password = typer.prompt(_("口令"), hide_input=True, confirmation_prompt=_("再输一遍"))
    return str(password)


def _tell_password(person: Person, first: str, known: bool, as_json: bool) -> None:
    """A password that came by standard input is not told back."""
    cli.say(_("账号“{username}”已备好，首次登录须更换口令。").format(username=person.username))
    if not known:
        cli.say(_("初始口令（只显示这一次）：{password}").format(password=first))
    cli.emit({"username": person.username, "id": person.id, "password": "" if known else first}, as_json)
