"""Offline volumes: made, read back, corrupted, mended, issued anew, and the vault rebuilt from them."""

import csv
import io
import os
import shutil
import subprocess
import tarfile

import pytest
from django.test import TestCase

from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Invalid
from lantai.core.settings import home
from lantai.ledger.api import sequence_pending
from lantai.records.api import Record
from lantai.vault.adapters.erasure_code import ReedSolomon
from lantai.vault.api import audit, erase, finish_erasures, repair
from lantai.vault.models import Copy, OfflineVolume, SegmentEntry, VaultObject
from lantai.vault.ocfl_validation import validate
from lantai.vault.policy import PolicyTerms, set_policy
from lantai.vault.protection import shortfalls
from lantai.vault.stores import open_store
from lantai.vault.volumes import inspecting, making, registering, restoring, selectors
from lantai.vault.volumes.blocks import ImageFile, block_digest, read_blocks
from lantai.vault.volumes.checking import check_volume
from lantai.vault.volumes.image import write_digests
from lantai.vault.volumes.mending import _column
from lantai.vault.volumes.reading import VolumeReader, mounted_stack
from lantai.vault.volumes.rebuilding import rebuild_from_volumes

from .factories import content, document, ingest_now, record, records

pytestmark = pytest.mark.django_db


def order(**values):
    return making.Order("bd25", **{"capacity_bytes": 12_000_000, **values})


def made(**values):
    return making.make_volumes(order=order(**values), actor=SYSTEM)


def image_of(volume):
    return home() / volume.location / f"{volume.number}.tar"


def corrupt(path, *spans):
    """Makes every byte of the spans another one: one drawn by chance may be the one that stood there."""
    with path.open("r+b") as file:
        for offset, length in spans:
            file.seek(offset)
            other = bytes(
                byte ^ (1 + chance % 255)
                for byte, chance in zip(file.read(length), os.urandom(length), strict=True)
            )
            file.seek(offset)
            file.write(other)


@pytest.mark.requirement("Z36")
def test_a_volume_is_read_by_strangers_with_tar_and_sha512sum_alone(tmp_path):
    rows = records(3)
    ingest_now(rows)
    with TestCase.captureOnCommitCallbacks(execute=True):
        sequence_pending()
    volume = made().volumes[0]
    with tarfile.open(image_of(volume)) as tar:
        tar.extractall(tmp_path, filter="data")
    assert (
        subprocess.run(
            ["sha512sum", "--quiet", "-c", "manifest-sha512.txt"], cwd=tmp_path, capture_output=True
        ).returncode
        == 0
    )
    assert validate(tmp_path / "root").valid
    lines = list(csv.reader(io.StringIO((tmp_path / "catalogue.csv").read_text("utf-8-sig"))))
    assert {line[2] for line in lines[1:]} == {row.title for row in rows}
    assert list((tmp_path / "ledger" / "heads").iterdir())
    assert (home() / volume.location / "README.txt").read_text("utf-8") == (
        tmp_path / "README.txt"
    ).read_text("utf-8")


def test_objects_go_on_as_many_volumes_as_it_takes_and_none_twice():
    rows = [record(document(content(number, 700_000))) for number in range(6)]
    ingest_now(rows)
    result = made(capacity_bytes=3_000_000)
    assert len(result.volumes) > 1
    assert sum(volume.objects_count for volume in result.volumes) == 6
    for volume in result.volumes:
        assert volume.size_bytes <= 3_000_000
    assert not made().volumes
    assert made(series="B").volumes[0].objects_count == 6


def test_an_object_larger_than_the_carrier_is_named_and_the_rest_is_written():
    ingest_now([record(document(content(1, 4_000_000))), *records(2)])
    result = made(capacity_bytes=3_000_000)
    assert [why for _row, why in result.left_out] == ["对象大于一张载体的容量"]
    assert result.volumes[0].objects_count == 2


@pytest.mark.requirement("Z36")
@pytest.mark.parametrize("burst", [2048, 32768])
def test_scattered_bursts_and_a_lost_region_up_to_the_declared_share_are_mended(tmp_path, burst):
    ingest_now([record(document(content(number, 300_000))) for number in range(4)])
    volume = made().volumes[0]
    image, layout = image_of(volume), volume.layout
    before = image.read_bytes()
    room = layout.correctable_bytes
    start = (len(before) // 3) // 2048 * 2048
    corrupt(image, (start, burst), (start + 3 * burst, burst) if burst < room // 4 else (start, burst))
    found = inspecting.inspect_volume(path=image, actor=SYSTEM, sample_percent=100)
    assert found.checked.outcome == "repairable"
    volume.refresh_from_db()
    assert volume.state == "damaged"
    assert Copy.objects.filter(store=volume.copy_key, state="damaged").exists()
    mended, again = inspecting.mend(path=image, target=tmp_path / "new.tar", actor=SYSTEM)
    assert (tmp_path / "new.tar").read_bytes() == before
    assert again.checked.is_whole
    assert not mended.lost
    for offset in (0, layout.protected_bytes - room // 2, len(before) - room):
        image.write_bytes(before)
        corrupt(image, (offset, room))
        (tmp_path / "new.tar").unlink()
        mended, again = inspecting.mend(path=image, target=tmp_path / "new.tar", actor=SYSTEM)
        assert (tmp_path / "new.tar").read_bytes() == before
    volume.refresh_from_db()
    assert volume.state == "sealed"
    assert not Copy.objects.filter(store=volume.copy_key).exclude(state="verified").exists()


@pytest.mark.requirement("Z36")
def test_beyond_the_share_the_lost_objects_are_named_and_the_others_still_come_out(tmp_path):
    rows = [record(document(content(number, 200_000)), title=f"第{number}卷") for number in range(8)]
    ingest_now(rows)
    volume = made().volumes[0]
    entry = volume.entries.order_by("offset")[3]
    corrupt(image_of(volume), (entry.offset, entry.length), (0, 0), (entry.offset + entry.length, 300_000))
    found = inspecting.inspect_volume(path=image_of(volume), actor=SYSTEM, sample_percent=100)
    assert found.checked.outcome == "lost"
    assert entry.object.record.title in " ".join(found.lost)
    assert 0 < found.lost_count < 8
    with mounted_stack([image_of(volume)]) as stack:
        restored = restoring.restore_objects(stack, tmp_path / "out")
    assert 0 < len(restored.failed) <= found.lost_count
    assert restored.objects_count == 8 - len(restored.failed)
    assert validate(tmp_path / "out" / "objects").valid


def test_an_image_that_lost_both_its_layouts_is_read_by_the_registers():
    ingest_now(records(2))
    volume = made().volumes[0]
    corrupt(image_of(volume), (0, 6000), (volume.size_bytes - 6000, 6000))
    found = inspecting.inspect_volume(path=image_of(volume), actor=SYSTEM, sample_percent=100)
    assert found.checked.outcome == "repairable"
    assert found.volume == volume


def test_a_cut_image_is_found_and_a_sample_that_finds_damage_is_followed_by_the_whole():
    ingest_now(records(4))
    volume = made().volumes[0]
    with image_of(volume).open("r+b") as file:
        file.truncate(volume.size_bytes // 2)
    found = inspecting.inspect_volume(path=image_of(volume), actor=SYSTEM, sample_percent=60)
    assert found.checked.blocks_read == volume.layout.blocks
    assert found.checked.outcome == "lost"


@pytest.mark.requirement("Z37")
def test_a_registered_volume_counts_as_a_copy_elsewhere_and_on_another_medium():
    ingest_now(records(2))
    volume = made().volumes[0]
    registering.register_volume(
        volume=volume, place="3 号柜 2 层", site="邻省备份馆", holder="顾珊", actor=SYSTEM
    )
    set_policy(terms=PolicyTerms(copies=4, elsewhere=2, other_medium=3), actor=SYSTEM)
    assert sum(row.unprotected for row in shortfalls()) == 0
    making.supersede(volume)
    assert sum(row.unprotected for row in shortfalls()) == 2


@pytest.mark.requirement("Z36")
def test_an_erased_record_is_left_out_of_the_next_issue_and_stays_gone():
    rows = records(3)
    ingest_now(rows)
    volume = made().volumes[0]
    gone = rows[1]
    erase([gone.id], kind="disposal", basis="disposal:1", actor=SYSTEM)
    finish_erasures(SYSTEM)
    assert list(selectors.due_for_reissue()) == [volume]
    secret = content_of(volume, gone)
    again = making.reissue_volume(volume=volume, actor=SYSTEM).volumes[0]
    assert secret not in image_of(again).read_bytes()
    assert secret in image_of(volume).read_bytes()
    volume.refresh_from_db()
    assert volume.state == "superseded"
    assert not selectors.due_for_reissue().exists()
    registering.destroy_volume(volume=volume, witness="何桦", note="粉碎", actor=SYSTEM)
    assert OfflineVolume.objects.get(id=volume.id).state == "destroyed"
    with mounted_stack([image_of(volume), image_of(again)]) as stack:
        path = VaultObject.objects.get(record=gone).object_path
        assert not [name for name in stack.object_files(path).paths() if "/documents/" in name]


def content_of(volume, row):
    """The bytes of a record's document, as they lie on a volume."""
    path = VaultObject.objects.get(record=row).object_path
    with VolumeReader(image_of(volume)) as reader:
        listed = next(item for item in reader.objects() if item.object_path == path)
        files = reader.files(listed)
        with files.open(next(name for name in files.paths() if "/documents/" in name)) as source:
            return source.read()


@pytest.mark.requirement("Z39")
def test_what_all_stores_lost_comes_back_from_a_volume():
    ingest_now(records(1))
    volume = made().volumes[0]
    row = VaultObject.objects.get()
    for key in ("use", "backup-near", "backup-far"):
        store = open_store(key)
        path = next(name for name in store.object_files(row.object_path).paths() if "/documents/" in name)
        corrupt(store.objects / row.object_path / path, (100, 8))
    Copy.objects.exclude(store=volume.copy_key).update(state="damaged")
    assert repair().losses
    with mounted_stack([image_of(volume)]):
        assert repair().repaired == 3
    assert VaultObject.objects.get().state == "held"


def test_a_volume_made_elsewhere_is_adopted_and_a_damaged_one_is_not():
    ingest_now(records(2))
    volume = made().volumes[0]
    image = image_of(volume)
    Copy.objects.filter(store=volume.copy_key).delete()
    volume.delete()
    adopted = registering.adopt_volume(path=image, actor=SYSTEM)
    assert adopted.objects_count == 2
    assert Copy.objects.filter(store=adopted.copy_key, state="verified").count() == 2
    assert check_volume(image).is_whole


@pytest.mark.requirement("Z36")
def test_database_and_stores_come_back_from_a_stack_of_volumes(empty_database):
    rows = records(3)
    entries = [record(title=f"目录条目{number}") for number in range(4)]
    ingest_now(rows + entries)
    first = made(limit=1).volumes[0]
    gone = rows[0]
    erase([gone.id], kind="disposal", basis="disposal:1", actor=SYSTEM)
    finish_erasures(SYSTEM)
    more = records(2)
    ingest_now(more)
    second = made().volumes[0]
    images = [image_of(first), image_of(second)]
    before = everything()
    kept = home() / "kept"
    kept.mkdir()
    for image in images:
        shutil.copy(image, kept)
    empty_database()
    for store in ("use", "backup-near", "backup-far"):
        shutil.rmtree(home() / "vault" / store)
        open_store(store).prepare()
    found = rebuild_from_volumes([kept], SYSTEM)
    assert not found.rebuilt.skipped
    assert not found.not_adopted
    assert {volume.number for volume in found.volumes} == {first.number, second.number}
    with mounted_stack([kept]):
        assert not repair().losses
    assert everything() == before
    assert all(audit(store).is_clean for store in ("use", "backup-near", "backup-far"))
    assert VaultObject.objects.get(record=gone).state == "erased"
    assert [volume.number for volume in selectors.due_for_reissue()] == [first.number]


def everything():
    """What records and objects say."""
    return {
        "objects": sorted(
            VaultObject.objects.values_list("object_id", "inventory_sha512", "state", "version")
        ),
        "records": sorted(Record.objects.values_list("id", "title", "state")),
        "entries": sorted(SegmentEntry.objects.values_list("record_id", "segment__object_id")),
    }


@pytest.fixture
def empty_database(transactional_db):
    """A callable that empties the database as ``flush`` does, append-only tables included."""
    from django.core.management import call_command

    return lambda: call_command("flush", interactive=False, verbosity=0)


def test_another_image_in_the_place_of_a_volume_does_not_pass_for_it():
    ingest_now(records(2))
    first, second = made().volumes[0], made(series="B").volumes[0]
    shutil.copy(image_of(second), image_of(first))
    with pytest.raises(Invalid, match="另一个卷"):
        inspecting.inspect_volume(path=image_of(first), actor=SYSTEM, number=first.number)
    assert not second.inspections.filter(occasion="periodic").exists()


@pytest.mark.requirement("Z36")
def test_a_whole_image_that_is_not_the_sealed_one_is_found():
    """Whoever rewrites an object, its block's digests and the parity leaves the image whole in itself."""
    ingest_now(records(2))
    volume = made().volumes[0]
    image, layout = image_of(volume), volume.layout
    forge(image, layout, volume.entries.order_by("offset")[0].offset + 515)
    found = inspecting.inspect_volume(path=image, actor=SYSTEM, sample_percent=100)
    assert not found.checked.damaged
    assert (found.checked.outcome, found.lost_count) == ("lost", 2)
    volume.refresh_from_db()
    assert volume.state == "damaged"
    told = Copy.objects.filter(store=volume.copy_key).values_list("state", "detail").distinct()
    assert list(told) == [("damaged", "卷的映像不是封装时的那一个")]


def forge(image, layout, offset):
    """Changes a byte and makes every digest and parity block agree with it."""
    content = bytearray(image.read_bytes())
    content[offset] ^= 1
    image.write_bytes(content)
    code = ReedSolomon(layout.data_blocks_in_group, layout.parity_blocks_in_group)
    with ImageFile(image) as opened, image.open("r+b") as output:
        for group in range(layout.groups):
            places = range(layout.data_blocks_in_group)
            data = b"".join(_column(opened, layout, group, place, 1) for place in places)
            for place, parity in enumerate(code.encode(data), layout.data_blocks_in_group):
                output.seek(layout.offset_of(layout.block_at(group, place)))
                output.write(parity)
        output.flush()
        digests = [block_digest(block, layout.block_bytes) for _n, block in read_blocks(opened, layout)]
        write_digests(output, layout, iter(digests))


def test_a_volume_taken_in_is_not_believed_what_its_table_says_of_an_object():
    ingest_now(records(2))
    volume = made().volumes[0]
    forge(image_of(volume), volume.layout, volume.entries.order_by("offset")[0].offset + 515)
    OfflineVolume.objects.all().delete()
    Copy.objects.filter(store=volume.copy_key).delete()
    adopted = registering.adopt_volume(path=image_of(volume), actor=SYSTEM)
    assert adopted.objects_count == 1


def test_a_mended_image_never_takes_the_place_of_another_file(tmp_path):
    ingest_now(records(2))
    volume = made().volumes[0]
    other = tmp_path / "other.tar"
    other.write_bytes(b"somebody's")
    with pytest.raises(Conflict, match="没有覆盖"):
        inspecting.mend(path=image_of(volume), target=other, actor=SYSTEM)
    assert other.read_bytes() == b"somebody's"
    mended, _found = inspecting.mend(path=image_of(volume), target=tmp_path / "new" / "a.tar", actor=SYSTEM)
    assert mended.path.is_file()
    mended, _found = inspecting.mend(path=image_of(volume), target=tmp_path / "new", actor=SYSTEM)
    assert mended.path == tmp_path / "new" / f"{volume.number}.tar"


def test_what_a_lost_block_still_gives_stays_in_the_mended_image(tmp_path):
    ingest_now([record(document(content(1, 400_000)))])
    volume = made(share_percent=4).volumes[0]
    image, layout = image_of(volume), volume.layout
    for place in range(layout.parity_blocks_in_group + 1):
        corrupt(image, (layout.offset_of(layout.block_at(0, place)) + 7, 1))
    before = image.read_bytes()
    mended, found = inspecting.mend(path=image, target=image, actor=SYSTEM)
    assert len(mended.lost) == layout.parity_blocks_in_group + 1 == len(found.checked.damaged)
    for block in mended.lost:
        span = slice(layout.offset_of(block), layout.offset_of(block) + layout.length_of(block))
        assert image.read_bytes()[span] == before[span]


def test_damaged_ledger_files_are_told_with_what_to_do(tmp_path):
    ingest_now(records(2))
    with TestCase.captureOnCommitCallbacks(execute=True):
        sequence_pending()
    volume = made().volumes[0]
    corrupt(image_of(volume), (volume.entries.order_by("offset")[0].offset - 512, 512))
    corrupt(image_of(volume), (0, 512))
    with pytest.raises(Invalid, match="存证") as told, mounted_stack([image_of(volume)]):
        pass
    assert "volumes repair" in told.value.remedy
