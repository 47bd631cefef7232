"""Each test has a data folder of its own, so that stores never mix, and remembers no earlier one's reforms."""

import pytest

from lantai.catalogue.fonds import names


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()


@pytest.fixture(autouse=True)
def _fresh_names():
    names.forget()
    yield
    names.forget()
