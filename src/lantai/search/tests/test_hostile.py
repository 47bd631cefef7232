"""Whatever is typed is answered or refused in words, in bounded time, alike on either engine."""

import contextlib
import time
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.core.actors import ANONYMOUS, SYSTEM, Actor
from lantai.core.errors import Invalid
from lantai.institutions.tests.factories import a_person, an_agency
from lantai.search import saving
from lantai.search.engine import SearchRequest
from lantai.search.language import MAX_LENGTH, parse
from lantai.search.services import search, suggest
from lantai.search.truth import matcher, scan

from .engines import EVERYTHING, entry
from .sites import EITHER, embedded, use

ENOUGH_S = 30.0
"""For one question on a machine with much else to do; what runs away takes minutes."""
TITLES = (
    "关于成立围垦工程指挥部的通知",
    "關於調整一九五八年度糧食統購任務的批覆",
    "SELECT * FROM records; -- 数据库培训班名单",
    "title:围垦 AND (海塘 OR 盐场)",
    '{"query": {"match_all": {}}}',
    "蒋玉兰、王永山任免名单 A-1·B/2",
)
ENTRIES = [entry(title, reference_code=f"Z109-WS·2011-{n}") for n, title in enumerate(TITLES)]
HOSTILE = {
    "long": "围" * 10_000,
    "long words": "垦 " * 5_000,
    "many ORs": " OR ".join(["围垦"] * 5_000),
    "many ORs, short": " OR ".join(["围"] * 16),
    "many singles": " ".join("围垦工程指挥部通知成立关于调整度粮食统购任务批复的一九五八年名单"),
    "many sounds": " ".join(["yiyiyiyiyiyiyiyi"] * 20),
    "sounds": "xi" * 200,
    "phrase": ("Z109WS2011围垦" * 50)[:MAX_LENGTH],
    "code": ("Z109-" * 100)[:MAX_LENGTH],
    "brackets": "((((围垦[[[{{{<<<",
    "closing": "围垦))))]]]}}}>>>",
    "quotes": '"围垦 “工程 「指挥 \'部 "',
    "stars": "*" * 400,
    "marks": "?*?*" * 100,
    "star and marks": "围*?*?*垦",
    "every other": "围?" * 200,
    "starred words": "垦*" * 200,
    "sql": "'; DROP TABLE records_record; --",
    "union": "' UNION SELECT password FROM institutions_person --",
    "lucene": 'title:[* TO *] OR _exists_:id && !("x"~10^5) /.*.*.*x/',
    "regex": "(a+)+$ .*.*.*.* [\\s\\S]{1000,}",
    "json": '{"query":{"script":{"script":"while(true){}"}}}',
    "template": "{{7*7}} ${jndi:ldap://x} %s %(x)s {0.__class__}",
    "markup": "<script>alert(1)</script> &#x56f4;",
    "scripts": "围垦 عَرَبِيّ עברית ไทย हिन्दी ᠮᠣᠩᠭᠣᠯ བོད་ཡིག ئۇيغۇر 한국어 ひらがな",
    "bidi": "\u202e通知\u202c \u2066围垦\u2069 \u200f工程",
    "invisible": "围\u200b垦\ufeff工\u00ad程",
    "joined": "e\u0301" * 200 + "围" + "\u0300" * 200,
    "nul": "围垦\x00工程 \x00",
    "controls": "".join(map(chr, range(32))) + "围垦" + "\x7f\x85\u2028",
    "lone surrogate": "围垦 \ud800 \udfff工程",
    "private": "\ue000\uf8ff\U000f0000\U0010ffff",
    "digits": "9" * 400,
    "numerals": "٣٤٥ ²³ Ⅻ ㊿ 〇",
    "years": "9999.. ..0000 99999999999..1 年:١٩٥٨",
    "era": "民国九百九十九年 光绪零年 公元前五千年",
    "either": "OR OR OR NOT NOT - -- | || 或 非",
    "fields": "题名:题名:题名:责任者:档号:围垦 年:",
}


@pytest.fixture(params=EITHER)
def engine(request, tmp_path, monkeypatch):
    for held in use(request.param, tmp_path, monkeypatch):
        held.write(ENTRIES)
        yield held


def asked(query):
    """The titles found, ``None`` where the question was refused; either way soon."""
    began = time.monotonic()
    try:
        found = search(query, SYSTEM, size=50)
        return sorted("".join(piece.text for piece in hit.title) for hit in found.hits)
    except Invalid as refused:
        return None if refused.message and refused.remedy else ["refused without a word"]
    finally:
        assert time.monotonic() - began < ENOUGH_S


def expected(query):
    """The same by a plain scan."""
    try:
        request = SearchRequest(parse(query), EVERYTHING)
    except Invalid:
        return None
    return sorted(found.title for found in ENTRIES if matcher(request)(scan(found)))


@pytest.mark.django_db
@pytest.mark.requirement("S28")
def test_a_hostile_question_is_answered_rightly_or_refused_in_words(engine):
    wrong = {
        name: found
        for name, query in HOSTILE.items()
        if (found := asked(query)) != expected(query) and not (found is None and len(query) > 200)
    }
    assert wrong == {}
    assert {asked(HOSTILE[name]) for name in ("long", "long words", "many ORs", "stars", "marks")} == {None}
    for query in HOSTILE.values():
        assert isinstance(suggest(query, ANONYMOUS), list)


SIGNS = "围垦工程通知一九五八OR()[]{}\"'*?:-~^/\\|&<>;,.…“”「」年"
WORDS = st.sampled_from([*SIGNS, "题名:", "档号:", " OR ", " NOT ", "linlan", "Z109"])
ANYTHING = st.text(st.characters(), max_size=40)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.one_of(ANYTHING, st.lists(WORDS | ANYTHING, max_size=14).map("".join)))
def test_whatever_is_typed_finds_what_a_plain_scan_finds(engine, query):
    assert asked(query) == expected(query), [unicodedata.name(letter, "?") for letter in query[:40]]


@pytest.mark.django_db
@pytest.mark.requirement("S28")
def test_hostile_questions_pass_through_page_interface_table_and_kept_searches(client, site):
    for name, query in HOSTILE.items():
        sent = {"q": query.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
        for path in ("/search", "/search/results.csv", "/api/v1/search"):
            answer = client.get(path, sent)
            assert answer.status_code in ({400} if "\0" in query else {200, 422}), (path, name)
        with contextlib.suppress(Invalid):
            kept = saving.save_search(query=query, actor=site)
            kept.refresh_from_db()
            assert saving.news_of([kept], site)[0].fresh is not None


@pytest.fixture
def site(tmp_path, monkeypatch):
    for _held in use(embedded, tmp_path, monkeypatch):
        person = a_person()
        yield Actor(str(person.id), "林岚", frozenset({"record_archivist"}), an_agency().id, via="web")
