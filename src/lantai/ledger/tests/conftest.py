"""Tests of the ledger know the stores they make themselves, no vault's."""

import pytest

from lantai.core import ports

from .factories import use_store, write_entries


@pytest.fixture(autouse=True)
def _no_stores_but_our_own(monkeypatch):
    monkeypatch.setattr(ports, "_evidence_stores", [])


@pytest.fixture
def entries(monkeypatch, tmp_path):
    use_store(monkeypatch, tmp_path / "store")
    return write_entries(300, runs=6)


@pytest.fixture
def store(entries, tmp_path):
    return tmp_path / "store"
