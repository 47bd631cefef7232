"""``kill -9`` at random moments of real work, on the database in use: a few here, 200 by ``lantai bench faults``."""

import json
import os

import pytest

from lantai.bench import faults

KILLS = int(os.environ.get("LANTAI_TEST_KILLS", "10"))
SEED = 20261122


@pytest.mark.requirement("Z22", "Z35", "S45")
@pytest.mark.timeout(600)
def test_after_a_kill_at_any_moment_nothing_is_lost_doubled_or_half_done():
    seen = []
    result = faults.measure(KILLS, lambda *told: seen.append(told), seed=SEED)
    assert (result["failures"], result["failed"]) == (0, [])
    assert result["kills"] == KILLS == sum(result["moments"])
    assert set(result["by_operation"]) == set(faults.KINDS)
    works = result["by_operation"].values()
    assert {work["kills"] for work in works} == {KILLS // len(faults.KINDS)}
    assert sum(work["in_batch"] for work in works) > 0
    assert max(place for place, hits in enumerate(result["moments"]) if hits) > 4
    repair = result["by_operation"]["repair"]
    assert repair["made"] == repair["found"] > 0
    assert repair["said_lost"] > 0
    assert seen[-1][0] == "faults"
    assert result["database"] == ("PostgreSQL" if os.environ.get("LANTAI_DATABASE_URL") else "SQLite")
    json.dumps(result)
