"""``lantai handover``: prepare, submit and receive from this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from django.utils.translation import gettext as _

from lantai.core.cli import AWAITS_PERSON, FINDINGS, OPERATOR, Json, command, emit, say
from lantai.core.jobs import run_inline

if TYPE_CHECKING:
    from lantai.records.api import Fonds

    from .models import Handover

app = typer.Typer(name="handover", help="移交与接收。", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Adds the commands of transfer."""
    root.add_typer(app)


@command(app, "prepare")
def prepare(
    agency: Annotated[str, typer.Option(help="移交单位的机构代码。")],
    fonds: Annotated[str, typer.Option(help="全宗号；单位只有一个全宗时可不填。")] = "",
    year_from: Annotated[int, typer.Option("--from", help="起始年度。")] = 1800,
    year_to: Annotated[int, typer.Option("--to", help="终止年度。")] = 2999,
    title: Annotated[str, typer.Option(help="交接工作名称。")] = "",
    opening: Annotated[str, typer.Option(help="到期开放意见。")] = "无",
    disclosure: Annotated[str, typer.Option(help="政府信息公开情况。")] = "无",
    classification_changes: Annotated[str, typer.Option(help="密级变更情况。")] = "无",
    as_json: Json = False,
) -> None:
    """列出一个全宗、年度内已定号的档案，准备移交。

    JSON：`handover`、`state`、`records`。
    """
    from . import services

    made = services.prepare(
        fonds=_fonds(agency, fonds),
        year_from=year_from,
        year_to=year_to,
        actor=OPERATOR,
        title=title,
        opinions={
            "opening": opening,
            "disclosure": disclosure,
            "classification_changes": classification_changes,
        },
    )
    count = made.items.count()
    say(_("%(title)s：%(count)s 件。标识 %(id)s") % {"title": made.title, "count": count, "id": made.id})
    emit({"handover": made.id, "state": made.state, "records": count}, as_json)


@command(app, "submit")
def submit(handover: Annotated[UUID, typer.Argument(help="移交的标识。")], as_json: Json = False) -> None:
    """填写登记表，签章移交。

    JSON：`handover`、`state`、`seal`。
    """
    from . import services

    sent = services.submit(handover=_handover(handover), actor=OPERATOR)
    say(_("%(title)s 已签章移交。") % {"title": sent.title})
    emit({"handover": sent.id, "state": sent.state, "seal": sent.sender_seal}, as_json)


@command(app, "receive")
def receive(handover: Annotated[UUID, typer.Argument(help="移交的标识。")], as_json: Json = False) -> None:
    """复检、入库、锁号、签章；不合格时退回（退出码 1），有待人工签署的项目时退出码为 4。

    JSON：`handover`、`state`、`records`、`received`、`report`、`reason`。
    """
    from . import services
    from .models import Handover

    found = _handover(handover)
    if found.state != Handover.State.RECEIVING:
        found = services.receive(handover=found, actor=OPERATOR, enqueue=False)
    run_inline(services.RECEIVE, OPERATOR, title=found.title, handover_id=str(found.id))
    found.refresh_from_db()
    _told(found, as_json)


@command(app, "export")
def export(
    handover: Annotated[UUID, typer.Argument(help="移交的标识。")],
    folder: Annotated[Path, typer.Argument(help="写到哪个文件夹；不能已经存在。")],
    kind: Annotated[str, typer.Option(help="dat93（DA/T 93“件”级）或 carrier（2012 离线载体）。")] = "dat93",
    as_json: Json = False,
) -> None:
    """把已签章的移交写成移交信息包，附登记表和三项说明，交载体或下载。

    JSON：`handover`、`folder`、`kind`、`lost`（该种包装不下的内容）。
    """
    from .exporting import export_handover

    found = _handover(handover)
    lost = export_handover(handover=found, target=folder, kind=kind, actor=OPERATOR)
    for sentence in lost:
        say(sentence)
    say(_("%(title)s 已导出到 %(folder)s。") % {"title": found.title, "folder": folder})
    emit({"handover": found.id, "folder": str(folder), "kind": kind, "lost": lost}, as_json)


@command(app, "import")
def import_package(
    path: Annotated[Path, typer.Argument(help="移交信息包：文件夹或压缩包。")],
    receipt: Annotated[Path | None, typer.Option(help="回执写到哪里；默认写在包旁边。")] = None,
    trust: Annotated[str, typer.Option(help="只认这个密钥标识签的登记表。")] = "",
    as_json: Json = False,
) -> None:
    """接收别处来的移交信息包：验章、核对、复检、入库，写出回执；可重复执行，接着办。

    有待人工签署的项目时退出码为 4，签署后再执行一次；整批退回时退出码为 1，也写回执。

    JSON：`handover`、`state`、`records`、`received`、`report`、`reason`、`receipt`。
    """
    from . import services
    from .importing import import_handover
    from .models import Handover

    found = import_handover(path=path, actor=OPERATOR, trusted_key=trust)
    if found.state in (Handover.State.SUBMITTED, Handover.State.RECEIVING):
        if found.state == Handover.State.SUBMITTED:
            found = services.receive(handover=found, actor=OPERATOR, enqueue=False)
        run_inline(services.RECEIVE, OPERATOR, title=found.title, handover_id=str(found.id))
        found = _handover(found.id)
    written = ""
    if found.state in (Handover.State.RECEIVED, Handover.State.RETURNED):
        target = receipt or path.with_name(f"{path.name}-回执.json")
        _write_receipt(found, target)
        written = str(target)
    _told(found, as_json, receipt=written)


@command(app, "receipt")
def close(
    file: Annotated[Path, typer.Argument(help="档案馆发回的回执（JSON）。")],
    trust: Annotated[str, typer.Option(help="只认这个密钥标识签的回执。")] = "",
    as_json: Json = False,
) -> None:
    """用档案馆的回执办结离线移交；退回的单件进入退改。

    JSON：`handover`、`state`、`records`、`received`、`report`、`reason`。
    """
    import json

    from lantai.core.errors import Invalid

    from .receipts import close_with_receipt

    try:
        given = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise Invalid(
            _("回执读不了。"), subject=str(file), remedy=_("请用档案馆发回的 JSON 文件。")
        ) from error
    _told(close_with_receipt(receipt=given, actor=OPERATOR, trusted_key=trust), as_json)


@command(app, "list")
def list_handovers(as_json: Json = False) -> None:
    """最近的移交。

    JSON：`handovers`，每项含 `id`、`title`、`state`。
    """
    from lantai.core.cli import print_table

    from .models import Handover

    rows = Handover.objects.select_related("agency", "archive").order_by("-prepared_at")[:50]
    print_table(
        [_("标识"), _("交接工作名称"), _("状态"), _("准备时间")],
        [(row.id, row.title, row.get_state_display(), row.prepared_at) for row in rows],
    )
    emit({"handovers": [{"id": row.id, "title": row.title, "state": row.state} for row in rows]}, as_json)


def _fonds(agency: str, code: str) -> Fonds:
    from lantai.core.errors import Invalid
    from lantai.institutions.api import organisation_by_code
    from lantai.records.api import Fonds

    rows = Fonds.objects.filter(creator=organisation_by_code(agency))
    found = list(rows.filter(code=code) if code else rows)
    if len(found) != 1:
        codes = "、".join(row.code for row in rows) or _("（没有）")
        raise Invalid(
            _("请用 --fonds 指明全宗。"), subject=agency, remedy=_("可选：%(codes)s。") % {"codes": codes}
        )
    return found[0]


def _handover(handover_id: UUID) -> Handover:
    from lantai.core.actors import SYSTEM

    from .selectors import handover_for

    return handover_for(SYSTEM, handover_id)


def _write_receipt(found: Handover, target: Path) -> None:
    import json

    from .receipts import issue_receipt

    target.write_text(json.dumps(issue_receipt(found), ensure_ascii=False, indent=1), encoding="utf-8")


def _told(found: Handover, as_json: bool, **more: str) -> None:
    """Says how a hand-over stands, and ends with the exit code that goes with it."""
    from .models import Handover

    say(f"{found.title}：{found.get_state_display()}")
    emit(
        {
            "handover": found.id,
            "state": found.state,
            "records": found.items.count(),
            "received": found.items.filter(received_at__isnull=False).count(),
            "report": found.report_id,
            "reason": found.returned_reason,
            **more,
        },
        as_json,
    )
    if found.state == Handover.State.RETURNED:
        raise typer.Exit(FINDINGS)
    if found.state == Handover.State.SUBMITTED:
        raise typer.Exit(AWAITS_PERSON)
