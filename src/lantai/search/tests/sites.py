"""The search of this installation on either engine, with an index of its own."""

import os
import uuid

import pytest

from lantai.search.engines import engine

from .engines import distributed, embedded

EITHER = [embedded, pytest.param(distributed, marks=pytest.mark.services)]


def use(kind, folder, monkeypatch):
    """Has this process search with an engine of that kind; a generator that takes it away again."""
    monkeypatch.setenv("LANTAI_HOME", str(folder / "home"))
    if kind is distributed:
        address = os.environ.get("LANTAI_TEST_OPENSEARCH")
        if not address:
            pytest.skip("no OpenSearch: scripts/test-services.sh starts one")
        monkeypatch.setenv("LANTAI_SEARCH_URL", address)
        monkeypatch.setenv("LANTAI_SEARCH_INDEX", f"site-{uuid.uuid4().hex}")
        monkeypatch.setenv("LANTAI_SEARCH_SHARDS", "2")
    engine.cache_clear()
    yield engine()
    if kind is distributed:
        engine().remove()
    engine.cache_clear()
