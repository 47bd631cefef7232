"""``kill -9`` in the middle of a destruction: the next run ends it, and seals one register."""

import json
import os
import subprocess
import sys

import pytest

from lantai.vault.tests.test_killed_ingest import own_database

KILLS = int(os.environ.get("LANTAI_DISPOSAL_KILLS", "6"))
SEED = 20261122


@pytest.mark.services  # real processes, a minute
@pytest.mark.requirement("S45")
@pytest.mark.timeout(300)
def test_a_destruction_killed_at_any_moment_is_carried_to_its_end(tmp_path):
    home = tmp_path / "killed"
    home.mkdir()
    with own_database("disposal") as database:
        done = subprocess.run(
            [sys.executable, "-m", "lantai.appraisal.tests.killed_disposal", str(KILLS), str(SEED)],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "lantai.config.settings",
                 "LANTAI_HOME": str(home), **database},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["problems"] == [], result
    assert result["kills"] == KILLS, result
    assert result["half_done"] > 0, result
