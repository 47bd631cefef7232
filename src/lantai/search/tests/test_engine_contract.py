"""What every search engine must answer, held against a plain scan."""

import uuid
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.core.errors import Invalid
from lantai.search.engine import Reach, SearchRequest
from lantai.search.language import Clause, Question, parse
from lantai.search.truth import Block, matcher, scan

from .engines import EVERYTHING, PUBLIC, another, ask, entry, filled, titles


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("围垦工程", True),
        ("围垦 通知", True),
        ("圍墾工程", True),
        ("围垦通知", False),
        ("垦", True),
        ("知", True),
        ("海", False),
        ('"成立围垦"', True),
        ("题名:指挥部", True),
        ("责任者:东屿县", True),
        ("文号:38号", True),
        ("东水〔1958〕38号", True),
        ("Z037-WS·1958", True),
        ("z037-ws•1958-Y", True),
        ("档号:0042", True),
        ("Z037-WS·1959", False),
        ("1958", True),
        ("1950..1957", False),
        ("1950..", True),
        ("..1958", True),
        ("通知 -围垦", False),
        ("海塘 OR 围垦", True),
        ("海塘 或 盐场", False),
        ("第二页文字", True),
        ("末尾第二页", False),
        ("ＷＳ", False),
        ("BGS室", True),
    ],
)
@pytest.mark.requirement("S28")
def test_finds_what_people_type(engine, query, found):
    engine.write(
        [
            entry(
                reference_code="Z037-WS·1958-Y-BGS-0042",
                responsible="东屿县人民委员会",
                document_number="东水〔1958〕38号",
                date_start=date(1958, 11, 3),
                date_end=date(1958, 11, 3),
                pages=("第一页到此末尾", "第二页文字，送BGS室存"),
            )
        ]
    )
    assert (ask(engine, query).total == 1) is found


def test_what_a_reader_may_not_see_neither_appears_nor_counts(engine):
    engine.write([entry("公开的围垦"), entry("未审的围垦", opening_mark="unreviewed", fonds="J001")])
    result = ask(engine, "围垦")
    assert result.total == 1
    assert titles(result) == ["公开的围垦"]
    assert result.facets["opening_mark"] == [("open", 1)]
    assert not any(name == "J001" for name, _count in result.facets["fonds"])
    assert ask(engine, "围垦", reach=()).total == 0
    assert ask(engine, "围垦", reach=EVERYTHING).total == 2


def test_a_replaced_entry_stands_once_and_a_gone_one_not_at_all(engine):
    first = entry("旧题名围垦")
    engine.write([first])
    engine.write([entry("新题名海塘", record_id=first.record_id)])
    assert ask(engine, "围垦").total == 0
    assert ask(engine, "海塘").total == 1
    engine.write([], gone=[first.record_id])
    assert ask(engine, "海塘").total == 0
    assert engine.count() == 0


def test_what_two_drop_at_once_is_gone(engine):
    first = entry(date_start=date(1958, 1, 1), date_end=date(1958, 1, 1))
    engine.write([first])
    if not hasattr(engine, "folder"):  # what one sent is not seen by the other yet
        other = another(engine)
        other._send([{"_op_type": "delete", "_id": first.record_id, "_routing": "/1958"}])
    engine.write([entry("海塘")], gone=[first.record_id])
    assert (ask(engine, "围垦").total, ask(engine, "海塘").total) == (0, 1)


@pytest.mark.requirement("S12")
def test_what_is_withheld_is_out_of_results_counts_facets_and_names(engine):
    shut, left = entry(responsible="蒋玉兰", fonds="J001"), entry("围垦办法", fonds="J002")
    engine.write([shut, left])
    for terms in (PUBLIC[0].terms, ()):
        reach = (Reach(terms, without=frozenset({shut.record_id, str(uuid.uuid4())})),)
        found = ask(engine, "围垦", reach=reach)
        assert (found.total, found.hits, found.facets["fonds"]) == (1, (left,), [("J002", 1)])
        assert engine.names("jyl", reach, 5) == []
        assert Block([shut, left]).count(SearchRequest(parse("围垦"), reach)) == 1


@pytest.mark.parametrize(
    "there", [("公开",), ("公开", ""), ("公开", "", "限制"), tuple("甲乙丙丁戊己庚辛壬")]
)
def test_several_values_of_a_field_find_what_has_one_of_them_however_many_there_are(engine, there):
    written = [entry(classification=value, fonds=value) for value in there * 2]
    engine.write(written)
    engine.write([], [written[0].record_id])
    for values in ({"公开", "", "无"}, {"甲", "辛", "癸"}, {"癸", "无"}):
        reach = (Reach((("classification", frozenset(values)),)),)
        right = [held.record_id for held in written[1:] if held.classification in values]
        found = ask(engine, "围垦", reach=reach, filters=(("fonds", tuple(sorted(values))),))
        assert sorted(hit.record_id for hit in found.hits) == sorted(right)
        assert found.total == len(right)


@pytest.mark.parametrize(
    "others", [("J2",), tuple(f"{n:036d}" for n in range(60)), ("a,b",), ("甲" * 3_000,)]
)
def test_fonds_and_years_are_chosen_however_many(engine, others):
    dated = {"date_start": date(1958, 1, 1), "date_end": date(1958, 12, 31)}
    engine.write([entry(fonds="J1", **dated), entry(fonds="J1"), entry(fonds="J9", **dated)])
    chosen = (("fonds", ("J1", *others)), ("year", ("1958", "1959")))
    assert ask(engine, "围垦", filters=chosen).total == 1


def test_a_rebuild_serves_the_old_index_until_the_new_one_takes_over(engine):
    engine.write([entry("旧围垦")])
    coming = engine.next_generation()
    coming.write([entry("新围垦"), entry("新围垦二")])
    assert ask(engine, "围垦").total == 1
    coming.take_over()
    assert ask(engine, "围垦").total == 2
    assert ask(another(engine), "围垦").total == 2


def asked(engine, *clauses, **values):
    return engine.search(SearchRequest(Question((clauses,)), PUBLIC, **values))


@pytest.mark.parametrize(
    ("places", "found"),
    [
        (("围", "垦"), True),
        (("围园", "坑垦", "工"), True),
        (("围", "", "工"), True),
        (("围", "", "", "程"), True),
        (("围", "", "程"), False),
        (("垦", "", "程", "", "挥"), True),
        (("垦", "", "程", "", "部"), False),
        (("海", "", "工"), False),
        (("知",), True),
        (("部的", "的", "通", "知道"), True),
        (("]", "^-", "\\"), False),
    ],
)
def test_characters_are_found_at_their_places(engine, places, found):
    engine.write([entry("关于成立围垦工程指挥部的通知")])
    assert (asked(engine, Clause(field="title", places=places)).total == 1) is found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text("围垦工程海", min_size=1, max_size=8), min_size=1, max_size=8),
    places=st.lists(st.sampled_from(["围", "垦工", "程海", ""]), min_size=1, max_size=5),
)
def test_patterns_equal_a_plain_scan(engine, texts, places):
    while places and not places[0]:
        places = places[1:]
    while places and not places[-1]:
        places = places[:-1]
    if not places:
        return
    entries = [entry(text) for text in texts]
    filled(engine, entries)
    request = SearchRequest(Question(((Clause(field="title", places=tuple(places)),),)), PUBLIC, size=50)
    wanted = {found.record_id for found in entries if matcher(request)(scan(found))}
    assert {hit.record_id for hit in engine.search(request).hits} == wanted


@pytest.mark.parametrize("places", [("围", "", "工"), ("围", "", "", "工")])
def test_a_place_nobody_named_lies_in_one_text(engine, places):
    engine.write([entry("别的", pages=("围", "工程")), entry("别的", pages=("围垦", "工程"))])
    assert asked(engine, Clause(places=places)).total == 0


def test_names_are_counted_within_reach_by_their_initials(engine):
    engine.write(
        [
            entry(responsible="蒋玉兰"),
            entry("关于蒋玉兰同志任职的通知", responsible="东屿县水利局、蒋玉兰"),
            entry(responsible="江一龙", opening_mark="unreviewed"),
        ]
    )
    assert engine.names("jyl\t", PUBLIC, 5) == [("jyl\t蒋玉兰", 2)]
    assert engine.names("jyl\t", EVERYTHING, 5) == [("jyl\t蒋玉兰", 2), ("jyl\t江一龙", 1)]
    assert engine.names("dy", PUBLIC, 5) == [("dyxslj\t东屿县水利局", 1)]
    assert engine.names("jyl\t", (), 5) == []


def test_only_what_changed_since_is_asked_for(engine):
    engine.write([entry("旧围垦", changed=100), entry("新围垦", changed=200)])
    assert titles(asked(engine, Clause("围垦"), changed_since=100)) == ["新围垦"]
    assert asked(engine, Clause("围垦"), changed_since=200).total == 0


LETTERS = "围垦工程海塘县年月〇圍縣ＡaB19 -·，。号"
TEXT = st.text(LETTERS, min_size=1, max_size=12)


@pytest.mark.parametrize("query", ["县1", "知第", '"1县"', '"县\u241f1"'])
def test_no_phrase_runs_from_one_field_or_page_into_the_next(engine, query):
    found = entry("通知县", responsible="1县", document_number="1号", pages=("县通知", "第1页"))
    engine.write([found])
    request = SearchRequest(parse(query), PUBLIC)
    assert engine.search(request).total == matcher(request)(scan(found)) == (query == '"1县"')


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=12),
    queries=st.lists(TEXT, min_size=1, max_size=8),
)
def test_counts_equal_a_plain_scan(engine, texts, queries):
    entries = [
        entry(
            title, pages=(text,), reference_code=code, opening_mark="open" if len(title) % 3 else "controlled"
        )
        for title, text, code in texts
    ]
    filled(engine, entries)
    for typed in queries:
        for query in (typed, f'"{typed}"', f"档号:{typed}"):
            try:
                request = SearchRequest(parse(query), PUBLIC, size=50)
            except Invalid:  # nothing but punctuation
                continue
            matches = matcher(request)
            wanted = {found.record_id for found in entries if matches(scan(found))}
            result = engine.search(request)
            assert Block(entries).count(request) == len(wanted)
            assert {hit.record_id for hit in result.hits} == wanted, (query, texts)
            assert result.total == len(wanted)


@pytest.mark.parametrize("query", ["民国三十六年", "民國36年", "1947"])
def test_an_era_year_finds_what_is_dated_in_it(engine, query):
    engine.write(
        [
            entry("渔会会员名册", date_start=date(1947, 1, 1), date_end=date(1947, 12, 31)),
            entry("海塘", date_start=date(1948, 1, 1), date_end=date(1948, 12, 31)),
        ]
    )
    assert titles(ask(engine, query)) == ["渔会会员名册"]


def test_a_filter_that_no_engine_knows_is_refused_whichever_engine_it_is():
    for filters in ((("shelf", ("1",)),), (("year", ("去年",)),)):
        with pytest.raises(Invalid):
            SearchRequest(parse("围垦"), PUBLIC, filters)
