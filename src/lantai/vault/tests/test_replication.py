"""Copies that a store was never given: written in batches, proven, taken back with their batch."""

import pytest

from lantai.core.actors import SYSTEM
from lantai.core.errors import Unavailable
from lantai.records.api import Record
from lantai.vault.adapters.filesystem import FilesystemStore
from lantai.vault.api import Copy, add_version, audit, reconcile, recover, replicate
from lantai.vault.models import VaultObject
from lantai.vault.ocfl_validation import check_object
from lantai.vault.replication import lacking_copies
from lantai.vault.stores import configuration_file, open_store

from .factories import ingest_now, page_images, record, records

pytestmark = pytest.mark.django_db(transaction=True)

ANOTHER = """
[[store]]
key = "third"
name = "第三备份"
kind = "filesystem"
location = "vault/third"
site = "外省"
medium = "磁带"
purpose = "backup"
"""


def held():
    rows = [*records(3), record(page_images(b"one" * 99, b"two" * 99)), record(title="目录条目")]
    ingest_now(rows)
    Record.objects.filter(id=rows[0].id).update(responsible="云州市人民政府")
    add_version([rows[0].id], SYSTEM, "补充责任者")
    file = configuration_file()
    file.write_text(file.read_text(encoding="utf-8") + ANOTHER, encoding="utf-8")
    return rows


@pytest.mark.requirement("Z35")
def test_a_store_added_later_catches_up():
    held()
    number = VaultObject.objects.count()
    assert lacking_copies("third") == number
    done = replicate("third")
    assert (done.copies, done.left, lacking_copies("third")) == (number, 0, 0)
    store = open_store("third")
    for row in VaultObject.objects.all():
        checked = check_object(store.object_files(row.object_path))
        assert (checked.problems, checked.inventory_sha512) == ((), row.inventory_sha512)
    copies = Copy.objects.filter(store="third")
    assert {(copy.state, copy.version - copy.object.version) for copy in copies} == {("verified", 0)}
    assert audit("third").is_clean
    assert reconcile().findings == []
    assert replicate("third").copies == 0


def test_what_is_damaged_at_its_source_is_taken_from_no_one_unproven():
    rows = held()
    broken = VaultObject.objects.get(record_id=rows[1].id)
    for key in ("use", "backup-near", "backup-far"):
        folder = open_store(key).object_files(broken.object_path)
        path = next(path for path in folder.paths() if "/documents/" in path)
        folder.local_path(path).write_bytes(b"changed")
    done = replicate("third")
    assert (done.copies, done.left) == (VaultObject.objects.count() - 1, 1)
    assert not list(open_store("third").object_files(broken.object_path).paths())


def test_a_replication_that_fails_while_placing_leaves_nothing(monkeypatch):
    held()
    placed, real = [], FilesystemStore.place

    def fail_at_the_third(store, batch, placement):
        if len(placed) == 2:
            raise OSError(28, "No space left on device")
        placed.append(placement)
        real(store, batch, placement)

    with monkeypatch.context() as broken:
        broken.setattr(FilesystemStore, "place", fail_at_the_third)
        with pytest.raises(Unavailable):
            replicate("third")
    recover()
    assert list(open_store("third").object_paths()) == []
    assert replicate("third").copies == VaultObject.objects.count()
