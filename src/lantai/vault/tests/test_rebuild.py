"""Delete the database: everything comes back from one store."""

import pytest

from lantai.core import events
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict
from lantai.core.ports import record_parts
from lantai.core.settings import home
from lantai.ledger.api import Entry, sequence_pending
from lantai.records.api import Document, Record
from lantai.vault.api import RecordsIngested, add_version, audit, rebuild
from lantai.vault.models import Batch, Copy, Event, SegmentEntry, VaultObject

from .factories import document, ingest_now, page_images, record, records

STATED = ("object_id", "object_path", "version", "files_count", "size_bytes", "inventory_sha512",
          "description_sha512", "kind", "record_id", "fonds_id", "state")  # fmt: skip


def everything():
    """Every fact the vault vouches for."""
    ids = sorted(Record.objects.values_list("id", flat=True))
    return {
        "objects": sorted(VaultObject.objects.values_list(*STATED), key=str),
        "parts": [[part.key, part.describe(ids)] for part in record_parts()],
        "documents": list(Document.objects.order_by("id").values()),
        "entries": sorted(
            SegmentEntry.objects.values_list("record_id", "segment__object_id", "description_sha512")
        ),
        "events": sorted(Event.objects.values_list("id", "kind", "at", "object__object_id")),
        "copies": sorted(Copy.objects.values_list("object__object_id", "store", "version")),
        "ledger": list(
            Entry.objects.exclude(act="vault.rebuild").order_by("id").values_list("id", "act", "subject")
        ),
    }


@pytest.fixture
def empty_database(transactional_db):
    """A callable that empties the database as ``flush`` does, append-only tables included."""
    from django.core.management import call_command

    def empty():
        call_command("flush", interactive=False, verbosity=0)

    return empty


@pytest.mark.requirement("Z36")
def test_the_same_records_counts_and_digests_come_back_from_any_one_store(empty_database):
    rows = records(3)
    rows.append(record(document(), page_images(b"one", b"two"), title="带页面图像的件𠮷"))
    entries = [record(title=f"目录条目{i}") for i in range(7)]
    ingest_now(rows + entries)
    Record.objects.filter(id=rows[0].id).update(title="更正后的题名")
    Record.objects.filter(id=entries[2].id).update(title="更正后的条目")
    add_version([rows[0].id, entries[2].id], SYSTEM, "更正")
    sequence_pending()
    before = everything()
    assert len(before["objects"]) == 6
    for key in ("backup-far", "use"):
        empty_database()
        assert not Record.objects.exists()
        result = rebuild(key)
        assert (result.records_count, result.objects_count, result.skipped) == (11, 6, [])
        after = everything()
        ledger = before["ledger"]
        assert after.pop("ledger")[: len(ledger)] == ledger
        assert after == {name: facts for name, facts in before.items() if name != "ledger"}
        assert audit("use").is_clean


def test_a_rebuild_goes_on_where_it_was_interrupted(empty_database, monkeypatch):
    ingest_now(records(5))
    before = everything()["objects"]
    sequence_pending()
    empty_database()
    monkeypatch.setattr("lantai.vault.rebuild.FILES_AT_ONCE", 6)  # two objects
    monkeypatch.setattr("lantai.vault.rebuild.TRANSACTION_S", 0)
    seen = []

    def stop_early(result):
        if result.objects_count:
            seen.append(result.objects_count)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild("use", observe=stop_early)
    assert VaultObject.objects.count() == 2
    result = rebuild("use")
    assert result.objects_count == 5 - seen[0]
    assert (result.records_stood, result.records_expected) == (seen[0], 5)  # what a progress bar is told
    assert everything()["objects"] == before


def test_a_damaged_object_is_named_and_the_others_come_back(empty_database):
    ingest_now(records(3))
    sequence_pending()
    victim = VaultObject.objects.first()
    (home() / "vault/use/objects" / victim.object_path / "v1/content/record.xml").write_bytes(b"<record/>")
    empty_database()
    result = rebuild("use")
    assert result.records_count == 2
    assert [path for path, _why in result.skipped] == [victim.object_path]


def test_a_database_with_records_is_left_alone(db):
    ingest_now(records(1))
    with pytest.raises(Conflict, match="不是空的"):
        rebuild("use")
    assert not Batch.objects.filter(purpose="rebuild").exists()


def test_those_above_are_told_of_every_record(empty_database, monkeypatch):
    told = []
    key = (RecordsIngested.event_type, "vault.test")
    monkeypatch.setitem(events._handlers, key, lambda news: told.extend(news))
    rows = records(2)
    ingest_now(rows)
    sequence_pending()
    empty_database()
    rebuild("use")
    events.deliver_pending("vault.test")
    assert {record_id for event in told for record_id in event.record_ids} == {row.id for row in rows}
