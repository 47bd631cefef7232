"""Who may read a description and not the documents does not learn by searching what the documents say."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Invalid
from lantai.core.events import deliver_pending
from lantai.institutions.api import grant
from lantai.institutions.tests.factories import a_person
from lantai.search.engine import Reach, SearchRequest
from lantai.search.language import parse
from lantai.search.services import search, suggest
from lantai.search.tests.engines import ask, entry, filled
from lantai.search.tests.sites import EITHER, embedded, use
from lantai.search.truth import Block, matcher, scan
from lantai.vault.tests.factories import document

from .factories import a_word_file, held

DESCRIBED = Reach(texts=False)
READ = Reach((("fonds", frozenset({"J1"})),))


@pytest.fixture(params=EITHER)
def engine(request, tmp_path):
    yield from request.param(tmp_path)


@pytest.mark.requirement("S28")
@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("围垦", 2), ("水利局", 2), ("38号", 2), ("围?工程", 2), ("档号:0042", 2), ("1958", 2),
        ("海塘", 1), ("“海塘”", 1), ("海?图纸", 1), ("通知 海塘", 1), ("通知 -海塘", 1), ("NOT 海塘", 1), ("海塘 OR 盐场", 1),
        ("haitang", 0), ("1958 -1958", 0),
    ],
)  # fmt: skip
def test_what_documents_say_is_looked_for_only_where_they_may_be_read(engine, query, total):
    told = {
        "responsible": "东屿县水利局",
        "document_number": "东水〔1958〕38号",
        "reference_code": "Z037-WS·1958-0042",
        "date_text": "1958",
        "pages": ("附海塘图纸",),
    }
    written = [entry("围垦工程的通知1958", fonds=fonds, **told) for fonds in ("J1", "J2")]
    engine.write(written)
    found = ask(engine, query, reach=(DESCRIBED, READ))
    assert found.total == len(found.hits) == total
    assert Block(written).count(SearchRequest(parse(query), (DESCRIBED, READ))) == total


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.lists(st.text("围垦工程海1", max_size=5), min_size=4, max_size=4), min_size=1, max_size=8),
    query=st.text("围垦工程海1 -?*", min_size=1, max_size=8),
)  # fmt: skip
def test_counts_equal_a_plain_scan(engine, texts, query):
    entries = [
        entry(title, responsible=who, document_number=number, pages=(page,), fonds=f"J{place % 2}")
        for place, (title, who, number, page) in enumerate(texts)
    ]
    try:
        request = SearchRequest(parse(query), (DESCRIBED, READ), size=50)
    except Invalid:
        return
    wanted = {each.record_id for each in entries if matcher(request)(scan(each))}
    assert {hit.record_id for hit in filled(engine, entries).search(request).hits} == wanted
    assert Block(entries).count(request) == len(wanted)


@pytest.mark.django_db
@pytest.mark.requirement("S28")
@pytest.mark.parametrize(("acts", "by_text", "shown"), [(["entry"], 0, None), (["entry", "original"], 1, 1)])
def test_a_grant_over_descriptions_alone_finds_and_shows_no_text(tmp_path, monkeypatch, acts, by_text, shown):
    for _engine in use(embedded, tmp_path, monkeypatch):
        record = held(
            document(a_word_file("海塘修复工程经费"), "正文.docx"), title="防汛报告", mark="unreviewed"
        )
        deliver_pending()
        person = a_person()
        grant(
            person=person, acts=acts, until=timezone.now() + timedelta(days=1), reason="编史修志",
            fonds_id=record.fonds_id, actor=SYSTEM,
        )  # fmt: skip
        reader = Actor(id=str(person.id), name="林岚", roles=frozenset({"public"}), via="web")
        assert search("修复工程", reader).total == by_text
        (hit,) = search("防汛 OR 修复工程", reader).hits
        assert (hit.snippet.page if hit.snippet else None) == shown
        assert suggest("防汛", reader) == ["防汛报告"]
        assert search("修复工成", reader).did_you_mean == ""
