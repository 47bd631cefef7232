"""``kill -9`` at random moments of replication, repair and disposal, in real processes."""

import json
import os
import subprocess
import sys

import pytest

from .test_killed_ingest import own_database

KILLS = 4
SEED = 20261122


@pytest.mark.services
@pytest.mark.requirement("Z22")
@pytest.mark.timeout(120)
def test_killed_replication_repair_and_disposal_go_on_where_they_were(tmp_path):
    home = tmp_path / "killed"
    home.mkdir()
    with own_database("killed_work") as database:
        done = subprocess.run(
            [sys.executable, "-m", "lantai.vault.tests.killed_work", str(KILLS), str(SEED)],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "lantai.config.settings",
                 "LANTAI_HOME": str(home), **database},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["problems"] == [], result
    assert set(result["work"]) == {"replication", "repair", "disposal"}
    assert all(work["kills"] == KILLS for work in result["work"].values()), result
