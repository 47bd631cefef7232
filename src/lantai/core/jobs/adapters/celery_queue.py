"""Tasks carried by Celery over RabbitMQ. A message names a task; what is true stands in the job tables.

So a message may be lost or come twice: a job is claimed in the database, once, and
:meth:`CeleryQueue.lost` tells the rescuer which waiting jobs no message is under way for.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from amqp.exceptions import AMQPError, NotFound
from celery import Celery
from celery.worker import WorkController, state
from django.db import close_old_connections, transaction
from django.utils.module_loading import import_string
from django_tasks import TaskResultStatus
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult
from django_tasks.signals import task_enqueued
from kombu.exceptions import KombuError

from ...errors import Unavailable
from ...identifiers import new_id
from ...language import gettext as _
from ...settings import BROKER_URL

log = structlog.get_logger("lantai.jobs")

QUEUE = "lantai"
PERFORM = "lantai.perform"
ANSWER_S = 3.0
"""How long the broker may take to take a message before it counts as away, seconds."""
UNDER_WAY_S = 10.0
"""How long a task may be between queue and claim, seconds."""
OVERDUE_S = 3600.0
"""After how long a task is sent again although others wait in the queue too, seconds."""


_AWAY = (KombuError, AMQPError, OSError)


class CeleryQueue(BaseTaskBackend):  # type: ignore[misc, unused-ignore]
    """A backend of Django Tasks that hands them to Celery."""

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Sends a task once the caller's transaction commits; a broker that is away is no fault of the caller."""
        self.validate_task(task)
        result: TaskResult[Any] = TaskResult(
            task=task,
            id=str(new_id()),
            status=TaskResultStatus.READY,
            enqueued_at=None,
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=list(args),
            kwargs=dict(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        transaction.on_commit(lambda: self._send(result))
        return result

    def lost(self, task_ids: Collection[UUID]) -> set[UUID]:
        """Tasks no message is under way for, of those still waited for; none while the broker is away."""
        if not task_ids:
            return set()
        try:
            patience_s = OVERDUE_S if waiting() else UNDER_WAY_S
        except Unavailable:
            return set()
        now = time.time()
        return {task_id for task_id in task_ids if abs(now - _made_at(task_id)) > patience_s}

    def tidy(self) -> None:
        """Nothing is kept here."""

    def _send(self, result: TaskResult[Any]) -> None:
        try:
            application().send_task(
                PERFORM,
                args=[result.task.module_path, result.args, result.kwargs],
                task_id=result.id,
                queue=QUEUE,
                retry=False,
                confirm_timeout=ANSWER_S,
            )
        except _AWAY as error:
            log.warning("broker away", task=result.id, error=type(error).__name__)
            return
        task_enqueued.send(type(self), task_result=result)


def application() -> Celery:
    """The Celery application of this process."""
    return _application(BROKER_URL.read())


@cache
def _application(broker: str) -> Celery:
    app = Celery("lantai", broker=broker, fixups=[], set_as_current=False)
    app.conf.update(
        task_default_queue=QUEUE,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,  # with one message at a time, or a waiting job is held behind a long one
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_timeout=ANSWER_S,
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        # one more try at once, for a connection that broke meanwhile; then the rescuer sends it later
        broker_transport_options={
            "confirm_publish": True,
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
            "interval_max": 0,
        },
    )
    app.task(name=PERFORM)(_perform)
    return app


def _perform(path: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Runs the task a message names."""
    close_old_connections()
    try:
        task = import_string(path)
        if not isinstance(task, Task):
            raise TypeError(f"{path} is no task")
        task.call(*args, **kwargs)
    finally:
        close_old_connections()


class CeleryLoop:
    """Takes tasks from the broker, one at a time, until told to stop."""

    def run(self) -> None:
        """Works until :meth:`shutdown`; a broker that goes away is waited for."""
        worker = WorkController(
            app=application(), hostname=f"lantai-{new_id().hex[-12:]}", pool_cls="threads", concurrency=1,
            without_gossip=True, without_mingle=True, quiet=True,
        )  # fmt: skip
        worker.start()

    def shutdown(self) -> None:
        """Takes no more tasks; the one in hand is waited for."""
        state.should_stop = 0


def waiting() -> int:
    """How many messages wait in the queue.

    Raises:
        Unavailable: the broker does not answer, or does not let us in.
    """
    return _queue()[0]


def observed() -> str:
    """The broker in a line, for ``lantai doctor``.

    Raises:
        Unavailable: see :func:`waiting`.
    """
    messages, consumers = _queue()
    return _("%(address)s，待取 %(messages)s 条，%(consumers)s 个任务进程在取") % {
        "address": application().connection().as_uri(),
        "messages": messages,
        "consumers": consumers,
    }


def _queue() -> tuple[int, int]:
    try:
        with application().connection() as connection:
            connection.ensure_connection(max_retries=1, timeout=ANSWER_S)
            told = connection.default_channel.queue_declare(QUEUE, passive=True)
    except NotFound:  # nobody has sent or taken anything yet
        return 0, 0
    except _AWAY as error:
        raise Unavailable(
            _("消息队列没有应答：%(error)s。") % {"error": error},
            subject=application().connection().as_uri(),
            remedy=_("启动 rabbitmq-server；核对 LANTAI_BROKER_URL 的主机、用户、口令和虚拟主机。"),
        ) from error
    return told.message_count, told.consumer_count


def _made_at(task_id: UUID) -> float:
    """When a task was made, seconds since 1970; long ago if another queue made it."""
    return (task_id.int >> 80) / 1000 if task_id.version == 7 else 0.0
