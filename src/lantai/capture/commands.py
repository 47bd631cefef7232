"""``lantai submit``: hand in a package from this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from django.utils.translation import gettext as _

from lantai.core.cli import AWAITS_PERSON, FINDINGS, OPERATOR, Json, command, emit, say
from lantai.core.jobs import run_inline

from .collecting import commands as collecting_commands
from .schedules import commands as schedule_commands

if TYPE_CHECKING:
    from .models import Submission
    from .services import Received

SHOWN = 50
"""Returned items told on a terminal; the report has them all."""


def register(app: typer.Typer) -> None:
    """Adds the commands of capture."""
    command(app, "submit")(submit)
    command(app, "watch")(watch)
    schedule_commands.register(app)
    collecting_commands.register(app)


def submit(
    path: Annotated[Path, typer.Argument(help="归档包：文件夹，或 ZIP、TAR 文件。")],
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

    received = _process(path, agency, key, title, previous)
    found = received.submission
    standing = str(standing_verdict(found.report)) if found.report else ""
    _tell(found)
    emit(
        {
            "submission": found.id,
            "created": received.created,
            "state": found.state,
            **{name: found.counts[name] for name in ("items", "accepted", "returned", "purged")},
            "report": found.report_id,
            "verdict": standing,
        },
        as_json,
    )
    if found.counts["returned"]:
        raise typer.Exit(FINDINGS)
    if standing == "awaiting":
        raise typer.Exit(AWAITS_PERSON)


def watch(
    folder: Annotated[Path, typer.Argument(help="收取归档包的文件夹。")],
    agency: Annotated[str, typer.Option(help="立档单位的机构代码。")],
    once: Annotated[bool, typer.Option("--once", help="收完已经放好的就结束，不再守候。")] = False,
    as_json: Json = False,
) -> None:
    """守候一个文件夹：放进来的归档包放稳即收取、检测、归档，连同报告移到 .done 或 .failed。

    放稳指 WATCH_STABLE_S 秒没有变化，或旁边有同名的 .ready 文件。按 Ctrl-C 结束；由任务进程常年守候见设置 WATCH。

    JSON：`folder`、`taken`、`accepted`、`other`（退回或部分归档的批数）。
    """
    from lantai.institutions.api import organisation_by_code

    from .channels.watched import Watcher

    watcher = Watcher(folder.resolve(), organisation_by_code(agency), OPERATOR, enqueue=False)
    states = watcher.watch(_process_here, once=once)
    accepted = states.count("accepted")
    emit(
        {"folder": str(folder), "taken": len(states), "accepted": accepted, "other": len(states) - accepted},
        as_json,
    )
    if accepted < len(states):
        raise typer.Exit(FINDINGS)


def _process_here(found: Submission) -> None:
    """Processes a submission that was taken, and tells what became of it."""
    from .services import PROCESS

    if not found.is_finished:
        run_inline(PROCESS, OPERATOR, title=found.title, submission_id=str(found.id))
        found.refresh_from_db()
    _tell(found)


def _process(path: Path, agency: str, key: str, title: str, previous: str) -> Received:
    """Takes the package in and processes it here and now."""
    from lantai.institutions.api import organisation_by_code

    from .models import Submission
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
    return received


def _tell(found: Submission) -> None:
    """What became of the package, and what to do about each item that came back."""
    from .selectors import returned_items

    say(_("%(title)s：归档 %(accepted)s 件，退回 %(returned)s 件。") % {"title": found.title, **found.counts})
    for finding in found.counts["findings"]:
        say(f"  {finding['code']} {finding['subject']} {finding['observed']} {finding['remedy']}")
    for item in returned_items(found)[:SHOWN]:
        say(f"  {item.sequence:>4}  {item.title}")
        for finding in item.findings:
            say(f"        {finding['code']} {finding['observed']} {finding['remedy']}")
