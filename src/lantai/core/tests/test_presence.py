"""Who lives is known at once on this machine, and by the heartbeat elsewhere."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from lantai.core.jobs import presence
from lantai.core.jobs.models import Worker

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc on this system")


def test_a_killed_process_is_gone_at_once_even_before_it_is_reaped():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    worker = Worker(
        place=presence._place(),
        pid=child.pid,
        pid_started=presence._process_start(child.pid),
        seen_at=timezone.now(),
    )
    assert not presence.is_gone(worker)
    child.kill()
    deadline = time.monotonic() + 10
    while not presence.is_gone(worker) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert presence.is_gone(worker)
    child.wait()
    assert presence.is_gone(worker)


def test_another_process_with_the_same_number_is_not_taken_for_it():
    reused = Worker(place=presence._place(), pid=os.getpid(), pid_started="1", seen_at=timezone.now())
    assert presence.is_gone(reused)


def test_a_process_elsewhere_is_gone_when_its_heart_stopped(monkeypatch):
    monkeypatch.setenv("LANTAI_JOB_RESCUE_S", "60")
    now = timezone.now()
    for silent_s, gone in ((5, False), (61, True)):
        elsewhere = Worker(
            place="elsewhere", pid=os.getpid(), pid_started="1", seen_at=now - timedelta(seconds=silent_s)
        )
        assert presence.is_gone(elsewhere) is gone


@pytest.mark.django_db(transaction=True)
def test_the_heart_beats_until_the_block_ends_and_writes_a_lost_row_again(monkeypatch):
    monkeypatch.setattr(presence, "BEAT_S", 0.05)
    with presence.present(serves=True) as worker:
        first = worker.seen_at
        Worker.objects.all().delete()
        deadline = time.monotonic() + 10
        while not Worker.objects.filter(seen_at__gt=first).exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert Worker.objects.get().seen_at > first
    assert not Worker.objects.exists()
