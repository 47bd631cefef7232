"""An index filled anew beside the one that serves: what happens meanwhile holds in the new one too."""

import errno
import os
import resource
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from lantai.core.actors import ANONYMOUS
from lantai.core.errors import Conflict, Unavailable
from lantai.core.events import deliver_pending, publish
from lantai.records.api import Record, RecordsChanged
from lantai.records.tests import factories as make
from lantai.search import jobs, services
from lantai.search.adapters.tantivy_folder import writable
from lantai.search.engines import engine
from lantai.search.services import index_records, rebuild_index, search
from lantai.search.withholding import INDEX, keep_withholding
from lantai.vault.api import RecordsErased

from .sites import EITHER, use

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=EITHER)
def opened(request, tmp_path, monkeypatch):
    """Two open records that the index knows."""
    for _engine in use(request.param, tmp_path, monkeypatch):
        made = [make.record(title=f"围垦工程第{number}号通知") for number in range(2)]
        Record.objects.update(opening_mark="open", state="held")
        index_records([record.id for record in made])
        deliver_pending()
        yield made


def withdraw(record):
    with transaction.atomic():
        Record.objects.filter(id=record.id).update(opening_mark="controlled", changed_at=timezone.now())
        publish(RecordsChanged((record.id,), "opened"))


def at_the_change_over(monkeypatch, look):
    """Has somebody look the moment before a new index takes over."""
    take_over = type(engine()).take_over

    def looked_at(self):
        look()
        take_over(self)

    monkeypatch.setattr(type(engine()), "take_over", looked_at)


def elsewhere(act):
    """What another process gets: its result, or what it is refused with."""
    told = []

    def run():
        try:
            told.append(act())
        except (Conflict, Unavailable) as refused:
            told.append(refused)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return told[0]


@pytest.mark.requirement("S12", "S28")
def test_what_is_withdrawn_while_a_new_index_is_filled_does_not_come_back_with_it(opened, monkeypatch):
    delivered = []
    at_the_change_over(monkeypatch, lambda: delivered.append(elsewhere(lambda: deliver_pending(INDEX))))
    filling = rebuild_index()
    next(filling)
    withdraw(opened[0])
    seen = [search("围垦", ANONYMOUS).total for _written in filling]
    assert delivered == [0]
    assert seen == [1]
    assert deliver_pending(INDEX) == 1
    keep_withholding()
    assert [hit.record_id for hit in search("围垦", ANONYMOUS).hits] == [str(opened[1].id)]


def test_two_do_not_fill_a_new_index_at_once(opened):
    filling = rebuild_index()
    next(filling)
    refused = elsewhere(lambda: next(rebuild_index()))
    assert isinstance(refused, Conflict)
    assert refused.remedy
    assert [written for written, _total in filling] == [2]
    assert list(rebuild_index())[-1] == (2, 2)


@pytest.mark.requirement("S45")
def test_what_is_erased_while_a_new_index_is_filled_is_cleared_from_that_one(opened, monkeypatch):
    erased = [RecordsErased((opened[0].id,), ())]
    told = []
    at_the_change_over(monkeypatch, lambda: told.append(elsewhere(lambda: jobs.follow_erasures(erased))))
    Record.objects.filter(id=opened[0].id).update(state="destroyed")
    list(rebuild_index())
    assert isinstance(told[0], Unavailable)
    jobs.follow_erasures(erased)
    assert not jobs.Job.objects.filter(kind=jobs.KIND).exists()
    assert search("围垦", ANONYMOUS).total == 1


def test_rebuilds_that_die_leave_one_index_at_most_beside_the_one_that_serves(opened):
    for _time in range(3):
        coming = engine().next_generation()
        coming.write([])
    if hasattr(engine(), "folder"):
        assert len([path for path in engine().folder.iterdir() if path.name.isdecimal()]) == 2
    else:
        assert len(engine()._generations()) == 2
    assert not engine().expunge()
    assert search("围垦", ANONYMOUS).total == 2
    coming.take_over()
    assert engine().expunge()


def test_a_rebuild_that_fails_leaves_nothing_and_the_old_index_serves(opened, monkeypatch):
    def full(_record_ids):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(services, "entries_of", full)
        with pytest.raises(OSError, match="No space"):
            list(rebuild_index())
    assert engine().expunge()
    assert search("围垦", ANONYMOUS).total == 2
    assert list(rebuild_index())[-1] == (2, 2)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_what_the_engine_cannot_write_is_told_as_the_systems_error(tmp_path, number):
    with pytest.raises(OSError, match=str(tmp_path)) as told, writable(tmp_path):
        raise ValueError(f"An IO error occurred: '{os.strerror(number)} (os error {number})'")
    assert told.value.errno == number
    with pytest.raises(ValueError, match="ours"), writable(tmp_path):
        raise ValueError("a fault of ours")


def test_of_a_writer_that_died_the_system_is_asked_why(tmp_path):
    died = "An index writer was killed.. A worker thread encountered an error"
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (4096, usual[1])
        )  # a disk with no more room, to this process
        with pytest.raises(OSError, match=str(tmp_path)) as told, writable(tmp_path):
            raise ValueError(died)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert told.value.errno == errno.EFBIG
    with pytest.raises(OSError, match=str(tmp_path)) as told, writable(tmp_path):
        raise ValueError(died)
    assert told.value.errno == errno.EIO
    assert not list(tmp_path.iterdir())


def test_what_a_rebuild_that_died_left_does_not_keep_erased_words(opened):
    left = engine().next_generation()
    left.write([])
    jobs.follow_erasures([RecordsErased((opened[0].id,), ())])
    assert jobs.Job.objects.filter(kind=jobs.KIND).count() == 1
