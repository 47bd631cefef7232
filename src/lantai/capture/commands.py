"""``lantai submit``: hand in a package from this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from django.utils.translation import gettext as _

from lantai.core.cli import AWAITS_PERSON, FINDINGS, OPERATOR, Json, command, emit, say
from lantai.core.jobs import run_inline


def register(app: typer.Typer) -> None:
    """Adds the commands of capture."""
    command(app, "submit")(submit)


def submit(
    path: Annotated[Path, typer.Argument(help="归档包：文件夹，或 ZIP、TAR 文件。", exists=True)],
    agency: Annotated[str, typer.Option(help="立档单位的机构代码。")],
    key: Annotated[str, typer.Option(help="提交标识；同一标识、同一内容只收一次。")] = "",
    title: Annotated[str, typer.Option(help="批次名称；不填时用文件名。")] = "",
    previous: Annotated[str, typer.Option(help="所接续的退回批次的标识。")] = "",
    as_json: Json = False,
) -> None:
    """提交一个归档包，检测并归档；有退回的件时退出码为 1，有待人工签署的项目时为 4。

    JSON：`submission`、`created`、`state`、`items`、`accepted`、`returned`、`purged`、`report`、`verdict`。
    """
    from lantai.inspection.api import standing_verdict
    from lantai.institutions.api import organisation_by_code

    from .models import Submission
    from .selectors import returned_items
    from .services import PROCESS, previous_submission, receive_package

    organisation = organisation_by_code(agency)
    received = receive_package(
        file=path.resolve(),
        agency=organisation,
        channel=Submission.Channel.FOLDER,
        key=key,
        actor=OPERATOR,
        title=title,
        previous=previous_submission(organisation, previous),
        enqueue=False,
    )
    found = received.submission
    if not found.is_finished:
        run_inline(PROCESS, OPERATOR, title=found.title, submission_id=str(found.id))
        found.refresh_from_db()
    counts = found.counts
    say(
        _("%(title)s：归档 %(accepted)s 件，退回 %(returned)s 件。")
        % {"title": found.title, "accepted": counts["accepted"], "returned": counts["returned"]}
    )
    for finding in counts["findings"]:
        say(f"  {finding['code']} {finding['subject']} {finding['observed']} {finding['remedy']}")
    for item in returned_items(found)[:50]:
        say(f"  {item.sequence:>4}  {item.title}")
        for finding in item.findings:
            say(f"        {finding['code']} {finding['observed']} {finding['remedy']}")
    standing = standing_verdict(found.report) if found.report else ""
    emit(
        {
            "submission": found.id,
            "created": received.created,
            "state": found.state,
            "items": counts["items"],
            "accepted": counts["accepted"],
            "returned": counts["returned"],
            "purged": counts["purged"],
            "report": found.report_id,
            "verdict": str(standing),
        },
        as_json,
    )
    if counts["returned"]:
        raise typer.Exit(FINDINGS)
    if standing == "awaiting":
        raise typer.Exit(AWAITS_PERSON)
