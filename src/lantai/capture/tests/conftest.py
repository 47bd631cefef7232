"""Each test of capture has a data folder of its own, so that nothing is left for the next."""

import pytest


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "incoming").mkdir(parents=True)
