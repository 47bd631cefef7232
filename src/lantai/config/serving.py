"""``lantai serve``: the web server and the worker as two children, kept alive until told to stop."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from lantai.core import settings
from lantai.core.errors import Conflict, Unavailable
from lantai.core.language import gettext as _
from lantai.core.locks import exclusive_here
from lantai.core.system_errors import words_of

log = structlog.get_logger("lantai.serve")

STOP_S = 30.0
"""How long a child may take to stop before it is killed, seconds."""

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Child:
    """A process that is started again when it dies, after a growing pause."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = field(default_factory=time.monotonic)

    def keep_alive(self) -> None:
        """Starts the process if it is not running and its pause is over."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            log.error("child died", child=self.name, exit_code=self.process.returncode)
            self.deaths = self.deaths + 1 if now - self.started < 60 else 1
            self.due = now + min(2.0 ** (self.deaths - 1), 60.0)
            self.process = None
        if self.process is None and now >= self.due:
            self.started = now
            self.process = subprocess.Popen(self.command, start_new_session=True, preexec_fn=_die_with_parent)

    def stop(self, deadline: float) -> None:
        """Waits for the end of a process that was told to stop; kills it after the deadline."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("child killed", child=self.name)
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def serve(host: str, port: int, web_workers: int, job_workers: int, ready: Callable[[str], None]) -> None:
    """Runs the web server and the workers until SIGINT or SIGTERM.

    Args:
        host: address to listen on.
        port: port to listen on.
        web_workers: processes that answer requests.
        job_workers: processes that run jobs.
        ready: called once with the address when pages are answered.

    Raises:
        Unavailable: something else listens on the port.
        Conflict: the data folder is served already.
    """
    _require_free(host, port)
    with exclusive_here("serve") as held:
        if not held:
            raise Conflict(
                _("这个数据目录上已有一个 lantai serve 在运行。"),
                subject=str(settings.home()),
                remedy=_("请先停掉它；要另起一套，把 LANTAI_HOME 设为另一个目录。"),
            )
        _fresh_metrics_folder()
        _supervise(host, port, web_workers, job_workers, ready)


def _supervise(
    host: str, port: int, web_workers: int, job_workers: int, ready: Callable[[str], None]
) -> None:
    children = [_web(host, port, web_workers)]
    children += [
        Child(f"worker-{n}", [sys.executable, "-m", "lantai.config", "worker"]) for n in range(job_workers)
    ]
    stopping = _Stop()
    address = f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{port}/"  # noqa: S104
    told = False
    try:
        while not stopping.asked:
            for child in children:
                child.keep_alive()
            if not told and _answers(f"{address}healthz"):
                told = True
                ready(address)
            time.sleep(0.2)
    finally:
        _stop_all(children)


class _Stop:
    """Whether the operator asked to stop."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True


def _web(host: str, port: int, workers: int) -> Child:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", "4", "--respawn-failed-workers"]
    command += ["--no-ws", "--log-level", "warning", "--workers-kill-timeout", "10"]
    return Child("web", [*command, "lantai.config.wsgi:application"])


def _stop_all(children: Sequence[Child]) -> None:
    running = [child.process for child in children if child.process and child.process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_S
    for child in children:
        child.stop(deadline)


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(
                _("不能在该地址上提供服务：%(strerror)s。") % {"strerror": words_of(error)},
                subject=f"{host}:{port}",
                remedy=_("端口可能已被占用：用 --port 换一个，或停掉占用它的程序。"),
            ) from error


def _fresh_metrics_folder() -> None:
    """Where web processes add up their counters (``PROMETHEUS_MULTIPROC_DIR``)."""
    folder = settings.home() / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _die_with_parent() -> None:
    """Has the kernel stop a child whose supervisor was killed."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
