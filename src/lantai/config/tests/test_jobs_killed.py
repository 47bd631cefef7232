"""A real worker process, killed with SIGKILL again and again in the middle of a job."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from urllib.parse import urlsplit

import psycopg
import pytest

from . import killed_worker

KILLS = 3


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """A data folder and a database of their own for the workers; asks that database."""
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path))
    url = os.environ.get("LANTAI_DATABASE_URL", "")
    if not url:
        yield lambda sql: _ask(lambda: sqlite3.connect(tmp_path / "lantai.sqlite3", timeout=30), sql)
        return
    own = urlsplit(url)._replace(path="/lantai_killed").geturl()
    monkeypatch.setenv("LANTAI_DATABASE_URL", own)
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE DATABASE lantai_killed")
        yield lambda sql: _ask(lambda: psycopg.connect(own), sql)
        server.execute("DROP DATABASE lantai_killed WITH (FORCE)")


@pytest.mark.timeout(300)
def test_a_killed_worker_does_no_chunk_twice_and_leaves_none_out(ask):
    program = [sys.executable, killed_worker.__file__]
    subprocess.run([*program, "prepare"], check=True, timeout=120)
    for kill in range(KILLS):
        worker = subprocess.Popen([*program, "work"], stderr=subprocess.DEVNULL)
        wait_for(lambda n=kill: ask("SELECT count(*) FROM core_jobline")[0][0] >= (n + 1) * 40)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert ask("SELECT state FROM core_job WHERE kind = 'core.test_slow'") == [
            ("running",)
        ]  # nobody could tell
    worker = subprocess.Popen([*program, "work"], stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: ask("SELECT state FROM core_job WHERE kind = 'core.test_slow'") == [("done",)])
    finally:
        worker.terminate()
        assert worker.wait(timeout=40) == 0
    told = ask("SELECT text FROM core_jobline")
    lines = [line for line in told if line[0].isdecimal()]  # the rest tells of rescues
    assert sorted(int(text) for (text,) in lines) == list(range(killed_worker.ITEMS))
    assert ask("SELECT attempt, done, total FROM core_job WHERE kind = 'core.test_slow'") == [
        (KILLS + 1, killed_worker.ITEMS, killed_worker.ITEMS)
    ]


def _ask(connect, sql):
    with closing(connect()) as database:
        return database.execute(sql).fetchall()


def wait_for(true, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("waited in vain")
