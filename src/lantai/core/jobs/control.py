"""Starting, watching, cancelling, resuming and rescuing jobs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import default_task_backend

from .. import ports
from ..actors import Actor
from ..errors import Conflict
from .execution import create_job, enqueue
from .models import Job, JobLine, JobState, Worker
from .presence import is_gone

OVERSEE = "core.oversee_jobs"
"""The act of seeing, cancelling and resuming jobs of others."""

DEATHS_BORNE = 10
"""How many processes may die over a job that gets nothing done in between, before it is given up."""


class Queue(Protocol):
    """What carries tasks to workers, besides being a backend of Django Tasks."""

    def lost(self, task_ids: Collection[UUID]) -> set[UUID]:
        """Those of the tasks whose jobs still wait that no worker will be given any more."""

    def tidy(self) -> None:
        """Forgets what nobody needs."""


def start(kind: str, actor: Actor, title: str | None = None, **params: Any) -> Job:
    """Creates a job for the worker to run once the caller's transaction commits.

    Args:
        kind: the job's key.
        actor: who has it done.
        title: what people see; by default the kind's title.
        params: what the job's function is given, JSON values.
    """
    with transaction.atomic():
        job = create_job(kind, actor, title, params)
        enqueue(job)
    return job


def visible_to(actor: Actor) -> QuerySet[Job]:
    """The jobs an actor may see: own ones, those of the same organisation, all for who oversees."""
    if ports.allows(actor, OVERSEE):
        return Job.objects.all()
    mine = Q(actor_ref=actor.id)
    if actor.organisation_id is not None:
        mine |= Q(organisation_id=actor.organisation_id)
    return Job.objects.filter(mine)


def cancel(job: Job, actor: Actor) -> None:
    """Cancels a job: at once while it waits, after the chunk it is at while it runs.

    Raises:
        Conflict: the job has ended.
        Forbidden: it is somebody else's.
    """
    _require(job, actor)
    waiting = Job.objects.filter(id=job.id, state=JobState.QUEUED)
    if waiting.update(state=JobState.CANCELLED, finished_at=timezone.now()):
        return
    if not Job.objects.filter(id=job.id, state=JobState.RUNNING).update(cancel_requested=True):
        raise Conflict(_("任务已经结束，不能取消。"), subject=job.title, remedy=_("刷新页面查看结果。"))


def resume(job: Job, actor: Actor) -> None:
    """Has a failed or cancelled job go on; chunks that were committed are not done again.

    Raises:
        Conflict: the job runs, waits or is done.
        Forbidden: it is somebody else's.
    """
    _require(job, actor)
    ended = Job.objects.filter(id=job.id, state__in=[JobState.FAILED, JobState.CANCELLED])
    with transaction.atomic():
        if not _queue(ended):
            raise Conflict(
                _("只有失败或已取消的任务可以恢复。"), subject=job.title, remedy=_("刷新页面查看任务现状。")
            )
        enqueue(job)


def rescue() -> int:
    """Queues again every job whose process died; called by a ticker. Returns how many."""
    for worker in Worker.objects.all():
        if is_gone(worker):
            worker.delete()
    rescued = 0
    for job in Job.objects.filter(state=JobState.RUNNING, worker=None):
        running = Job.objects.filter(id=job.id, state=JobState.RUNNING, attempt=job.attempt, worker=None)
        if job.cancel_requested:
            running.update(state=JobState.CANCELLED, finished_at=timezone.now())
            continue
        with transaction.atomic():
            if _is_deadly(job):
                running.update(state=JobState.FAILED, finished_at=timezone.now(), error=_deadly())
            elif _queue(running):
                JobLine.objects.create(job=job, text=_died())
                enqueue(job)
                rescued += 1
    queue = cast("Queue", default_task_backend)
    rescued += _requeue_lost(queue)
    queue.tidy()
    return rescued


def _is_deadly(job: Job) -> bool:
    """Whether process after process died over it with no chunk committed since: it would go on for ever."""
    deaths = job.log.filter(text=_died())
    last = job.marks.order_by("-id").first()
    return (deaths.filter(id__gt=last.id) if last else deaths).count() >= DEATHS_BORNE


def _died() -> str:
    return _("做这项任务的进程意外中断，已重新排队。")


def _deadly() -> str:
    return _(
        "做这项任务的进程接连 %(count)s 次意外中断，没有进展，已不再重试。"
        "请系统管理员查看内存与日志；排除后可恢复任务，已完成的部分不会重做。"
    ) % {"count": DEATHS_BORNE}


def _queue(jobs: QuerySet[Job]) -> int:
    return jobs.update(state=JobState.QUEUED, cancel_requested=False, finished_at=None, worker=None)


def _requeue_lost(queue: Queue) -> int:
    """Jobs that wait although the task meant to run them went lost: with its worker, or with a broker."""
    waiting = Job.objects.filter(state=JobState.QUEUED, task_id__isnull=False)
    lost = queue.lost([task_id for task_id in waiting.values_list("task_id", flat=True) if task_id])
    for job in waiting.filter(task_id__in=lost):
        enqueue(job)
    return len(lost)


def _require(job: Job, actor: Actor) -> None:
    if job.actor_ref != actor.id:
        ports.require(actor, OVERSEE, subject=job.title)
