"""Lists of answers and their facets, walked and counted, on every engine."""

import random
import uuid
from datetime import date, timedelta

import pytest

from lantai.search.engine import MOST_VALUES
from lantai.search.packing import sort_key

from .engines import PUBLIC, another, ask, entry


@pytest.mark.parametrize("sort", ["date", "-date"])
def test_lists_by_date_are_walked_to_the_end_without_gap_or_double(engine, sort):
    day = date(1949, 10, 1)
    written = [
        entry(f"通知{n}", date_start=day + timedelta(days=n // 7), date_end=day + timedelta(days=n // 7))
        for n in range(155)
    ]
    engine.write(random.Random(1).sample(written, len(written)))
    seen, after = [], ""
    while True:
        result = ask(engine, "通知", sort=sort, after=after, size=20)
        assert result.total == 155
        seen += result.hits
        after = result.next
        if not after:
            break
    assert seen == sorted(written, key=sort_key, reverse=sort == "-date")


@pytest.mark.requirement("S28")
@pytest.mark.parametrize("sort", ["relevance", "-date"])
def test_a_list_is_walked_beyond_ten_thousand_without_gap_or_double(engine, sort):
    number, page = 10_300, 2_000
    engine.write(entry("垦" * (1 + n % 3), record_id=str(uuid.UUID(int=n + 1))) for n in range(number))
    seen, totals, after = [], set(), ""
    while not seen or after:
        result = ask(engine, "垦垦 OR 垦", sort=sort, after=after, size=page, facets=())
        totals.add(result.total)
        seen += [hit.record_id for hit in result.hits]
        after = result.next
    assert totals == {number}
    assert len(seen) == len(set(seen)) == number


@pytest.mark.parametrize("sort", ["date", "-date"])
def test_a_list_is_walked_however_far_ahead_somebody_dated_it(engine, sort):
    engine.write(entry(date_start=date(9999, 12, 31), date_end=date(9999, 12, 31)) for _ in range(5))
    seen, after = [], ""
    while len(seen) < 6 and (after or not seen):
        result = ask(engine, "围垦", sort=sort, size=2, after=after)
        seen += [hit.record_id for hit in result.hits]
        after = result.next
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("query", ["围垦工程", "围垦 工程", "围垦工程 OR 水库工程"])
def test_a_list_by_relevance_goes_on_from_titles_to_texts_without_gap_or_double(engine, query):
    titles = [entry(f"关于围垦工程第{n}号的批复") for n in range(45)]
    texts = [entry(f"水利通知{n}", pages=("围垦工程，" * 9,), category="KJ") for n in range(15)]
    engine.write(random.Random(2).sample([*titles, *texts], 60))
    seen, after = [], ""
    while not seen or after:
        result = ask(engine, query, size=7, after=after)
        assert result.total == 60
        assert dict(result.facets["category"])["KJ"] == 15
        seen += [hit.record_id for hit in result.hits]
        after = result.next
    assert set(seen[:45]) == {one.record_id for one in titles}
    assert len(seen) == len(set(seen)) == 60


def test_relevance_prefers_the_title_over_the_text(engine):
    engine.write([entry("年度总结", pages=("说到围垦工程一次",)), entry("围垦工程")])
    assert [hit.title for hit in ask(engine, "围垦工程").hits] == ["围垦工程", "年度总结"]


@pytest.mark.parametrize("sort", ["relevance", "date", "-date"])
@pytest.mark.parametrize(
    "after",
    ["x", "²", "-1", "18446744073709551615", "9" * 5000, "00.5_7", "1e-5_3", f"0.5_{2**63}", "_", "nan_1"],
)
def test_a_way_on_that_nobody_was_given_begins_again(engine, sort, after):
    engine.write([entry()])
    assert ask(engine, "围垦工程", sort=sort, after=after).total == 1


@pytest.mark.parametrize("sort", ["relevance", "date"])
def test_what_was_counted_before_is_counted_anew_once_anything_was_written(engine, sort):
    engine.write([entry(category="WS") for _ in range(3)])
    for _ in range(2):
        first = ask(engine, "围垦", sort=sort, size=2)
        assert (first.total, len(first.hits), first.facets["category"]) == (3, 2, [("WS", 3)])
        last = ask(engine, "围垦", sort=sort, size=2, after=first.next, facets=())
        assert (last.total, len(last.hits), last.next, last.facets) == (3, 1, "", {})
    another(engine).write([entry(category="WS")])
    again = ask(engine, "围垦", sort=sort, size=2)
    assert (again.total, again.facets["category"]) == (4, [("WS", 4)])


@pytest.mark.parametrize("size", [2, 20])
def test_facets_are_the_same_whether_one_page_holds_the_answer_or_not(engine, size):
    told = [
        ("围垦工程", "J001", "WS", 1980, date(1961, 3, 1)),
        ("围垦规划", "J001", "ZY", 1961, date(1961, 5, 2)),
        ("围垦图", "J002", "WS", 1962, date(1962, 1, 1)),
        ("围垦来信", "J001", "", None, None),
    ]
    engine.write(
        entry(title, fonds=fonds, category=category, year=year, date_start=day, date_end=day)
        for title, fonds, category, year, day in told
    )
    found = ask(engine, "围垦", size=size)
    assert found.total == 4
    assert [pair for pair in found.facets["fonds"] if pair[0]] == [("J001", 3), ("J002", 1)]
    assert [pair for pair in found.facets["category"] if pair[0]] == [("WS", 2), ("ZY", 1)]
    assert found.facets["year"] == [("1961", 2), ("1962", 1)]


def test_no_more_values_of_a_facet_are_told_where_one_page_holds_the_answer(engine):
    engine.write(entry(fonds=f"J{number:03d}") for number in range(30))
    for size in (10, 100):
        assert len(ask(engine, "围垦", size=size).facets["fonds"]) == MOST_VALUES


def test_a_page_asked_for_again_shows_what_was_written_and_dropped_meanwhile(engine):
    engine.write([entry(record_id="a" * 32, responsible="蒋玉兰"), entry(record_id="b" * 32)])
    for _ in range(2):
        assert {hit.record_id[0] for hit in ask(engine, "围垦").hits} == {"a", "b"}
        assert engine.names("jyl", PUBLIC, 5) == [("jyl\t蒋玉兰", 1)]
    another(engine).write([entry("围垦区移民名册", record_id="b" * 32)], ["a" * 32])
    assert [hit.title for hit in ask(engine, "围垦").hits] == ["围垦区移民名册"]
    assert engine.names("jyl", PUBLIC, 5) == []
