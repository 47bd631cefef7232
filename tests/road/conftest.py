"""A data folder of its own for each test: its vault, its intake, its index."""

import pytest

from lantai.search.engines import engine


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "incoming").mkdir(parents=True)
    engine.cache_clear()
    yield
    engine.cache_clear()
