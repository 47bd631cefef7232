"""The worker process: takes jobs from the queue and runs the tickers."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType
from typing import Protocol

import structlog
from django.db import OperationalError, connection
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands import db_worker

from lantai.core.jobs.presence import present
from lantai.core.jobs.run import pausing
from lantai.core.settings import BROKER_URL
from lantai.core.tickers import run_tickers

log = structlog.get_logger("lantai.worker")

POLL_S = 0.5


class Loop(Protocol):
    """Takes one task after another."""

    def run(self) -> None:
        """Works until told to stop; returns, or raises ``SystemExit``."""

    def shutdown(self) -> None:
        """Takes no more tasks; the one in hand ends first."""


class DatabaseLoop:
    """Takes tasks from the database, begun again when it was away or busy for too long."""

    def __init__(self) -> None:
        self._worker = db_worker.Worker(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=POLL_S,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
        )

    def run(self) -> None:
        """Works until told to stop."""
        while self._worker.running:
            try:
                self._worker.run()
            except OperationalError as error:
                log.warning("database unavailable", error=type(error).__name__)
                connection.close()
                time.sleep(2)

    def shutdown(self) -> None:
        """Ends the loop: at once where it waits for tasks."""
        self._worker.running = False
        if not self._worker.running_task:
            sys.exit(0)


def work() -> None:
    """Runs jobs and tickers until SIGTERM or SIGINT; a second signal ends the process."""
    loop = _loop()
    stop = threading.Event()
    with present(serves=True):
        threads = run_tickers(stop)
        _stop_on_signals(loop)
        log.info("worker started")
        try:
            loop.run()
        except SystemExit:
            log.info("worker told to stop")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            stop.set()
            for thread in threads:
                thread.join(timeout=30)


def _loop() -> Loop:
    if not BROKER_URL.read():
        return DatabaseLoop()
    from lantai.core.jobs.adapters.celery_queue import CeleryLoop

    return CeleryLoop()


def _stop_on_signals(loop: Loop) -> None:
    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        pausing.set()  # the job in hand pauses after its chunk, for another worker to go on
        loop.shutdown()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
