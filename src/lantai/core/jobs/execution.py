"""Running jobs: from the queue (Django Tasks) or here and now."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from ..actors import Actor
from ..errors import LantaiError
from .kinds import find_kind
from .models import Job, JobState, Worker
from .presence import is_gone, present
from .run import Cancelled, HelpingRun, JobRun, Paused, Superseded

if TYPE_CHECKING:
    from rich.progress import Progress

log = structlog.get_logger("lantai.jobs")

MOST_HELPERS = 16
"""How many further workers are asked to share one job."""


def create_job(kind: str, actor: Actor, title: str | None, params: dict[str, Any]) -> Job:
    """A queued job that nothing runs yet."""
    return Job.objects.create(
        kind=kind,
        title=title or find_kind(kind).title,
        params=json.loads(json.dumps(params, cls=DjangoJSONEncoder)),
        actor_data={
            "id": actor.id,
            "name": actor.name,
            "roles": sorted(actor.roles),
            "organisation_id": actor.organisation_id,
            "department_id": actor.department_id,
            "via": actor.via,
        },
        actor_ref=actor.id,
        organisation_id=actor.organisation_id,
    )


def enqueue(job: Job) -> None:
    """Has a worker run a queued job once the caller's transaction commits."""
    with transaction.atomic():
        result = run_job.enqueue(str(job.id))
        Job.objects.filter(id=job.id).update(task_id=result.id)


@task  # type: ignore[untyped-decorator, unused-ignore]
def run_job(job_id: str) -> str:
    """The task the queue knows: runs one job. Its own outcome is the job's, not the task's."""
    job, _fault = execute(UUID(job_id))
    return job.state if job else "taken"


def ask_for_help(job: Job) -> None:
    """Asks the other workers, as many as live, to share a running job that may be shared."""
    if find_kind(job.kind).helper is None:
        return
    with present() as mine:
        others = Worker.objects.filter(serves=True).exclude(id=mine.id)
        count = sum(not is_gone(worker) for worker in others[:MOST_HELPERS])
    for _helper in range(count):
        help_job.enqueue(str(job.id), job.attempt)


@task  # type: ignore[untyped-decorator, unused-ignore]
def help_job(job_id: str, attempt: int) -> str:
    """The task of a worker asked for help: shares the chunks of a running job while there are any; says how many."""
    job = Job.objects.filter(id=UUID(job_id), attempt=attempt, state=JobState.RUNNING).first()
    helper = find_kind(job.kind).helper if job else None
    if job is None or helper is None:
        return "0"
    run = HelpingRun(job)
    with present():
        try:
            helper(run, **job.params)
        except (Cancelled, Paused, Superseded):
            pass
        except Exception as error:  # noqa: BLE001 - whoever runs the job meets it at the same chunk, and tells
            log.warning("help failed", job=job_id, kind=job.kind, error=type(error).__name__)
    if run.committed:
        run.log(_("另一任务进程分担了 %(count)s 批。") % {"count": run.committed})
    return str(run.committed)


def run_inline(
    kind: str,
    actor: Actor,
    progress: Progress | bool = True,
    title: str | None = None,
    **params: Any,
) -> Job:
    """Runs a job in this process and returns it when it is done.

    Args:
        kind: the job's key.
        actor: who has it done.
        progress: ``True`` draws a bar on standard error if that is a terminal; a ``Progress``
            is drawn into; ``False`` is silent.
        title: what people see; by default the kind's title.
        params: what the job's function is given.

    Raises:
        LantaiError: what the job's function raised; so for any other exception. The job then
            stands as failed and can be resumed.
    """
    from ..cli import progress as progress_bar

    job = create_job(kind, actor, title, params)
    bar = nullcontext(progress) if not isinstance(progress, bool) else progress_bar(shown=progress)
    with bar as drawn:
        finished, fault = execute(job.id, observe=_drawing(drawn))
    if fault is not None:
        raise fault
    return finished or Job.objects.get(id=job.id)


def execute(
    job_id: UUID, observe: Callable[[Job], None] | None = None
) -> tuple[Job | None, BaseException | None]:
    """Claims and runs a queued job.

    Returns:
        the job as it stands after it, ``None`` if somebody else has it; and what it raised.
    """
    with present() as worker:
        job = _claim(job_id, worker)
        if job is None:
            return None, None
        fault = _run(JobRun(job, observe, ask_for_help))
    return Job.objects.filter(id=job_id).first(), fault


def _claim(job_id: UUID, worker: Worker) -> Job | None:
    claimed = Job.objects.filter(id=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING,
        attempt=F("attempt") + 1,
        worker=worker,
        started_at=timezone.now(),
        finished_at=None,
        error="",
        traceback="",
    )
    return Job.objects.get(id=job_id) if claimed else None


def _run(run: JobRun) -> BaseException | None:
    try:
        result = find_kind(run.job.kind).function(run, **run.job.params)
    except Cancelled:
        _close(run, JobState.CANCELLED)
    except Paused:
        with transaction.atomic():
            _close(run, JobState.QUEUED, finished_at=None)
            enqueue(run.job)
    except Superseded:
        log.warning("job superseded", job=str(run.job.id), kind=run.job.kind)
    except KeyboardInterrupt as stop:
        _close(run, JobState.CANCELLED)
        return stop
    except LantaiError as error:
        _close(run, JobState.FAILED, error=str(error))
        return error
    except Exception as error:  # noqa: BLE001 - the job runner is where any fault ends
        log.error("job failed", job=str(run.job.id), kind=run.job.kind, error=type(error).__name__)
        _close(
            run,
            JobState.FAILED,
            error=_(
                "程序出错（%(fault)s）。请把任务编号告诉系统管理员；排除后可恢复任务，已完成的部分不会重做。"
            )
            % {"fault": type(error).__name__},
            traceback="".join(traceback.format_exception(error)),
        )
        return error
    else:
        _close(run, JobState.DONE, result=result, eta_s=None, cancel_requested=False)
    return None


def _close(run: JobRun, state: JobState, **values: Any) -> None:
    finished_at: datetime | None = timezone.now()
    values = {"finished_at": finished_at, "eta_s": None, **values}
    Job.objects.filter(id=run.job.id, attempt=run.job.attempt, state=JobState.RUNNING).update(
        state=state, worker=None, **values
    )


def _drawing(progress: Progress | None) -> Callable[[Job], None] | None:
    if progress is None:
        return None
    bars: dict[str, Any] = {}

    def draw(job: Job) -> None:
        name = job.step or job.title
        if name not in bars:
            bars[name] = progress.add_task(name, total=job.total)
        progress.update(bars[name], completed=job.done, total=job.total)

    return draw
