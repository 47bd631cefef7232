"""Records come to stand in the vault: what is written, what is refused, what is left behind."""

import errno
import io

import pytest
from django.db import transaction

from lantai.core.actors import ANONYMOUS, SYSTEM
from lantai.core.errors import Forbidden, Unavailable
from lantai.core.events import deliver_pending, publish
from lantai.core.settings import home
from lantai.ledger.api import Entry
from lantai.records.api import Document, Record, RecordsChanged, document_path
from lantai.vault import stores
from lantai.vault.adapters.filesystem import FilesystemStore
from lantai.vault.api import Copy, IngestItem, VaultObject, add_version, ingest, recover
from lantai.vault.models import Batch, Event, SegmentEntry
from lantai.vault.ocfl import Inventory
from lantai.vault.premis import read_files
from lantai.vault.record_xml import read_records

from .factories import content, document, ingest_now, page_images, record, records
from .ocfl_reference import complaints_about_object, complaints_about_root

pytestmark = pytest.mark.django_db


def objects_folder(key="use"):
    return home() / "vault" / key / "objects"


def object_folder(row, key="use"):
    return objects_folder(key) / row.object_path


def everything_below(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def nothing_is_half_done():
    journals = list((home() / "vault" / "journal").iterdir())
    staged = [path for key in ("use", "backup-near", "backup-far")
              for path in (home() / "vault" / key / "staging").rglob("*") if path.is_file()]  # fmt: skip
    return not journals and not staged


def test_whatever_any_test_writes_is_judged_by_the_reference_library(ocfl_witness):
    before = ocfl_witness.judged
    [row] = records(1)
    ingest_now([row])
    assert ocfl_witness.judged == before + 1
    assert ocfl_witness.told() == []
    folder = objects_folder() / VaultObject.objects.get().object_path
    assert complaints_about_object(folder) == []
    next(folder.rglob("record.xml")).write_text("changed")
    assert any("E092" in told for told in complaints_about_object(folder))


@pytest.mark.requirement("Z35")
@pytest.mark.requirement("Z36")
def test_a_record_stands_on_one_use_copy_and_two_backups_that_the_reference_library_accepts():
    rows = records(3)
    result = ingest_now(rows)
    assert set(result.record_ids) == {row.id for row in rows}
    assert not result.refused
    for key in ("use", "backup-near", "backup-far"):
        assert complaints_about_root(objects_folder(key)) == ([], 3)
    copies = Copy.objects.filter(object__record__in=rows)
    assert set(copies.values_list("store", "state")) == {
        (key, "verified") for key in ("use", "backup-near", "backup-far")
    }
    assert nothing_is_half_done()


def test_the_copies_are_equal_byte_for_byte():
    ingest_now(records(2))
    use = objects_folder("use")
    for key in ("backup-near", "backup-far"):
        other = objects_folder(key)
        assert everything_below(use) == everything_below(other)
        for path in everything_below(use):
            assert (use / path).read_bytes() == (other / path).read_bytes()


def test_files_stand_under_their_ids_and_original_names_are_kept_byte_for_byte():
    gb18030 = "会议纪要（终稿）.doc".encode("gb18030")
    decomposed = "é.pdf".encode()
    row = record(
        document(name="会议纪要（终稿）.doc", original_name_b=gb18030),
        document(name="é.pdf", original_name_b=decomposed),
    )
    ingest_now([row])
    vault_object = VaultObject.objects.get(record=row)
    first, second = row.documents.order_by("sequence")
    assert everything_below(object_folder(vault_object) / "v1" / "content") == {
        f"documents/{first.id}.doc", f"documents/{second.id}.pdf", "record.xml", "premis.xml",
    }  # fmt: skip
    premis = (object_folder(vault_object) / "v1/content/premis.xml").read_bytes()
    names = {file.original_name for file in read_files(io.BytesIO(premis))}
    assert {gb18030, decomposed} <= names


def test_page_images_lie_in_one_folder_even_when_two_pages_are_equal():
    blank = content("blank")
    row = record(page_images(content(1), blank, blank))
    ingest_now([row])
    images = row.documents.get()
    assert images.location == "pages"
    row.state = "held"
    row.save()
    folder = document_path(Document.objects.select_related("record").get(id=images.id))
    assert [page.read_bytes() for page in sorted(folder.iterdir())] == [content(1), blank, blank]
    assert complaints_about_root(objects_folder()) == ([], 1)


def test_a_file_that_is_not_what_was_accepted_refuses_its_record_alone():
    good, bad, gone = records(3)
    (home() / bad.documents.get().location).write_bytes(b"something else")
    (home() / gone.documents.get().location).unlink()
    result = ingest_now([good, bad, gone])
    assert result.record_ids == (good.id,)
    assert {refusal.record_id: refusal.finding.key for refusal in result.refused} == {
        bad.id: "vault.fixity",
        gone.id: "vault.source",
    }
    assert VaultObject.objects.count() == 1
    assert complaints_about_root(objects_folder()) == ([], 1)
    assert nothing_is_half_done()


def test_a_link_is_not_followed_out_of_the_data_folder(tmp_path):
    row = record(document(b"secret"))
    file = home() / row.documents.get().location
    (tmp_path / "outside").write_bytes(b"secret")
    file.unlink()
    file.symlink_to(tmp_path / "outside")
    assert [refusal.finding.key for refusal in ingest_now([row]).refused] == ["vault.source"]


def test_a_record_is_ingested_once():
    rows = records(1)
    ingest_now(rows)
    again = ingest_now(rows)
    assert not again.record_ids
    assert len(again.refused) == 1
    assert complaints_about_root(objects_folder()) == ([], 1)


def test_the_description_written_is_the_one_after_the_caller_settled_state_and_custody():
    row = records(1)[0]

    def settle(ids):
        Record.objects.filter(id__in=ids).update(state="held", number_state="none")

    ingest_now([row], settle=settle)
    path = object_folder(VaultObject.objects.get()) / "v1/content/record.xml"
    [(record_id, parts)] = list(read_records(io.BytesIO(path.read_bytes())))
    assert record_id == row.id
    assert parts["records"]["record"]["state"] == "held"
    assert parts["records"]["documents"][0]["location"].startswith("documents/")


def test_one_line_a_batch_stands_in_the_ledger_and_one_event_on_each_object():
    rows = records(4)
    result = ingest_now(rows)
    entry = Entry.objects.get(act="vault.ingest")
    assert (entry.subject, entry.count) == (f"batch:{result.batch_ids[0]}", 4)
    assert set(Event.objects.values_list("object__record_id", "kind")) == {
        (row.id, "ingestion") for row in rows
    }


def test_who_may_not_ingest_changes_nothing():
    with pytest.raises(Forbidden):
        ingest([IngestItem(records(1)[0].id)], ANONYMOUS)
    assert not VaultObject.objects.exists()


class FullStore(FilesystemStore):
    """A disk that is full after so many bytes."""

    room = 0

    def stage(self, batch, slot, path):
        opened = super().stage(batch, slot, path)
        original = opened.write

        class Filling(io.IOBase):
            def write(self, data):
                if len(data) > FullStore.room:
                    raise OSError(errno.ENOSPC, "No space left on device")
                FullStore.room -= len(data)
                return original(data)

            def close(self):
                opened.close()

        return Filling()

    def stage_files(self, batch, slot, files):
        for path, data in files.items():
            with self.stage(batch, slot, path) as target:
                target.write(data)


@pytest.mark.parametrize("room", [0, 1500, 5_000, 9_000, 14_000])
def test_a_full_disk_leaves_nothing_half_done_on_any_store(room, monkeypatch):
    ingest_now(records(1))
    before = everything_below(objects_folder())
    rows = records(3)
    stores.register_kind("full", FullStore)
    FullStore.room = room
    declared = stores.configuration_file()
    text = declared.read_text(encoding="utf-8")
    declared.write_text(text.replace('kind = "filesystem"\nlocation = "vault/backup-far"',
                                     'kind = "full"\nlocation = "vault/backup-far"'), encoding="utf-8")  # fmt: skip
    with pytest.raises(Unavailable, match="空间不足"):
        ingest_now(rows)
    declared.write_text(text, encoding="utf-8")
    assert VaultObject.objects.count() == 1
    for key in ("use", "backup-near", "backup-far"):
        assert everything_below(objects_folder(key)) == before
    assert nothing_is_half_done()
    assert len(ingest_now(rows).record_ids) == 3


def test_a_block_lost_on_its_way_to_the_disk_stops_the_batch_though_the_next_sync_says_nothing(monkeypatch):
    [row] = records(1)
    ingest_now([record()])  # the stores are prepared
    failing, sync = [OSError(errno.EIO, "Input/output error")], FilesystemStore.sync

    def tells_once(store):
        if failing:
            raise failing.pop()
        sync(store)

    monkeypatch.setattr(FilesystemStore, "sync", tells_once)
    with pytest.raises(Unavailable):
        ingest_now([row])
    assert not failing
    assert VaultObject.objects.count() == 1
    assert nothing_is_half_done()


def test_a_store_that_is_not_mounted_stops_the_batch_and_is_not_taken_for_an_empty_one():
    ingest_now(records(1))
    (home() / "vault" / "backup-far").rename(home() / "unplugged")
    with pytest.raises(Unavailable, match="未挂载"):
        ingest_now(records(1))
    assert not (home() / "vault" / "backup-far").exists()


def test_files_are_taken_back_when_the_transaction_around_ingest_fails():
    row = records(1)[0]

    def fail_after_ingest():
        with transaction.atomic():
            ingest([IngestItem(row.id)], SYSTEM)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_ingest()
    assert recover().taken_back == 1
    assert not list(objects_folder().glob("??"))
    assert nothing_is_half_done()
    assert Batch.objects.get().purpose == "withdrawn"


def test_catalogue_entries_without_content_share_one_segment_a_fonds():
    rows = [record(title=f"目录条目{i}") for i in range(40)]
    result = ingest_now(rows)
    assert len(result.record_ids) == 40
    segment = VaultObject.objects.get()
    assert segment.kind == "segment"
    assert SegmentEntry.objects.filter(segment=segment).count() == 40
    path = object_folder(segment) / "v1/content/segment.xml"
    assert [found for found, _parts in read_records(io.BytesIO(path.read_bytes()))] == [
        row.id for row in rows
    ]
    assert complaints_about_root(objects_folder()) == ([], 1)


def change_title(row, title):
    Record.objects.filter(id=row.id).update(title=title)


def test_a_changed_description_becomes_a_version_and_content_is_not_stored_again():
    row = records(1)[0]
    ingest_now([row])
    change_title(row, "改后的题名")
    done = add_version([row.id], SYSTEM, "更正题名")
    assert done.record_ids == (row.id,)
    vault_object = VaultObject.objects.get()
    assert vault_object.version == 2
    assert everything_below(object_folder(vault_object) / "v2" / "content") == {"record.xml", "premis.xml"}
    for key in ("use", "backup-near", "backup-far"):
        assert complaints_about_root(objects_folder(key)) == ([], 1)
    inventory = Inventory.parse((object_folder(vault_object) / "inventory.json").read_bytes())
    assert inventory.content_path(row.documents.get().location).startswith("v1/")
    assert set(Copy.objects.values_list("version", flat=True)) == {2}


def test_an_unchanged_description_makes_no_version_and_an_old_one_is_pointed_at_again():
    row = records(1)[0]
    title = row.title
    ingest_now([row])
    assert not add_version([row.id], SYSTEM, "无变化").record_ids
    change_title(row, "改后的题名")
    add_version([row.id], SYSTEM, "更正")
    change_title(row, title)
    add_version([row.id], SYSTEM, "改回")
    vault_object = VaultObject.objects.get()
    assert vault_object.version == 3
    inventory = Inventory.parse((object_folder(vault_object) / "inventory.json").read_bytes())
    assert inventory.content_path("record.xml") == "v1/content/record.xml"
    assert complaints_about_root(objects_folder()) == ([], 1)


def test_a_changed_catalogue_entry_moves_to_a_newer_segment():
    rows = [record(title=f"目录条目{i}") for i in range(3)]
    ingest_now(rows)
    change_title(rows[1], "新题名")
    done = add_version([row.id for row in rows], SYSTEM, "更正")
    assert done.record_ids == (rows[1].id,)
    assert VaultObject.objects.filter(kind="segment").count() == 2
    assert (
        SegmentEntry.objects.get(record=rows[1]).segment == VaultObject.objects.order_by("created_at").last()
    )


def test_records_that_change_in_custody_are_described_anew_from_the_outbox(
    django_capture_on_commit_callbacks,
):
    row = records(1)[0]
    ingest_now([row])
    change_title(row, "经补充著录的题名")
    with transaction.atomic():
        publish(RecordsChanged((row.id,), "described"))
    with django_capture_on_commit_callbacks(execute=True):
        deliver_pending("vault.describe")
    assert VaultObject.objects.get().version == 2
