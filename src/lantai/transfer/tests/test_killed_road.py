"""``kill -9`` while a package is captured and while it is received, in real processes."""

import json
import os
import subprocess
import sys

import pytest

from lantai.core.scratch import scratch_database

TRIALS = 2
SEED = 20261121


@pytest.mark.requirement("Z35")
@pytest.mark.timeout(300)
def test_killed_again_and_again_the_road_still_ends_with_every_record_once(tmp_path):
    home = tmp_path / "killed"
    home.mkdir()
    with scratch_database("killed_road") as database:
        done = subprocess.run(
            [sys.executable, "-m", "lantai.transfer.tests.killed_road", str(TRIALS), str(SEED)],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "lantai.config.settings",
                 "LANTAI_HOME": str(home), **database},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["problems"] == [], result
    assert result["kills"] >= 2 * TRIALS, result
