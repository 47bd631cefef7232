"""``lantai serve`` as an operator meets it: a real server, a killed child, a clean end."""

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request

import pytest


@pytest.mark.timeout(240)
def test_serve_answers_replaces_a_killed_worker_and_ends_cleanly(tmp_path):
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "lantai.config",
        "serve",
        "--port",
        str(port),
        "--workers",
        "1",
        "--json",
    ]
    environment = {k: v for k, v in os.environ.items() if k != "LANTAI_DATABASE_URL"}
    environment["LANTAI_HOME"] = str(tmp_path)
    serve = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: status(port, "/readyz") == 200)
        first = wait_for(lambda: worker_pid(tmp_path))
        os.kill(first, signal.SIGKILL)
        second = wait_for(lambda: worker_pid(tmp_path, other_than=first))
        assert status(port, "/healthz") == 200
        serve.send_signal(signal.SIGTERM)
        out, _ = serve.communicate(timeout=60)
    finally:
        serve.kill()
        serve.communicate()
    assert serve.returncode == 0
    assert out.decode().splitlines()[-1] == f'{{"stopped": true, "host": "127.0.0.1", "port": {port}}}'
    assert not alive(second)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=2)


def test_a_port_in_use_is_told_with_a_remedy(tmp_path):
    from lantai.config.serving import serve
    from lantai.core.errors import Unavailable

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Unavailable, match="--port"):
        serve("127.0.0.1", taken.getsockname()[1], 1, 1, ready=print)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status(port, path):
    with (
        contextlib.suppress(OSError),
        urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer,
    ):
        return answer.status
    return None


def worker_pid(home, other_than=None):
    database = sqlite3.connect(home / "lantai.sqlite3", timeout=30)
    try:
        rows = database.execute("SELECT pid FROM core_worker WHERE serves").fetchall()
    finally:
        database.close()
    return next((pid for (pid,) in rows if pid != other_than), None)


def alive(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def wait_for(ask, timeout_s=90):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError("waited in vain")
