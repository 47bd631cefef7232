"""Tests of the ledger know the stores they make themselves, no vault's."""

import pytest

from lantai.core import ports


@pytest.fixture(autouse=True)
def _no_stores_but_our_own(monkeypatch):
    monkeypatch.setattr(ports, "_evidence_stores", [])
