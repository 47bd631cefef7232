"""What sweeps over test material share."""

import pytest

from lantai.formats import pool


@pytest.fixture(scope="module")
def ended():
    """Files whose child of the pool had to be ended: it crashed, took too long or said too much."""
    found = []
    replace = pool.Pool._replace

    def noted(self, child, why):
        found.extend(asked.request["path"] for asked in list(child.waiting)[:1])
        replace(self, child, why)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool.Pool, "_replace", noted)
        yield found
