"""Each test has a data folder of its own, with its own index."""

import pytest

from lantai.search.services import engine


@pytest.fixture(autouse=True)
def _own_index(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    engine.cache_clear()
    yield
    engine.cache_clear()
