"""The machine's clock is set forwards and backwards: order, numbers, leases and jobs stay right."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lantai.capture.api import assign_numbers, fix_numbers
from lantai.capture.tests import factories as capture
from lantai.core import events, identifiers, jobs
from lantai.core.actors import SYSTEM
from lantai.core.jobs import JobState, start
from lantai.core.jobs.models import Job, Worker
from lantai.core.jobs.presence import _Clock
from lantai.core.models import OutboxMessage
from lantai.ledger.api import Entry, proof_of, sequence_pending, verify, write_evidence
from lantai.records.api import Record, RecordsChanged
from lantai.records.tests import factories as records

pytestmark = pytest.mark.django_db
JUMPS = [timedelta(days=400), timedelta(days=-400), timedelta(hours=-3)]


@pytest.fixture
def clock(monkeypatch):
    """Sets the clock of this process: what the time is, and what new identifiers are made of."""
    real_now, real_ns = timezone.now, identifiers.time.time_ns

    def set_by(jump):
        monkeypatch.setattr("django.utils.timezone.now", lambda: real_now() + jump)
        nanoseconds = int(jump.total_seconds() * 1e9)
        monkeypatch.setattr("lantai.core.identifiers.time.time_ns", lambda: real_ns() + nanoseconds)
        # Another process after the jump: it knows no identifier made before.
        monkeypatch.setattr("lantai.core.identifiers._last_ms", 0)

    return set_by


@pytest.mark.requirement("Z35")
def test_the_ledger_keeps_the_order_in_which_things_came(clock):
    made = []
    for jump in (timedelta(0), *JUMPS):
        clock(jump)
        record = records.record(title=f"相差{jump.days}天")
        made.append(Entry.objects.get(subject=f"record:{record.id}", act="records.create").id)
        sequence_pending()
    write_evidence()
    assert verify().ok, verify().findings
    places = [proof_of(key).index for key in made]
    assert places == sorted(places)
    assert not [found for key in made for found in proof_of(key).check() if found.outcome == "fail"]


@pytest.mark.requirement("Z1")
def test_numbers_go_on_where_they_were(clock):
    scheme = capture.scheme()
    for place, jump in enumerate([timedelta(0), *JUMPS], 1):
        clock(jump)
        capture.processed(capture.package(capture.item(place)))
        assign_numbers(scheme=scheme, year=2024, actor=SYSTEM)
        fix_numbers(scheme=scheme, year=2024, actor=SYSTEM)
        numbers = sorted(Record.objects.filter(number_state="fixed").values_list("item_number", flat=True))
        assert numbers == [*range(1, place + 1)]


def test_news_published_before_the_clock_went_back_is_delivered_at_once(clock, monkeypatch):
    told = []
    key = (RecordsChanged.event_type, "clock.test")
    monkeypatch.setitem(events._handlers, key, lambda news: told.extend(news))
    record = records.record()
    assert OutboxMessage.objects.filter(consumer="clock.test").count() == 1
    OutboxMessage.objects.filter(consumer="clock.test").update(
        next_try_at=timezone.now() + timedelta(days=400), attempts=3
    )
    clock(timedelta(days=-400))
    events.deliver_pending("clock.test")
    assert [[*event.record_ids] for event in told] == [[record.id]]


@pytest.mark.parametrize("jump", JUMPS)
def test_a_worker_elsewhere_is_not_taken_for_dead_because_the_clock_moved(clock, monkeypatch, jump):
    monkeypatch.setattr("lantai.core.jobs.presence._clock", _Clock())
    queued = start("core.test_clock", SYSTEM)
    alive = Worker.objects.create(place="elsewhere", pid=1, pid_started="1", seen_at=timezone.now())
    Job.objects.filter(id=queued.id).update(state=JobState.RUNNING, attempt=1, worker=alive)
    clock(jump)
    assert jobs.rescue() == 0
    assert Worker.objects.filter(id=alive.id).exists()
    # Its heart beats on and nobody elsewhere died; then it stops, and time passes.
    monkeypatch.setattr("lantai.core.jobs.presence._clock", _Clock())
    Worker.objects.filter(id=alive.id).update(seen_at=timezone.now())
    assert jobs.rescue() == 0
    Worker.objects.filter(id=alive.id).update(seen_at=timezone.now() - timedelta(days=1))
    assert jobs.rescue() == 1
    queued.refresh_from_db()
    assert queued.state == JobState.QUEUED


def test_a_job_whose_worker_died_before_the_clock_went_back_is_not_left_for_ever(clock, monkeypatch):
    queued = start("core.test_clock", SYSTEM)
    dead = Worker.objects.create(place="elsewhere", pid=1, pid_started="1", seen_at=timezone.now())
    Job.objects.filter(id=queued.id).update(state=JobState.RUNNING, attempt=1, worker=dead)
    clock(timedelta(days=-400))
    monkeypatch.setattr("lantai.core.jobs.presence._clock", _Clock())  # a rescuer that saw no jump
    assert jobs.rescue() == 1


@jobs.job("core.test_clock", title="试时钟")
def _nothing(run):
    return {}
