"""The clock ran a year ahead for an hour, or went back: the vault goes on watching, mending and drilling."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.jobs import start
from lantai.core.jobs.models import Job, JobState
from lantai.vault import jobs
from lantai.vault.models import Copy
from lantai.vault.policy import PolicyTerms, set_policy
from lantai.vault.protection import shortfalls, unprotected_count
from lantai.vault.tests.factories import ingest_now, records
from lantai.vault.watch import continuous, drills
from lantai.vault.watch.models import Drill

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("Z35")]
AHEAD = timedelta(days=400)


@pytest.fixture
def clock(monkeypatch):
    """Sets the clock of this process."""
    real = timezone.now
    return lambda jump: monkeypatch.setattr("django.utils.timezone.now", lambda: real() + jump)


@pytest.fixture
def _held():
    ingest_now(records(1))


def done(kind):
    started = start(kind, SYSTEM)
    Job.objects.filter(id=started.id).update(state=JobState.DONE)


def damaged():
    Copy.objects.filter(store="use").update(state=Copy.State.DAMAGED, checked_at=timezone.now())


@pytest.mark.usefixtures("_held")
def test_damage_is_mended_though_the_last_repair_is_dated_in_the_future(clock):
    clock(AHEAD)
    done(continuous.REPAIR)
    clock(timedelta(0))
    damaged()
    assert continuous.mend_what_is_found()
    assert not continuous.mend_what_is_found()  # one is under way


@pytest.mark.usefixtures("_held")
def test_damage_dated_in_the_future_does_not_start_repairs_for_ever(clock):
    clock(AHEAD)
    damaged()
    clock(timedelta(0))
    assert not continuous.mend_what_is_found()  # the audit reads such a copy again at once
    assert continuous.audit_turn() >= 1


@pytest.mark.usefixtures("_held")
def test_copies_and_drills_dated_in_the_future_hold_nothing_up(clock):
    clock(AHEAD)
    done("vault.replicate")
    Drill.objects.create(
        started_at=timezone.now(), finished_at=timezone.now(), passed=True, report={}, seal={}
    )
    clock(timedelta(0))
    Copy.objects.filter(store="use").update(version=0, state=Copy.State.PENDING)
    jobs.catch_up()
    assert Job.objects.filter(kind="vault.replicate", state=JobState.QUEUED).exists()
    assert drills.hold_when_due()


@pytest.mark.usefixtures("_held")
def test_what_was_verified_in_a_future_counts_as_unverified_until_it_is_read_again(clock):
    set_policy(terms=PolicyTerms(3, recheck_days=30), actor=SYSTEM)
    assert unprotected_count(shortfalls()) == 0
    Copy.objects.filter(store="use").update(
        verified_at=timezone.now() + AHEAD, checked_at=timezone.now() + AHEAD
    )
    assert unprotected_count(shortfalls()) == 1
    continuous.audit_turn()
    assert unprotected_count(shortfalls()) == 0
