"""Each test has a data folder of its own, so that stores never mix."""

import pytest


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
