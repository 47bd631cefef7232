"""Each test has a data folder of its own, with its own vault and index."""

import pytest
from django.core.cache import cache

from lantai.search.engines import engine


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    engine.cache_clear()
    cache.clear()
    yield
    engine.cache_clear()
    cache.clear()
