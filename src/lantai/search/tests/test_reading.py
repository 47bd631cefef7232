"""Suggestions, corrections, tables and kept searches: all within what the reader may see, at that moment."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from lantai.core.actors import ANONYMOUS, SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.core.events import deliver_pending
from lantai.institutions.tests.factories import a_person, a_person_as
from lantai.records.api import Record
from lantai.records.tests import factories as make
from lantai.search import exporting, saving
from lantai.search.engines import engine
from lantai.search.models import SavedSearch
from lantai.search.services import index_records, search, suggest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_index(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    engine.cache_clear()
    yield
    engine.cache_clear()


def indexed(title, mark="open", **values):
    record = make.record(title=title, **values)
    Record.objects.filter(id=record.id).update(opening_mark=mark)
    index_records([record.id])
    return record


def remarked(record, mark):
    Record.objects.filter(id=record.id).update(
        opening_mark=mark, changed_at=timezone.now() + timedelta(seconds=2)
    )
    index_records([record.id])


def archivist(person=None):
    agency = make.agency()
    person = person or a_person()
    return Actor(str(person.id), "林岚", frozenset({"record_archivist"}), agency.id, via="web")


@pytest.mark.requirement("S28")
def test_what_is_suggested_is_what_the_reader_may_see_and_goes_when_it_is_withdrawn():
    opened = indexed("关于成立围垦工程指挥部的通知")
    indexed("围垦移民秘密安置名册", mark="unreviewed")
    assert suggest("围垦", ANONYMOUS) == ["围垦工程指挥部"]
    assert set(suggest("围垦", archivist())) == {"围垦工程指挥部", "围垦移民秘密安置名册"}
    assert suggest("通知 围墾", ANONYMOUS) == ["通知 围垦工程指挥部"]
    assert suggest("weiken", ANONYMOUS) == ["围垦工程指挥部"]
    remarked(opened, "controlled")
    assert suggest("围垦", ANONYMOUS) == []


@pytest.mark.requirement("S28")
def test_a_name_is_found_and_suggested_by_its_initials():
    indexed("关于蒋玉兰同志任职的通知")
    indexed("会议记录", mark="unreviewed", responsible="江一龙")
    assert search("jyl", ANONYMOUS).total == 1
    assert search("jyl", archivist()).total == 2
    assert suggest("jyl", ANONYMOUS) == ["蒋玉兰同志任职", "蒋玉兰"]
    assert search("jiangyulan", ANONYMOUS).total == 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("围肯工程", "围垦工程"),  # the same sound
        ("围垦工地", "围垦工程"),  # another character at the end
        ("土垦工程", "围垦工程"),  # at the beginning
        ("指辉部 通知", "指挥部 通知"),
        ("围垦的工程", "围垦工程"),  # one more
        ("围垦程", "围垦工程"),  # one less
        ("1701年围垦工程", "围垦工程"),  # not in that year
        ("1701年度的围垦工程", "围垦工程"),
        ("围垦工程民国三十六年", "围垦工程"),
        ("1701年不相干", ""),
        ("完全不相干", ""),
    ],
)
@pytest.mark.requirement("S28")
def test_where_nothing_is_found_what_was_meant_is_offered(typed, meant):
    indexed("关于成立围垦工程指挥部的通知")
    indexed("围坑工棚", mark="unreviewed")
    found = search(typed, ANONYMOUS)
    assert (found.total, found.did_you_mean) == (0, meant)


def test_a_year_written_in_one_with_what_is_asked_for_is_offered_apart():
    indexed("蒋玉兰结婚登记审查处理表", date_text="19780501", year=1978)
    assert search("1978年结婚登记", ANONYMOUS).did_you_mean == "1978年 结婚登记"
    assert search("1979年结婚登记", ANONYMOUS).did_you_mean == "结婚登记"


@pytest.mark.parametrize("query", ["1978年结婚登记 " + "无此词 " * 31, "1978年结婚登记 " + "无" * 490])
def test_a_question_as_long_as_may_be_is_answered_though_nothing_is_found(query):
    indexed("蒋玉兰结婚登记审查处理表")
    found = search(query.strip(), ANONYMOUS)
    assert (found.total, found.did_you_mean) == (0, "")


def test_a_word_that_titles_say_is_put_right_by_its_sound_alone():
    indexed("兴修水利的通知")
    indexed("水力电站图纸")
    indexed("火力电站图纸")
    assert search("水利电站图纸", ANONYMOUS).did_you_mean == "水力电站图纸"
    assert search("水利 电站", ANONYMOUS).did_you_mean == "水力 电站"
    assert search("兴修 图纸", ANONYMOUS).did_you_mean == ""


def test_a_correction_never_tells_of_what_may_not_be_seen():
    indexed("围垦工程", mark="controlled")
    assert search("围肯工程", ANONYMOUS).did_you_mean == ""


def test_a_table_holds_every_record_found_and_nothing_in_it_is_reckoned():
    for number in range(230):
        make.record(title=f"=1+{number} 围垦")
    Record.objects.update(opening_mark="open")
    index_records(list(Record.objects.values_list("id", flat=True)))
    indexed("围垦密件", mark="unreviewed")
    text = b"".join(exporting.as_csv(exporting.results("围垦", ANONYMOUS), str)).decode("utf-8-sig")
    lines = text.splitlines()
    assert len(lines) == 231
    assert all("'=1+" in line for line in lines[1:])
    with exporting.as_xlsx(exporting.results("围垦", ANONYMOUS), str) as file:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(file.read())).get_sheet_by_index(0).to_python()
    assert len(rows) == 231
    assert all(row[1].startswith("=1+") for row in rows[1:])


def test_a_table_too_long_is_refused_before_it_begins(monkeypatch):
    monkeypatch.setattr(exporting, "MOST_ROWS", 1)
    indexed("围垦一")
    indexed("围垦二")
    with pytest.raises(Invalid, match="最多 1 件"):
        exporting.results("围垦", ANONYMOUS)


@pytest.mark.requirement("S28")
def test_a_kept_search_tells_what_is_new_and_forgets_what_is_withdrawn():
    actor = archivist()
    kept = saving.save_search(query="围垦", actor=actor)
    SavedSearch.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    kept.refresh_from_db()
    record = indexed("围垦工程的请示")
    assert [news.fresh for news in saving.news_of([kept], actor)] == [1]
    Record.objects.filter(id=record.id).update(state="destroyed")
    index_records([record.id])
    assert [news.fresh for news in saving.news_of([kept], actor)] == [0]
    indexed("围垦工程的批复")
    SavedSearch.objects.update(seen_at=timezone.now() + timedelta(minutes=1))
    kept.refresh_from_db()
    assert [news.fresh for news in saving.news_of([kept], actor)] == [0]


def test_what_the_index_learns_after_somebody_looked_is_new_to_them():
    actor = archivist()
    late = make.record(title="围垦工程的请示")
    kept = saving.save_search(query="围垦", actor=actor)
    deliver_pending("search.index")
    assert [news.fresh for news in saving.news_of([kept], actor)] == [1]
    other = make.record(title="围垦工程的批复")
    Record.objects.filter(id=late.id).update(changed_at=timezone.now() - timedelta(hours=1))
    kept = saving.mark_seen(search_id=kept.id, actor=actor)
    index_records([late.id, other.id])
    assert [news.fresh for news in saving.news_of([kept], actor)] == [1]


def test_a_kept_search_is_its_owners_alone():
    kept = saving.save_search(query="围垦", actor=archivist())
    with pytest.raises(NotFound):
        saving.forget_search(search_id=kept.id, actor=archivist())
    with pytest.raises(Forbidden):
        saving.save_search(query="围垦", actor=ANONYMOUS)
    with pytest.raises(Invalid):
        saving.save_search(query=" ", actor=archivist())


def test_no_more_than_fifty_searches_are_kept(monkeypatch):
    monkeypatch.setattr(saving, "MOST_SAVED", 1)
    actor = archivist()
    saving.save_search(query="围垦", actor=actor)
    with pytest.raises(Conflict):
        saving.save_search(query="海塘", actor=actor)


def test_what_one_does_with_kept_searches_one_does_on_the_page(client):
    person = a_person_as("record_archivist")
    client.force_login(person)
    record = indexed("围垦工程的请示")
    client.post("/desk/searches/save/", {"q": "围垦", "from": "1900", "sort": "date"})
    kept = SavedSearch.objects.get()
    assert (kept.query, kept.sort) == ("围垦 1900..", "date")
    assert "围垦" in client.get("/desk/searches/").content.decode()
    answer = client.post(f"/desk/searches/{kept.id}/")
    assert answer["Location"].startswith("/search?q=")
    client.post(f"/desk/searches/{kept.id}/alert/", {})
    assert not SavedSearch.objects.get().alert
    assert "围垦工程" in client.get("/search/suggest?q=围垦").content.decode()
    table = client.get("/search/results.csv?q=围垦")
    assert str(record.id) in b"".join(table.streaming_content).decode()
    assert client.get("/search/results.pdf?q=围垦").status_code == 404
    client.post(f"/desk/searches/{kept.id}/forget/")
    assert not SavedSearch.objects.exists()


@pytest.mark.requirement("S28")
def test_the_desk_tells_of_kept_searches_with_something_new(client):
    client.force_login(a_person_as("record_archivist"))
    asked = 'hx-get="/desk/searches/news/"'
    assert asked not in client.get("/desk/").content.decode()
    client.post("/desk/searches/save/", {"q": "围垦"})
    assert asked in client.get("/desk/").content.decode()
    SavedSearch.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    assert not client.get("/desk/searches/news/").content.strip()
    indexed("围垦工程的请示")
    told = client.get("/desk/searches/news/").content.decode()
    assert "围垦 <strong>1</strong>" in told
    assert "去看新的" in told
    SavedSearch.objects.update(alert=False)
    assert not client.get("/desk/searches/news/").content.strip()
    assert asked not in client.get("/desk/").content.decode()


def test_the_system_sees_what_is_indexed():
    indexed("围垦工程的请示", mark="unreviewed")
    assert search("围垦", SYSTEM).total == 1
