"""Damage in every form, on every copy: found, told, and mended from what is still good."""

import shutil
from datetime import timedelta

import pytest
from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.errors import NotFound, Unavailable
from lantai.core.settings import home
from lantai.ledger.api import Entry
from lantai.records.api import Document, Record, document_path
from lantai.vault.api import add_version, audit, copies_of, repair
from lantai.vault.models import Audit, Copy, Event, VaultObject

from .factories import content, ingest_now, record, records
from .ocfl_reference import complaints_about_root

pytestmark = pytest.mark.django_db
STORES = ("use", "backup-near", "backup-far")


def folder_of(row, key):
    return home() / "vault" / key / "objects" / row.object_path


def flip(folder, other):
    file = next(folder.glob("v1/content/documents/*"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def cut(folder, other):
    file = next(folder.glob("v1/content/documents/*"))
    file.write_bytes(file.read_bytes()[:-1])


def delete_file(folder, other):
    next(folder.glob("v1/content/documents/*")).unlink()


def delete_object(folder, other):
    shutil.rmtree(folder)


def add_file(folder, other):
    (folder / "v1/content/documents/added.txt").write_text("added")


def add_empty_folder(folder, other):
    (folder / "v1/content/empty").mkdir()


def change_description(folder, other):
    file = folder / "v1/content/record.xml"
    file.write_bytes(file.read_bytes().replace("事项".encode(), "事頂".encode()))


def break_inventory(folder, other):
    (folder / "inventory.json").write_text("{")


def break_sidecar(folder, other):
    (folder / "inventory.json.sha512").write_text("0" * 128 + " inventory.json\n")


def drop_declaration(folder, other):
    (folder / "0=ocfl_object_1.1").unlink()


def replace_by_link(folder, other):
    file = next(folder.glob("v1/content/documents/*"))
    kept = file.rename(folder.parent.parent.parent.parent / "kept.bin")
    file.symlink_to(kept)


def swap_for_another_valid_object(folder, other):
    shutil.rmtree(folder)
    shutil.copytree(other, folder)


DAMAGES = [flip, cut, delete_file, delete_object, add_file, add_empty_folder, change_description,
           break_inventory, break_sidecar, drop_declaration, replace_by_link, swap_for_another_valid_object]  # fmt: skip


@pytest.mark.requirement("Z36")
@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_on_every_copy_is_found_and_repaired(store, damage):
    ingest_now(records(2))
    row, other = VaultObject.objects.order_by("id")
    before = {key: sorted(path.read_bytes() for path in folder_of(row, key).rglob("*") if path.is_file())
              for key in STORES}  # fmt: skip
    assert audit(store).is_clean
    damage(folder_of(row, store), folder_of(other, store))

    found = audit(store)
    assert (found.damaged, found.missing) == ((0, 1) if damage is delete_object else (1, 0))
    assert [path for path, _detail in found.findings] == [row.object_path]
    assert Copy.objects.get(object=row, store=store).state in {"damaged", "missing"}
    assert Event.objects.filter(object=row, kind="fixity check", store=store).count() == 1
    assert Entry.objects.filter(act="vault.find_damage", subject=f"record:{row.record_id}").count() == 1

    done = repair()
    assert (done.repaired, done.losses) == (1, [])
    assert Copy.objects.get(object=row, store=store).state == "verified"
    assert audit(store).is_clean
    assert complaints_about_root(home() / "vault" / store / "objects") == ([], 2)
    after = {key: sorted(path.read_bytes() for path in folder_of(row, key).rglob("*") if path.is_file())
             for key in STORES}  # fmt: skip
    assert after == before
    assert Event.objects.filter(object=row, kind="recovery", store=store).count() == 1
    assert Entry.objects.filter(act="vault.repair", subject=f"record:{row.record_id}").count() == 1


def test_what_was_damaged_is_kept_in_quarantine():
    ingest_now(records(1))
    row = VaultObject.objects.get()
    flip(folder_of(row, "use"), None)
    audit("use")
    repair()
    [kept] = (home() / "vault/use/quarantine").iterdir()
    assert (
        next(kept.glob("v1/content/documents/*")).read_bytes()
        != next(folder_of(row, "use").glob("v1/content/documents/*")).read_bytes()
    )


def test_a_whole_copy_is_made_of_three_copies_each_damaged_elsewhere():
    ingest_now([record(*[_document(i) for i in range(3)])])
    row = VaultObject.objects.get()
    for number, key in enumerate(STORES):
        file = sorted(folder_of(row, key).glob("v1/content/documents/*"))[number]
        file.write_bytes(b"ruined")
        audit(key)
    done = repair()
    assert (done.repaired, done.losses) == (3, [])
    assert all(audit(key).is_clean for key in STORES)


def _document(seed):
    from .factories import document

    return document(content(seed))


def test_what_is_good_nowhere_is_named_as_lost_and_nothing_is_overwritten():
    row = record(_document(1), _document(2), title="关于防汛工作的通知")
    ingest_now([row])
    vault_object = VaultObject.objects.get()
    for key in STORES:
        flip(folder_of(vault_object, key), None)
        audit(key)
    damaged = next(folder_of(vault_object, "use").glob("v1/content/documents/*"))
    done = repair()
    assert done.repaired == 0
    [loss] = {loss.subject: loss for loss in done.losses}.values()
    assert loss.subject.endswith("关于防汛工作的通知")
    assert len(loss.files) == 1
    assert loss.files[0].endswith(damaged.name)
    assert VaultObject.objects.get().state == "lost"
    assert damaged.exists()
    assert Entry.objects.filter(act="vault.find_loss").count() == 1


def test_a_stray_object_that_no_row_knows_is_told():
    ingest_now(records(1))
    row = VaultObject.objects.get()
    shutil.copytree(folder_of(row, "use"), home() / "vault/use/objects/ab/cd" / ("abcd" + "0" * 60))
    assert audit("use").strays == ["ab/cd/abcd" + "0" * 60]
    assert not audit("use").is_clean


def test_the_copy_not_seen_longest_is_looked_at_first():
    ingest_now(records(3))
    looked_at = []
    for _turn in range(3):
        audit("use", limit=1)
        looked_at.append(Copy.objects.filter(store="use").order_by("-checked_at").first().id)
    assert len(set(looked_at)) == 3
    assert list(Audit.objects.values_list("objects_count", flat=True)) == [1, 1, 1]


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=-400)])
def test_a_clock_that_was_wrong_hides_no_damage(jump, monkeypatch):
    ingest_now(records(2))
    real = timezone.now
    with monkeypatch.context() as clock:
        clock.setattr("django.utils.timezone.now", lambda: real() + jump)
        assert audit("use").objects_count == 2
    flip(folder_of(VaultObject.objects.first(), "use"), None)
    found = audit("use")
    assert (found.objects_count, found.damaged) == (2, 1)


def test_a_store_that_is_away_is_not_called_damaged():
    ingest_now(records(1))
    (home() / "vault/backup-far").rename(home() / "unplugged")
    with pytest.raises(Unavailable):
        audit("backup-far")
    assert set(Copy.objects.values_list("state", flat=True)) == {"verified"}
    assert repair().away == ["backup-far"]


def test_a_copy_that_missed_a_version_is_brought_up_to_date():
    [row] = records(1)
    ingest_now([row])
    vault_object = VaultObject.objects.get()
    shutil.rmtree(folder_of(vault_object, "backup-near"))
    Record.objects.filter(id=row.id).update(title="更正后的题名")
    add_version([row.id], SYSTEM, "更正")
    behind = Copy.objects.get(store="backup-near")
    assert (behind.state, behind.version) == ("pending", 1)
    assert repair().repaired == 1
    assert audit("backup-near").is_clean
    assert complaints_about_root(home() / "vault/backup-near/objects") == ([], 1)


def test_a_store_added_later_receives_every_object():
    ingest_now(records(2))
    text = (home() / "vault.toml").read_text(encoding="utf-8")
    added = '[[store]]\nkey = "third"\nname = "第三备份"\nkind = "filesystem"\nlocation = "vault/third"\n'
    added += 'site = "外省备份馆"\nmedium = "光盘"\npurpose = "backup"\n'
    (home() / "vault.toml").write_text(text + added, encoding="utf-8")
    assert repair("third").repaired == 2
    assert audit("third").is_clean


def held(row):
    Record.objects.filter(id=row.id).update(state="held")
    return Document.objects.select_related("record").get(record=row)


@pytest.mark.parametrize("damage", [cut, delete_file, delete_object, break_inventory])
def test_a_document_opens_from_a_backup_when_the_copy_in_use_is_damaged(damage):
    [row] = records(1)
    ingest_now([row])
    document = held(row)
    whole = document_path(document).read_bytes()
    damage(folder_of(VaultObject.objects.get(), "use"), None)
    path = document_path(document)
    assert path.read_bytes() == whole
    assert "backup-near" in path.parts
    assert Copy.objects.get(store="use").state == "damaged"
    assert Event.objects.filter(kind="fixity check", store="use").count() == 1


def test_a_document_that_is_whole_nowhere_is_said_to_be_unreadable():
    [row] = records(1)
    ingest_now([row])
    for key in STORES:
        shutil.rmtree(folder_of(VaultObject.objects.get(), key))
    document = held(row)
    with pytest.raises(NotFound, match="所有副本"):
        document_path(document)


def test_copies_of_a_catalogue_entry_are_those_of_its_segment():
    row = record(title="目录条目")
    ingest_now([row])
    assert [copy.store for copy in copies_of(row.id)] == sorted(STORES)


def test_a_document_is_read_on_while_a_newer_version_is_being_placed():
    (row,) = records(1)
    ingest_now([row])
    paper = held(row)
    before = VaultObject.objects.get(record=row)
    Record.objects.filter(id=row.id).update(title="乙")
    add_version([row.id], SYSTEM, "更正")
    assert VaultObject.objects.get(id=before.id).version == 2
    VaultObject.objects.filter(id=before.id).update(version=1, inventory_sha512=before.inventory_sha512)
    Copy.objects.filter(object=before).update(version=1)
    assert document_path(paper).stat().st_size == paper.size_bytes
    assert set(Copy.objects.filter(object=before).values_list("state", flat=True)) <= {"verified", "pending"}
