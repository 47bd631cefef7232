"""Which processes run jobs, and whether they still live."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from django.db import DatabaseError, connection
from django.utils import timezone

from ..settings import JOB_RESCUE_S
from .models import Worker

BEAT_S = 3.0
"""Seconds between two heartbeats."""

_here = threading.local()
_serving: list[Worker] = []
"""The worker this process serves as, whichever of its threads runs a job."""


@contextmanager
def present(*, serves: bool = False) -> Iterator[Worker]:
    """This thread of this process as a worker; its heart beats beside it until the block ends.

    Inside it, further calls give the same worker. In a transaction of the caller there is no
    heartbeat: nobody else sees the row, and another connection would wait for the caller.

    Args:
        serves: whether it takes jobs from the queue, rather than running one of its own.
    """
    standing = getattr(_here, "worker", None) or next(iter(_serving), None)
    if standing is not None:
        yield standing
        return
    worker = Worker.objects.create(
        place=_place(),
        pid=os.getpid(),
        pid_started=_process_start(os.getpid()),
        serves=serves,
        seen_at=timezone.now(),
    )
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(worker, stop), name="heartbeat", daemon=True)
    if not connection.in_atomic_block:
        heart.start()
    _here.worker = worker
    _serving.extend([worker] * serves)
    try:
        yield worker
    finally:
        _here.worker = None
        _serving.clear()
        stop.set()
        if heart.is_alive():
            heart.join()
        with suppress(DatabaseError):  # the database is away: the next rescue clears the row
            worker.delete()


def is_gone(worker: Worker) -> bool:
    """Whether the process has died: at once when it ran here, by its heartbeat when elsewhere."""
    if worker.pid_started and worker.place == _place():
        return _process_start(worker.pid) != worker.pid_started
    allowed = timedelta(seconds=JOB_RESCUE_S.read())
    return abs(timezone.now() - worker.seen_at) > allowed and not _clock.moved_within(allowed)


class _Clock:
    """Tells when the machine's clock was set: heartbeats of elsewhere mean nothing until they come again."""

    def __init__(self) -> None:
        self._ahead = self._offset()
        self._moved_at: float | None = None

    def moved_within(self, span: timedelta) -> bool:
        """Whether it was set, forwards or backwards, not longer ago than this."""
        now = self._offset()
        if abs(now - self._ahead) > BEAT_S:
            self._moved_at = time.monotonic()
        self._ahead = now
        return self._moved_at is not None and time.monotonic() - self._moved_at < span.total_seconds()

    @staticmethod
    def _offset() -> float:
        return timezone.now().timestamp() - time.monotonic()


_clock = _Clock()


def _beat(worker: Worker, stop: threading.Event) -> None:
    while not stop.wait(BEAT_S):
        with suppress(DatabaseError):  # a busy database is asked again at the next beat
            worker.seen_at = timezone.now()
            worker.save()  # writes the row again if another process took this one for dead
    connection.close()


def _place() -> str:
    """The machine since its last start, and the process namespace within it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def _process_start(pid: int) -> str:
    """When a process of this machine started, in clock ticks since boot; empty if it is gone."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in {"Z", "X"} else rest[18]
