"""A real worker process, killed with SIGKILL again and again in the middle of a job."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from . import killed_worker

KILLS = 4


@pytest.mark.requirement("Z40")
@pytest.mark.timeout(300)
def test_a_killed_worker_does_no_chunk_twice_and_leaves_none_out(tmp_path):
    program = [sys.executable, killed_worker.__file__]
    environment = {k: v for k, v in os.environ.items() if k != "LANTAI_DATABASE_URL"}
    environment["LANTAI_HOME"] = str(tmp_path)
    subprocess.run([*program, "prepare"], env=environment, check=True, timeout=120)
    for kill in range(KILLS):
        worker = subprocess.Popen([*program, "work"], env=environment, stderr=subprocess.DEVNULL)
        wait_for(tmp_path, lines=(kill + 1) * 40)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert job_state(tmp_path) == "running"  # nobody could tell
    worker = subprocess.Popen([*program, "work"], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(tmp_path, state="done")
    finally:
        worker.terminate()
        assert worker.wait(timeout=40) == 0
    texts = query(tmp_path, "SELECT text FROM core_jobline")
    assert sorted(int(text) for (text,) in texts) == list(range(killed_worker.ITEMS))
    assert query(tmp_path, "SELECT attempt, done, total FROM core_job") == [
        (KILLS + 1, killed_worker.ITEMS, killed_worker.ITEMS)
    ]


def query(home: Path, sql: str):
    database = sqlite3.connect(home / "lantai.sqlite3", timeout=30)
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


def job_state(home: Path) -> str:
    return query(home, "SELECT state FROM core_job")[0][0]


def wait_for(home: Path, *, lines: int | None = None, state: str | None = None) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if lines is not None and query(home, "SELECT count(*) FROM core_jobline")[0][0] >= lines:
            return
        if state is not None and job_state(home) == state:
            return
        time.sleep(0.02)
    raise AssertionError(f"waited for {lines or state} in vain; the job is {job_state(home)}")
