"""Jobs over RabbitMQ: the broker may be away, forget or say things twice; the job tables know better."""

import os
from uuid import uuid4

import pytest

from lantai.core import jobs
from lantai.core.actors import SYSTEM
from lantai.core.errors import Unavailable
from lantai.core.identifiers import new_id
from lantai.core.jobs import Job, JobState, control, execution, job, start
from lantai.core.jobs.adapters import celery_queue

pytestmark = pytest.mark.django_db
BROKER = os.environ.get("LANTAI_TEST_BROKER", "")
AWAY = "amqp://guest:geheim@127.0.0.1:1//"


@job("core.test_carried", title="捎带")
def carried(run):
    run.log("到了")


@pytest.fixture
def queue(monkeypatch, request):
    """The queue of an installation whose broker is away, or the real one with nothing in it."""
    monkeypatch.setenv("LANTAI_BROKER_URL", getattr(request, "param", AWAY))
    monkeypatch.setattr(celery_queue, "QUEUE", f"lantai-{uuid4()}")
    celery_queue._application.cache_clear()
    made = celery_queue.CeleryQueue("default", {})
    monkeypatch.setattr(control, "default_task_backend", made)
    for task in (execution.run_job, execution.help_job):
        monkeypatch.setattr(type(task), "get_backend", lambda _task: made)
    yield made
    if request.node.get_closest_marker("services"):
        with celery_queue.application().connection() as connection:
            connection.default_channel.queue_delete(celery_queue.QUEUE)
    celery_queue.application().close()
    celery_queue._application.cache_clear()


def test_a_broker_that_is_away_loses_no_job_and_stops_nobody(queue, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        queued = start("core.test_carried", SYSTEM)
    assert queued.state == JobState.QUEUED
    assert jobs.rescue() == 0
    assert Job.objects.get().state == JobState.QUEUED


def test_a_broker_that_is_away_is_told_of_with_a_remedy_and_without_the_password(queue):
    with pytest.raises(Unavailable) as away:
        celery_queue.observed()
    assert "LANTAI_BROKER_URL" in away.value.remedy
    assert "geheim" not in f"{away.value.message}{away.value.subject}"


@pytest.mark.services
@pytest.mark.skipif(not BROKER, reason="needs RabbitMQ: make test-services")
@pytest.mark.parametrize("queue", [BROKER], indirect=True)
def test_what_a_broker_forgot_is_sent_again_and_what_comes_twice_is_done_once(
    queue, monkeypatch, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        queued = start("core.test_carried", SYSTEM)
    assert celery_queue.waiting() == 1
    with celery_queue.application().connection() as connection:
        connection.default_channel.queue_purge(celery_queue.QUEUE)
    assert jobs.rescue() == 0  # it may be on its way to a worker
    monkeypatch.setattr(celery_queue, "UNDER_WAY_S", 0)
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.rescue() == 1
    assert celery_queue.waiting() == 1
    assert jobs.rescue() == 0
    for _twice in range(2):
        execution.run_job.call(str(queued.id))
    queued.refresh_from_db()
    assert (queued.state, queued.attempt) == (JobState.DONE, 1)


def test_only_tasks_can_be_named(queue):
    with pytest.raises(TypeError):
        celery_queue._perform("os.getcwd", [], {})


def test_jobs_another_queue_held_are_sent_at_once(queue, monkeypatch):
    monkeypatch.setattr(celery_queue, "waiting", lambda: 3)
    ours, other = new_id(), uuid4()
    assert queue.lost([ours, other]) == {other}
