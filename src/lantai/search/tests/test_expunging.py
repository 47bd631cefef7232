"""What was erased leaves the index's own files, not only its answers."""

import uuid

import pytest

from .engines import another, ask, distributed, embedded, entry, titles

pytestmark = pytest.mark.django_db
GONE = "隐匿词句"


@pytest.fixture(params=[embedded, pytest.param(distributed, marks=pytest.mark.services)])
def engine(request, tmp_path):
    yield from request.param(tmp_path)


def lying(folder, words):
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if words.encode() in path.read_bytes()]


@pytest.mark.requirement("S45")
def test_dropped_entries_leave_the_disk_and_the_others_stay(engine, tmp_path):
    kept = [entry(f"留下的第{number}件", pages=("正文",)) for number in range(7)]
    gone = entry("要清除的件", pages=(GONE, "第二页"), record_id=str(uuid.uuid4()))
    engine.write([gone, *kept[:3]])
    engine.write(kept[3:])
    if hasattr(engine, "folder"):
        assert lying(engine.folder, GONE)
    engine.write([], [gone.record_id])
    assert engine.expunge()
    assert (
        titles(ask(engine, "留下")) == titles(ask(another(engine), "留下")) == sorted(e.title for e in kept)
    )
    assert (engine.count(), ask(engine, GONE).total) == (7, 0)
    if hasattr(engine, "folder"):
        assert not lying(engine.folder, GONE)
    engine.write([entry("后来的件")])
    assert another(engine).count() == 8


def test_an_index_that_is_being_filled_anew_is_left_to_its_filler(engine):
    engine.write([entry()])
    coming = engine.next_generation()
    coming.write([entry()])
    assert engine.expunge() is False
    coming.take_over()
    assert another(engine).expunge() is True


def test_an_index_is_as_whole_after_it_was_cleared_as_before(engine):
    engine.write([entry()])
    assert engine.expunge()
    assert not another(engine).is_whole()
    engine.mark_whole()
    assert engine.expunge()
    assert another(engine).is_whole()
