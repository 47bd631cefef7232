"""``kill -9`` at random moments of ingest, in real processes, on the database in use."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

KILLS = 50
SEED = 20261121


@contextmanager
def own_database(name="killed"):
    """Nothing for SQLite, which lies in the data folder; a scratch database on PostgreSQL."""
    url = os.environ.get("LANTAI_DATABASE_URL", "")
    if not url:
        yield {}
        return
    name = f"lantai_{name}_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield {"LANTAI_DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{name}"))}
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.requirement("Z35")
@pytest.mark.timeout(300)
def test_after_a_kill_at_any_moment_nothing_is_lost_doubled_or_half_stored(tmp_path):
    home = tmp_path / "killed"
    home.mkdir()
    with own_database() as database:
        done = subprocess.run(
            [sys.executable, "-m", "lantai.vault.tests.killed_ingest", str(KILLS), str(SEED)],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "lantai.config.settings",
                 "LANTAI_HOME": str(home), **database},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["problems"] == [], result
    assert result["kills"] == KILLS, result
    assert result["mid_batch"] >= KILLS // 3, result
    assert result["taken_back"] > 0, result
