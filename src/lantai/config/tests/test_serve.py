"""``lantai serve`` as an operator meets it: a real server, a killed child, a clean end."""

import contextlib
import fcntl
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
    serve = subprocess.Popen(
        command, env=of_one_folder(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
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


def test_serve_and_worker_refuse_to_start_with_a_vault_configuration_nobody_can_read(tmp_path):
    (tmp_path / "vault.toml").write_text('[[store]]\nkye = "use"\n', encoding="utf-8")
    for command in (["serve", "--port", str(free_port())], ["worker"]):
        code, told = run_to_its_end(tmp_path, command)
        assert code == 1
        assert "总库存储配置无法理解" in told
        assert "vault.toml" in told


def test_a_second_serve_on_one_data_folder_is_refused_and_wipes_nothing(tmp_path):
    metrics = tmp_path / "metrics"
    metrics.mkdir()
    (metrics / "counter_1.db").write_bytes(b"kept")
    (tmp_path / "locks").mkdir()
    with (tmp_path / "locks" / "serve.lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        code, told = run_to_its_end(tmp_path, ["serve", "--port", str(free_port())])
    assert code == 1
    assert "已有一个 lantai serve" in told
    assert (metrics / "counter_1.db").read_bytes() == b"kept"


def test_the_name_tests_use_is_no_host_of_a_real_server(tmp_path):
    look = "from django.conf import settings; print(settings.ALLOWED_HOSTS)"
    environment = of_one_folder(tmp_path) | {"DJANGO_SETTINGS_MODULE": "lantai.config.settings"}
    told = subprocess.run(
        [sys.executable, "-c", look], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert "testserver" not in told.stdout


def of_one_folder(home):
    return {k: v for k, v in os.environ.items() if k != "LANTAI_DATABASE_URL"} | {"LANTAI_HOME": str(home)}


def run_to_its_end(home, command):
    """Exit code and all output of a command that is to end by itself."""
    done = subprocess.run(
        [sys.executable, "-m", "lantai.config", *command],
        env=of_one_folder(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    return done.returncode, done.stdout + done.stderr


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
