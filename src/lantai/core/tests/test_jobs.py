"""Jobs tell how far they are, stop when asked, and go on where they stopped."""

from uuid import uuid4

import pytest
from django_tasks_db.models import DBTaskResult

from lantai.core import jobs, ports
from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.core.jobs import Job, JobState, control, job, run_inline, start
from lantai.core.jobs import run as runs
from lantai.core.jobs.execution import execute, run_job
from lantai.core.jobs.models import JobMark, Worker

pytestmark = pytest.mark.django_db
CLERK = Actor(id="c1", name="林岚", roles=frozenset({"clerk"}), organisation_id=uuid4())
state = {"done": [], "stop": None}


@pytest.fixture(autouse=True)
def fresh():
    state.update(done=[], stop=None, items=list(range(10)), meddle=lambda run: None)


@job("core.test_count", title="数数")
def count(run, **params):
    run.step("数数", total=10)
    for chunk in run.chunks(state["items"], size=3):
        with run.commit(chunk):
            state["meddle"](run)
            if state["stop"] in chunk:
                raise Invalid("数不下去了。", subject=str(state["stop"]))
            for item in chunk:
                run.log(str(item))
    run.log("完")
    return {"counted": run.job.done, **params}


def lines(job):
    return [line.text for line in job.log.order_by("id")]


def test_a_job_ends_with_its_result_progress_and_log():
    ended = run_inline("core.test_count", SYSTEM, progress=False, base=7)
    assert (ended.state, ended.step, ended.done, ended.total) == (JobState.DONE, "数数", 10, 10)
    assert ended.rate > 0
    assert ended.result == {"counted": 10, "base": 7}
    assert lines(ended) == [*map(str, range(10)), "完"]


def test_parameters_arrive_as_json_values_however_it_is_run():
    record_id = uuid4()
    assert run_inline("core.test_count", SYSTEM, progress=False, record=record_id).result["record"] == str(
        record_id
    )


def test_a_failed_chunk_leaves_nothing_and_resume_does_only_what_is_missing():
    state["stop"] = 4
    with pytest.raises(Invalid):
        run_inline("core.test_count", SYSTEM, progress=False)
    failed = Job.objects.get()
    assert failed.state == JobState.FAILED
    assert "数不下去了" in failed.error
    assert (failed.done, lines(failed)) == (3, ["0", "1", "2"])
    state["stop"] = None
    jobs.resume(failed, SYSTEM)
    ended, fault = execute(failed.id)
    assert fault is None
    assert (ended.state, ended.done, ended.attempt) == (JobState.DONE, 10, 2)
    assert lines(ended) == [*map(str, range(10)), "完"]


@pytest.mark.parametrize("left", [[*range(3, 10)], [9, 8, 7, 6, 5, 4, 3], [*range(10)][::-1]])
def test_a_resumed_job_may_be_given_what_is_left_in_any_order(left):
    state["stop"] = 4
    with pytest.raises(Invalid):
        run_inline("core.test_count", SYSTEM, progress=False)
    state.update(stop=None, items=left)
    failed = Job.objects.get()
    jobs.resume(failed, SYSTEM)
    ended, _ = execute(failed.id)
    assert ended.done == 10
    assert sorted(lines(ended)) == sorted([*map(str, range(10)), "完"])


def test_items_that_cannot_be_told_apart_are_refused():
    state["items"] = [1, 2, 1]
    with pytest.raises(ValueError, match="share the key"):
        run_inline("core.test_count", SYSTEM, progress=False)
    failed = Job.objects.get()
    assert "ValueError" in failed.error
    assert "share the key" in failed.traceback


def test_a_cancelled_job_stops_after_its_chunk_and_goes_on_later():
    def cancel_at_four(run):
        if run.job.done == 3:
            jobs.cancel(run.job, SYSTEM)

    state["meddle"] = cancel_at_four
    cancelled = run_inline("core.test_count", SYSTEM, progress=False)
    assert (cancelled.state, cancelled.done) == (JobState.CANCELLED, 6)
    state["meddle"] = lambda run: None
    jobs.resume(cancelled, SYSTEM)
    ended, _ = execute(cancelled.id)
    assert (ended.state, len(lines(ended))) == (JobState.DONE, 11)
    with pytest.raises(Conflict):
        jobs.cancel(ended, SYSTEM)
    with pytest.raises(Conflict):
        jobs.resume(ended, SYSTEM)


def test_a_run_that_was_replaced_commits_nothing_more():
    def replace(run):
        Job.objects.filter(id=run.job.id).update(attempt=9)

    state["meddle"] = replace
    with pytest.raises(runs.Superseded):
        _run_directly()
    assert not Job.objects.get().marks.exists()
    assert lines(Job.objects.get()) == []


def _run_directly():
    one = start("core.test_count", SYSTEM)
    Job.objects.filter(id=one.id).update(state=JobState.RUNNING, attempt=1)
    one.refresh_from_db()
    count(jobs.JobRun(one))


def test_a_queued_job_is_run_by_its_task_and_only_once():
    queued = start("core.test_count", CLERK, title="数一数")
    task = DBTaskResult.objects.get()
    assert task.args_kwargs["args"] == [str(queued.id)]
    assert run_job.call(str(queued.id)) == "done"
    assert run_job.call(str(queued.id)) == "taken"
    queued.refresh_from_db()
    assert queued.actor == CLERK
    assert (queued.title, queued.attempt) == ("数一数", 1)


def test_a_job_whose_process_died_is_queued_again():
    queued = start("core.test_count", SYSTEM)
    dead = Worker.objects.create(place="elsewhere", pid=1, pid_started="1", seen_at="2020-01-01T00:00Z")
    Job.objects.filter(id=queued.id).update(state=JobState.RUNNING, attempt=1, worker=dead)
    assert jobs.rescue() == 1
    queued.refresh_from_db()
    assert queued.state == JobState.QUEUED
    assert DBTaskResult.objects.count() == 2
    assert jobs.rescue() == 0


def _die(job):
    """A process begins the job and is killed."""
    dead = Worker.objects.create(place="elsewhere", pid=1, pid_started="1", seen_at="2020-01-01T00:00Z")
    Job.objects.filter(id=job.id).update(state=JobState.RUNNING, worker=dead)
    jobs.rescue()
    job.refresh_from_db()
    return job


def test_a_job_that_kills_every_process_is_given_up_and_said_to_be():
    deadly = start("core.test_count", SYSTEM)
    states = [_die(deadly).state for _death in range(control.DEATHS_BORNE + 1)]
    assert states == [JobState.QUEUED] * control.DEATHS_BORNE + [JobState.FAILED]
    assert "没有进展" in deadly.error
    assert deadly.is_resumable


def test_a_job_that_gets_on_between_the_deaths_is_never_given_up():
    killed = start("core.test_count", SYSTEM)
    for _step in range(3):
        for _death in range(control.DEATHS_BORNE):
            assert _die(killed).state == JobState.QUEUED
        JobMark.objects.create(job=killed, step="数数", items=b"")


def test_a_dead_process_told_to_cancel_is_not_started_again():
    queued = start("core.test_count", SYSTEM)
    Job.objects.filter(id=queued.id).update(state=JobState.RUNNING, attempt=1, cancel_requested=True)
    assert jobs.rescue() == 0
    queued.refresh_from_db()
    assert queued.state == JobState.CANCELLED


def test_a_job_whose_task_was_taken_and_lost_is_queued_again():
    queued = start("core.test_count", SYSTEM)
    DBTaskResult.objects.update(status="RUNNING", started_at="2020-01-01T00:00Z")
    assert jobs.rescue() == 1
    assert DBTaskResult.objects.get(status="READY").args_kwargs["args"] == [str(queued.id)]
    assert jobs.rescue() == 0


def test_a_process_told_to_stop_hands_its_job_on():
    state["meddle"] = lambda run: runs.pausing.set()
    try:
        paused = run_inline("core.test_count", SYSTEM, progress=False)
    finally:
        runs.pausing.clear()
    assert (paused.state, paused.done, paused.worker_id) == (JobState.QUEUED, 3, None)
    state["meddle"] = lambda run: None
    assert run_job.call(str(paused.id)) == "done"
    assert sorted(lines(paused)) == sorted([*map(str, range(10)), "完"])


@job("core.test_advance", title="走着数")
def stroll(run):
    run.step("走着数", total=4)
    for item in range(4):
        state["meddle"](run)
        run.advance()
        run.log(str(item))


def test_work_without_marks_pauses_and_is_cancelled_too():
    state["meddle"] = lambda run: runs.pausing.set()
    try:
        paused = run_inline("core.test_advance", SYSTEM, progress=False)
    finally:
        runs.pausing.clear()
    assert (paused.state, paused.done) == (JobState.QUEUED, 1)
    state["meddle"] = lambda run: run.job.done == 2 and jobs.cancel(run.job, SYSTEM)
    ended, _ = execute(paused.id)
    assert (ended.state, lines(ended)) == (JobState.CANCELLED, ["0", "1"])


def test_an_unknown_kind_fails_with_a_remedy():
    with pytest.raises(NotFound):
        start("core.no_such", SYSTEM)


def test_people_see_and_stop_their_own_jobs_and_those_of_their_organisation(monkeypatch):
    monkeypatch.setattr(ports, "_authorisers", [_NoOneOversees()])
    stranger = Actor(id="x", name="外人", roles=frozenset({"clerk"}), organisation_id=uuid4())
    colleague = Actor(id="y", name="同事", roles=frozenset({"clerk"}), organisation_id=CLERK.organisation_id)
    mine = start("core.test_count", CLERK)
    assert [*jobs.visible_to(CLERK)] == [*jobs.visible_to(colleague)] == [mine]
    assert not jobs.visible_to(stranger).exists()
    with pytest.raises(Forbidden):
        jobs.cancel(mine, colleague)
    jobs.cancel(mine, CLERK)
    mine.refresh_from_db()
    assert mine.state == JobState.CANCELLED


class _NoOneOversees:
    def allows(self, actor, act, scope):
        return False
