"""What was lawfully destroyed is gone from every store, and stays gone."""

import shutil

import pytest
from django.test import TestCase

from lantai.core.actors import SYSTEM
from lantai.core.errors import NotFound
from lantai.core.settings import home
from lantai.ledger.api import Entry, sequence_pending
from lantai.records.api import Document, Record
from lantai.vault.api import audit, erase, finish_erasures, open_document, rebuild, repair
from lantai.vault.models import Copy, Erasure, SegmentEntry, VaultObject
from lantai.vault.ocfl_validation import check_object
from lantai.vault.stores import open_store

from .factories import document, ingest_now, record, records
from .test_rebuild import empty_database  # noqa: F401

STORES = ("use", "backup-near", "backup-far")
SECRET = b"the very words that must go " * 50


def holding(words=SECRET):
    """Files anywhere in the vault, quarantine and staging too, that hold these bytes."""
    files = (path for path in (home() / "vault").rglob("*") if path.is_file())
    return [path for path in files if words in path.read_bytes()]


def destroy(rows, kind="disposal"):
    erase([row.id for row in rows], kind=kind, basis="disposal:test", actor=SYSTEM)
    with TestCase.captureOnCommitCallbacks(execute=True):
        return finish_erasures(SYSTEM)


@pytest.mark.requirement("S45")
def test_a_destroyed_record_leaves_every_store_and_its_description_stays(db):
    kept, gone = records(1)[0], record(document(SECRET), title="到期的件")
    ingest_now([kept, gone])
    assert len(holding()) >= 3
    assert destroy([gone]) == 1
    assert holding() == []
    gone.refresh_from_db()
    assert (gone.state, gone.title) == ("destroyed", "到期的件")
    assert Entry.objects.filter(act="vault.erase", subject=f"record:{gone.id}").count() == 1
    with pytest.raises(NotFound, match="已依法销毁"):
        open_document(Document.objects.get(record=gone))
    assert open_document(Document.objects.get(record=kept)).exists()
    row = VaultObject.objects.get(record=gone)
    for key in STORES:
        checked = check_object(open_store(key).object_files(row.object_path))
        assert not checked.problems
        assert checked.inventory_sha512 == row.inventory_sha512
        assert audit(key).is_clean
    assert repair().repaired == 0
    assert destroy([gone]) == 0


def test_quarantined_copies_of_it_go_too(db):
    gone = record(document(SECRET))
    ingest_now([gone])
    path = VaultObject.objects.get(record=gone).object_path
    target = home() / "vault/use/objects" / path
    (target / "stray").write_bytes(b"x")
    audit("use")
    repair()
    assert len(holding()) >= 4
    destroy([gone])
    assert holding() == []


def test_a_store_that_was_away_is_cleared_when_it_comes_back(db):
    gone = record(document(SECRET))
    ingest_now([gone])
    place = home() / "vault/backup-far"
    place.rename(place.with_name("unplugged"))
    destroy([gone])
    assert Copy.objects.get(store="backup-far").state == "pending"
    place.with_name("unplugged").rename(place)
    audit("backup-far")
    assert repair().repaired == 1
    assert holding() == []
    assert all(audit(key).is_clean for key in STORES)


def test_a_store_put_back_as_it_was_before_the_erasure_is_cleared_too(db):
    gone = record(document(SECRET))
    ingest_now([gone])
    place, old = home() / "vault/backup-far", home() / "old"
    shutil.copytree(place, old)
    destroy([gone])
    shutil.rmtree(place)
    old.rename(place)
    assert len(holding()) == 1
    audit("backup-far")
    done = repair()
    assert (done.repaired, done.disputed) == (1, [])
    assert holding() == []


@pytest.mark.parametrize("key", STORES)
def test_a_rebuild_from_any_store_does_not_bring_it_back(empty_database, key):  # noqa: F811
    kept, gone = record(document(), title="留下"), record(document(SECRET), title="销毁")
    ingest_now([kept, gone])
    destroy([gone])
    sequence_pending()
    empty_database()
    rebuild(key)
    assert holding() == []
    assert Record.objects.get(id=gone.id).state == "destroyed"
    assert VaultObject.objects.get(record_id=gone.id).state == VaultObject.State.ERASED
    assert Erasure.objects.get(record_id=gone.id).kind == "disposal"
    assert all(audit(store).is_clean for store in STORES)
    assert VaultObject.objects.get(record_id=kept.id).state == VaultObject.State.HELD


def test_a_rebuild_from_a_store_that_was_away_heeds_the_others_tombstones(empty_database):  # noqa: F811
    gone = record(document(SECRET))
    ingest_now([gone])
    sequence_pending()
    place = home() / "vault/backup-far"
    place.rename(place.with_name("unplugged"))
    destroy([gone])
    place.with_name("unplugged").rename(place)
    empty_database()
    rebuild("backup-far")
    assert VaultObject.objects.get().state == VaultObject.State.ERASED
    assert Copy.objects.get(store="backup-far").state == "missing"
    repair()
    assert holding() == []


def test_the_ledger_alone_keeps_it_from_coming_back(empty_database):  # noqa: F811
    gone = record(document(SECRET))
    ingest_now([gone])
    use = home() / "vault/use"
    shutil.copytree(use / "objects", home() / "old-objects")
    destroy([gone])
    sequence_pending()
    for key in STORES:  # somebody puts the old objects back on every store
        shutil.rmtree(home() / "vault" / key / "objects")
        shutil.copytree(home() / "old-objects", home() / "vault" / key / "objects")
    empty_database()
    result = rebuild("use")
    assert not Record.objects.exists()
    assert "已依法销毁" in result.skipped[0][1]


@pytest.mark.requirement("S45")
def test_a_purged_record_leaves_nothing_that_tells_of_it(empty_database):  # noqa: F811
    words = "某项不应存入的机密事项"
    gone = record(document(SECRET, name=f"{words}.pdf"), title=words, responsible="某机密单位")
    entry = record(title=f"目录：{words}")
    neighbour = record(title="同段的另一条")
    ingest_now([gone, entry, neighbour])
    Record.objects.filter(id=entry.id).update(title=f"目录（改）：{words}")
    from lantai.vault.api import add_version

    add_version([entry.id], SYSTEM, "更正")
    destroy([gone, entry], "purge")
    for text in (SECRET, words.encode(), "某机密单位".encode()):
        assert holding(text) == []
    assert set(Record.objects.filter(state="destroyed").values_list("title", flat=True)) == {"（内容已清除）"}
    assert not Document.objects.filter(record=gone).exists()
    assert all(audit(key).is_clean for key in STORES)
    sequence_pending()
    empty_database()
    rebuild("backup-near")
    assert Record.objects.get(id=neighbour.id).title == "同段的另一条"
    assert Record.objects.get(id=entry.id).title == "（内容已清除）"
    assert SegmentEntry.objects.count() == 2


def test_an_erasure_stopped_between_stores_is_finished_by_the_next_run(db, monkeypatch):
    gone = record(document(SECRET))
    ingest_now([gone])
    erase([gone.id], kind="disposal", basis="disposal:test", actor=SYSTEM)
    store = type(open_store("use"))
    real = store.erase

    def fails(self, *args):
        if self.facts.key == "backup-near":
            raise OSError("pulled out")
        real(self, *args)

    monkeypatch.setattr(store, "erase", fails)
    with pytest.raises(Exception, match="存储无法写入"):
        finish_erasures(SYSTEM)
    assert len(holding()) >= 2
    with pytest.raises(NotFound):
        open_document(Document.objects.get(record=gone))
    assert all(audit(key).objects_count == 0 for key in STORES)
    monkeypatch.setattr(store, "erase", real)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert finish_erasures(SYSTEM) == 1
    assert holding() == []
    assert all(audit(key).is_clean for key in STORES)
