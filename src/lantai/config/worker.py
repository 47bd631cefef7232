"""The worker process: takes jobs from the queue and runs the tickers."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType

import structlog
from django.db import OperationalError, connection
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands import db_worker

from lantai.core.jobs.presence import present
from lantai.core.jobs.run import pausing
from lantai.core.tickers import run_tickers

log = structlog.get_logger("lantai.worker")

POLL_S = 0.5


class JobWorker(db_worker.Worker):  # type: ignore[misc, unused-ignore]
    """The queue's own loop; told to stop, the job at hand pauses after its chunk."""

    def __init__(self) -> None:
        super().__init__(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=POLL_S,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
        )

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        """Ends the loop; a second signal ends the process."""
        pausing.set()
        super().shutdown(signum, frame)


def work() -> None:
    """Runs jobs and tickers until SIGTERM or SIGINT."""
    loop = JobWorker()
    stop = threading.Event()
    with present(serves=True):
        threads = run_tickers(stop)
        loop.configure_signals()
        log.info("worker started")
        try:
            _loop(loop)
        except SystemExit:
            log.info("worker told to stop")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            stop.set()
            for thread in threads:
                thread.join(timeout=30)


def _loop(loop: JobWorker) -> None:
    """The queue's loop, begun again when the database was away or busy for too long."""
    while loop.running:
        try:
            loop.run()
        except OperationalError as error:
            log.warning("database unavailable", error=type(error).__name__)
            connection.close()
            time.sleep(2)
