"""The engines held against one contract, and what their tests say."""

import os
import uuid

import pytest

from lantai.search.adapters.opensearch_engine import Cluster, OpenSearchEngine
from lantai.search.adapters.tantivy_engine import TantivyEngine
from lantai.search.engine import IndexEntry, Reach, SearchRequest
from lantai.search.language import Question, parse

PUBLIC = (Reach((("opening_mark", frozenset({"open"})),)),)
EVERYTHING = (Reach(),)


def embedded(folder):
    yield TantivyEngine(folder / "index")


def remembering(folder):
    yield TantivyEngine(folder / "index", remembers=4)


def distributed(_folder):
    address = os.environ.get("LANTAI_TEST_OPENSEARCH")
    if not address:
        pytest.skip("no OpenSearch: scripts/test-services.sh starts one and sets LANTAI_TEST_OPENSEARCH")
    held = OpenSearchEngine(Cluster((address,), f"test-{uuid.uuid4().hex}", shards=2))
    yield held
    held.remove()


def filled(engine, entries):
    """The engine with those entries and no other; quicker than a new index each time."""
    every = SearchRequest(Question(), EVERYTHING, size=100, facets=())
    standing = {hit.record_id for hit in engine.search(every).hits}
    engine.write(entries, list(standing - {held.record_id for held in entries}))
    return engine


def another(engine):
    """A second process's hold on the same index."""
    return TantivyEngine(engine.folder) if hasattr(engine, "folder") else OpenSearchEngine(engine.cluster)


def entry(title="关于成立围垦工程指挥部的通知", **values):
    values.setdefault("record_id", str(uuid.uuid4()))
    values.setdefault("opening_mark", "open")
    return IndexEntry(title=title, **values)


def ask(engine, query, *, reach=PUBLIC, **values):
    return engine.search(SearchRequest(parse(query), reach, **values))


def titles(result):
    return sorted(hit.title for hit in result.hits)
