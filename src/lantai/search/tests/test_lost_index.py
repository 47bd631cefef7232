"""An index that somebody emptied or took away under a running site: it refills, and nothing waits for it."""

import shutil

import pytest

from lantai.core.actors import SYSTEM
from lantai.core.errors import Unavailable
from lantai.core.events import backlog, deliver_pending
from lantai.core.jobs import Job, run_inline
from lantai.records.api import Record
from lantai.records.tests import factories as make
from lantai.search import api, jobs
from lantai.search.engines import engine
from lantai.search.services import search
from lantai.search.withholding import INDEX

from .engines import another
from .sites import EITHER, use

pytestmark = pytest.mark.django_db


@pytest.fixture(params=EITHER)
def kept(request, tmp_path, monkeypatch):
    yield from use(request.param, tmp_path, monkeypatch)


def taken_away():
    """From outside, while this process has it open."""
    held = engine()
    if hasattr(held, "folder"):
        shutil.rmtree(held.folder)
    else:
        held._client.indices.delete(index=f"{held.cluster.name}-*")


def emptied():
    another(engine()).write([], gone=[str(key) for key in Record.objects.values_list("id", flat=True)])


def three_indexed():
    for number in range(3):
        make.record(title=f"围垦工程第{number}号通知")
    deliver_pending(INDEX)
    jobs.mend_index()
    assert (search("围垦", SYSTEM).total, engine().is_whole()) == (3, True)


@pytest.mark.requirement("S28")
@pytest.mark.parametrize("lose", [taken_away, emptied])
def test_what_was_lost_is_noticed_and_refilled_while_records_go_on_being_made(kept, lose):
    three_indexed()
    lose()
    made = make.record(title="围垦工程第四号通知")
    while deliver_pending(INDEX):
        pass
    Record.objects.filter(id=made.id).update(page_count=2)
    waits = [news for news in backlog() if news.consumer == INDEX]
    jobs.mend_index()
    assert Job.objects.filter(kind=jobs.KIND).count() == 1
    assert search("围垦", SYSTEM).in_part is (lose is taken_away)
    assert run_inline(jobs.KIND, SYSTEM).result == {"entries": 4}
    assert (search("围垦", SYSTEM).total, engine().is_whole()) == (4, True)
    assert all(news.failing for news in waits)


def test_an_index_that_is_not_whole_is_told_with_the_command_that_mends_it(kept):
    three_indexed()
    taken_away()
    try:
        engine().count()
    except Unavailable:
        assert engine().count() == 0
    with pytest.raises(Unavailable, match="少 3 条") as told:
        api.observed()
    assert "lantai index rebuild" in told.value.remedy
    list(api.rebuild_index())
    assert "3" in api.observed()
