"""An index that is lost, broken or of an older version is made anew by itself; nothing waits for it."""

import shutil

import pytest
from django.db import connection
from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.errors import Unavailable
from lantai.core.events import deliver_pending
from lantai.core.jobs import Job, run_inline
from lantai.core.settings import home
from lantai.records.api import Record
from lantai.records.tests import factories as make
from lantai.search import jobs, services
from lantai.search.adapters import tantivy_folder
from lantai.search.adapters.tantivy_fields import schema
from lantai.search.engines import engine
from lantai.search.services import index_records, search
from lantai.search.withholding import INDEX

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_index(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    engine.cache_clear()
    yield
    engine.cache_clear()


def three_records():
    for number in range(3):
        make.record(title=f"围垦工程第{number}号通知")
    index_records(list(Record.objects.values_list("id", flat=True)))


def broken():
    for path in (home() / "index").rglob("meta.json"):
        path.write_text('{"schema": "another"}', encoding="utf-8")


@pytest.mark.requirement("S28")
@pytest.mark.parametrize("is_open", [False, True])
def test_a_broken_index_is_rebuilt_once_and_then_answers(is_open):
    three_records()
    assert search("围垦", SYSTEM).total == 3
    broken()
    if not is_open:
        engine.cache_clear()
    with pytest.raises(Unavailable) as told:
        search("围垦", SYSTEM)
    assert "rebuild" in told.value.remedy
    jobs.mend_index()
    jobs.mend_index()
    assert Job.objects.filter(kind=jobs.KIND).count() == 1
    done = run_inline(jobs.KIND, SYSTEM)
    assert done.result == {"entries": 3}
    assert search("围垦", SYSTEM).total == 3


def test_a_lost_index_is_empty_and_filled_by_a_rebuild():
    three_records()
    shutil.rmtree(home() / "index")
    engine.cache_clear()
    assert search("围垦", SYSTEM).total == 0
    run_inline(jobs.KIND, SYSTEM)
    assert search("围垦", SYSTEM).total == 3


@pytest.mark.parametrize("left", [b"", b"0000", b"\xff", b"000007"])
def test_a_pointer_that_a_power_cut_spoilt_is_made_good(left):
    three_records()
    deliver_pending(INDEX)
    run_inline(jobs.KIND, SYSTEM)
    (home() / "index" / "current").write_bytes(left)
    assert search("围垦", SYSTEM).total == 0
    jobs.mend_index()
    assert Job.objects.get(state="queued").kind == jobs.KIND
    run_inline(jobs.KIND, SYSTEM)
    assert search("围垦", SYSTEM).total == 3


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_goes_on_beside_an_office_that_writes(monkeypatch):
    three_records()
    monkeypatch.setattr(services, "BATCH", 2)
    office = connection.copy()
    pieces_of = services.entries_of

    def while_they_write(record_ids):
        with office.cursor() as cursor:
            cursor.execute("UPDATE records_record SET responsible = 'theirs'")
        return pieces_of(record_ids)

    monkeypatch.setattr(services, "entries_of", while_they_write)
    try:
        assert run_inline(jobs.KIND, SYSTEM).result == {"entries": 3}
    finally:
        office.close()
    assert search("围垦", SYSTEM).total == 3


def test_an_index_from_before_threes_answers_and_takes_news_until_it_was_filled_anew(monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(tantivy_folder, "schema", lambda **_fields: schema(in_threes=False))
        three_records()
    engine.cache_clear()
    make.record(title="围垦工程验收报告")
    deliver_pending(INDEX)
    assert [search(asked, SYSTEM).total for asked in ("围垦工程", "工程验收", "程第2号")] == [4, 1, 1]
    assert not engine().is_current()
    jobs.mend_index()
    run_inline(jobs.KIND, SYSTEM)
    assert engine().is_current()
    assert [search(asked, SYSTEM).total for asked in ("围垦工程", "工程验收", "程第2号")] == [4, 1, 1]


def test_an_index_from_before_threes_is_not_filled_anew_every_minute_where_that_fails(monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(tantivy_folder, "schema", lambda **_fields: schema(in_threes=False))
        three_records()
    engine.cache_clear()
    deliver_pending(INDEX)
    failed = Job.objects.create(kind=jobs.KIND, title="", state="failed", finished_at=timezone.now())
    jobs.mend_index()
    assert not Job.objects.filter(state="queued").exists()
    Job.objects.filter(id=failed.id).update(finished_at=timezone.now() - jobs.TRIED_AGAIN_AFTER)
    jobs.mend_index()
    assert Job.objects.filter(state="queued").count() == 1


def test_nothing_is_started_while_the_index_is_well():
    three_records()
    jobs.mend_index()
    assert not Job.objects.filter(kind=jobs.KIND).exists()
