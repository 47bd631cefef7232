"""Commands of the core: ``lantai settings`` and ``lantai jobs``."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from django.db.models import Q

from . import cli, jobs
from .errors import NotFound
from .jobs.models import Job, JobState
from .language import gettext as _
from .settings import SETTINGS

JobId = Annotated[str, typer.Argument(help="任务编号，或其开头几位。")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    cli.command(app)(settings)
    group = typer.Typer(no_args_is_help=True, help="查看、取消、恢复任务。")
    cli.command(group, "list")(list_jobs)
    cli.command(group, "show")(show_job)
    cli.command(group, "cancel")(cancel_job)
    cli.command(group, "resume")(resume_job)
    app.add_typer(group, name="jobs")


def settings(as_json: cli.Json = False) -> None:
    """列出全部设置：现值、来源、含义。密钥与口令不显示。

    JSON：`settings`，以名为键，含 `value`、`source`、`help`。
    """
    values = {
        name: {"value": setting.shown(), "source": setting.source(), "help": setting.help}
        for name, setting in sorted(SETTINGS.items())
    }
    cli.print_table(
        [_("设置"), _("现值"), _("来源"), _("含义")],
        [(f"LANTAI_{name}", row["value"], row["source"], row["help"]) for name, row in values.items()],
    )
    cli.emit({"settings": values}, as_json)


def list_jobs(
    state: Annotated[JobState | None, typer.Option(help="只列这一状态的任务。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="最多列几项，新的在前。")] = 20,
    as_json: cli.Json = False,
) -> None:
    """列出任务，新的在前。

    JSON：`jobs`，每项含 `id`、`kind`、`title`、`state`、`step`、`done`、`total`、`rate`、`eta_s`、`attempt`、
    `created_at`、`started_at`、`finished_at`、`result`、`error`。
    """
    found = list(Job.objects.filter(**({"state": state} if state else {})).order_by("-id")[:limit])
    if found:
        cli.print_table(
            [_("编号"), _("任务"), _("状态"), _("步骤"), _("进度"), _("提交时间")],
            [
                (job.id, job.title, job.get_state_display(), job.step, _progress(job), job.created_at)
                for job in found
            ],
        )
    else:
        cli.say(_("没有任务。"))
    cli.emit({"jobs": [_summary(job) for job in found]}, as_json)


def show_job(job_id: JobId, as_json: cli.Json = False) -> None:
    """显示一项任务的进度、结果与日志。

    JSON：`job`（同 `lantai jobs list`）；`log`，每行含 `at`、`text`。
    """
    job = _find(job_id)
    lines = [(line.at, line.text) for line in job.log.order_by("id")]
    cli.print_table(
        ["", ""],
        [
            (_("任务"), job.title),
            (_("编号"), job.id),
            (_("状态"), job.get_state_display()),
            (_("步骤"), job.step),
            (_("进度"), _progress(job)),
            (_("开始"), job.started_at),
            (_("结束"), job.finished_at),
            (_("错误"), job.error or "—"),
        ],
    )
    if lines:
        cli.print_table([_("时间"), _("日志")], lines)
    if job.traceback:
        cli.say(job.traceback, style="dim")
    cli.emit({"job": _summary(job), "log": [{"at": at, "text": text} for at, text in lines]}, as_json)


def cancel_job(job_id: JobId, as_json: cli.Json = False) -> None:
    """取消任务；正在进行的，做完手头一批后停下，已完成的部分保留。

    JSON：`job`（同 `lantai jobs list`）。
    """
    job = _find(job_id)
    jobs.cancel(job, cli.OPERATOR)
    job.refresh_from_db()
    cli.say(_("已取消。") if job.state == JobState.CANCELLED else _("已要求停止，做完手头一批后停下。"))
    cli.emit({"job": _summary(job)}, as_json)


def resume_job(job_id: JobId, as_json: cli.Json = False) -> None:
    """恢复失败或已取消的任务；已完成的部分不会重做。

    JSON：`job`（同 `lantai jobs list`）。
    """
    job = _find(job_id)
    jobs.resume(job, cli.OPERATOR)
    job.refresh_from_db()
    cli.say(_("已重新排队，任务进程会接着做。"))
    cli.emit({"job": _summary(job)}, as_json)


def _find(text: str) -> Job:
    """The one job whose id begins so."""
    digits = text.replace("-", "").lower()
    found: list[Job] = []
    if digits and set(digits) <= set("0123456789abcdef") and len(digits) <= 32:
        first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
        found = list(Job.objects.filter(Q(id__gte=first) & Q(id__lte=last))[:2])
    if len(found) != 1:
        what = _("不止一项任务以此开头。") if found else _("没有这项任务。")
        raise NotFound(what, subject=text, remedy=_("运行 lantai jobs list 查看任务编号。"))
    return found[0]


def _progress(job: Job) -> str:
    return f"{job.done} / {job.total}" if job.total is not None else str(job.done)


def _summary(job: Job) -> dict[str, Any]:
    names = ("id", "kind", "title", "state", "step", "done", "total", "rate", "eta_s", "attempt")
    more = ("created_at", "started_at", "finished_at", "result", "error")
    return {name: getattr(job, name) for name in (*names, *more)}
