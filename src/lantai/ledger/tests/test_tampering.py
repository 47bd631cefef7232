"""Somebody who owns the database, or a store, changes the past: verifying names the first bad entry."""

import json
import os
import shutil

import pytest
from django.db import connection

from lantai.core.errors import Conflict
from lantai.core.findings import Outcome
from lantai.core.identifiers import new_id
from lantai.core.settings import home
from lantai.ledger import tree
from lantai.ledger.api import (
    FolderStore,
    append,
    fill_prepared,
    head,
    sequence_pending,
    verify,
    write_evidence,
)
from lantai.ledger.heads import SignedHead
from lantai.ledger.merkle import tree_root
from lantai.ledger.models import Entry, Head, Leaf, Pending, Tile
from lantai.ledger.segments import LEAVES, LeafRange, head_path

from .factories import CLERK, tampering, use_store, write_entries

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("Z70")]

SIZE = 300
VICTIM = 123


@pytest.fixture
def entries(monkeypatch, tmp_path):
    use_store(monkeypatch, tmp_path / "store")
    return write_entries(SIZE, runs=6)


@pytest.fixture
def store(entries, tmp_path):
    return tmp_path / "store"


def entry_at(index):
    return Leaf.objects.select_related("entry").get(index=index).entry


def run(sql, *parameters):
    with tampering() as cursor:
        cursor.execute(sql, parameters)
        assert cursor.rowcount > 0, "the tampering must have touched a row"


def key_of(value):
    return value.hex if connection.vendor == "sqlite" else value


def blob(value):
    return bytes(value)


def assert_names(index, entry_id=""):
    result = verify()
    assert not result.ok
    assert result.first_bad_index == index, [finding.as_dict() for finding in result.findings]
    if entry_id:
        assert result.first_bad_entry == str(entry_id)
    assert all(finding.remedy for finding in result.findings if finding.outcome is Outcome.FAIL)
    return result


def test_an_untouched_ledger_is_whole(entries):
    result = verify()
    assert result.ok
    assert result.first_bad_index is None
    assert (result.entries, result.heads) == (SIZE, 18)
    assert {finding.key for finding in result.findings} == {"ledger.entry", "ledger.head", "ledger.store"}


EDITS = {
    "actor": str(new_id()),
    "role": "supervisor",
    "act": "record.destroy",
    "subject": "record:999",
    "count": 7,
    "before": "0" * 64,
    "after": "0" * 64,
    "at": "2001-01-01 00:00:00",
}


@pytest.mark.parametrize("column", EDITS)
def test_an_edited_entry_is_named_with_what_changed(entries, column):
    victim = entry_at(VICTIM)
    run(f"UPDATE ledger_entry SET {column} = %s WHERE id = %s", EDITS[column], key_of(victim.id))
    result = assert_names(VICTIM, victim.id)
    named = result.findings[0]
    assert f"{column}=" in named.expected
    assert f"{column}=" in named.observed
    assert len([finding for finding in result.findings if finding.key == "ledger.entry"]) == 1


def test_an_edited_secret_is_named(entries):
    victim = entry_at(VICTIM)
    run("UPDATE ledger_entry SET secret = %s WHERE id = %s", blob(32), key_of(victim.id))
    assert_names(VICTIM, victim.id)


def test_an_edited_leaf_is_named(entries):
    run(
        "UPDATE ledger_leaf SET leaf_hash = %s WHERE index = %s".replace("index", '"index"'), blob(32), VICTIM
    )
    assert_names(VICTIM, entry_at(VICTIM).id)


def test_an_edited_leaf_on_the_incomplete_edge_is_named(entries):
    run('UPDATE ledger_leaf SET leaf_hash = %s WHERE "index" = %s', blob(32), SIZE - 3)
    assert_names(SIZE - 3, entry_at(SIZE - 3).id)


def test_an_entry_rewritten_with_its_leaf_is_named(entries):
    victim = entry_at(VICTIM)
    rewrite(victim, act="record.destroy")
    assert_names(VICTIM, victim.id)


def rewrite(entry, **fields):
    """Edits an entry and its leaf so that both agree."""
    for name, value in fields.items():
        run(f"UPDATE ledger_entry SET {name} = %s WHERE id = %s", value, key_of(entry.id))
    forged = Entry.objects.get(id=entry.id)
    run("UPDATE ledger_leaf SET leaf_hash = %s WHERE entry_id = %s", forged.leaf_hash, key_of(entry.id))


def rebuild_tiles():
    with tampering() as cursor:
        cursor.execute("DELETE FROM ledger_tile")
    tree.grow(0, Leaf.objects.count())


def resign_heads():
    """Signs every head anew with the archive's own key, as an insider with the keystore could."""
    sizes = list(Head.objects.order_by("size").values_list("size", flat=True))
    with tampering() as cursor:
        cursor.execute("DELETE FROM ledger_head")
    for size in sizes:
        Head.of(SignedHead.sign(size, tree_root(tree.StoredNodes(), size))).save()


def test_a_database_rewritten_with_its_tiles_is_caught(entries):
    victim = entry_at(VICTIM)
    rewrite(victim, act="record.destroy")
    rebuild_tiles()
    assert_names(VICTIM, victim.id)


def test_a_database_rewritten_with_tiles_and_heads_signed_anew_is_caught_by_the_stores(entries):
    victim = entry_at(VICTIM)
    rewrite(victim, act="record.destroy")
    rebuild_tiles()
    resign_heads()
    result = assert_names(VICTIM, victim.id)
    assert "act=record.capture" in result.findings[0].expected
    assert "act=record.destroy" in result.findings[0].observed


def test_a_consistent_rewrite_is_narrowed_down_by_the_heads_alone(entries, store, monkeypatch):
    """With every segment gone, the signed heads still say between which sizes the change lies."""
    victim = entry_at(VICTIM)
    rewrite(victim, act="record.destroy")
    rebuild_tiles()
    for folder in (home() / "ledger", store):
        shutil.rmtree(folder / "parts")
    result = verify()
    assert not result.ok
    assert result.first_bad_index == 100
    assert any("第 100 至 149 条之间" in finding.observed for finding in result.findings)


def test_a_deleted_entry_is_named(entries):
    victim = entry_at(VICTIM)
    if connection.vendor == "sqlite":
        with tampering() as cursor:
            cursor.execute("DELETE FROM ledger_leaf WHERE entry_id = %s", [victim.id.hex])
            cursor.execute("DELETE FROM ledger_entry WHERE id = %s", [victim.id.hex])
    else:
        with tampering() as cursor:
            cursor.execute("DELETE FROM ledger_leaf WHERE entry_id = %s", [victim.id])
            cursor.execute("DELETE FROM ledger_entry WHERE id = %s", [victim.id])
    result = assert_names(VICTIM, victim.id)
    assert "删除" in result.findings[0].observed


def test_a_deletion_with_all_later_leaves_moved_up_is_named(entries):
    victim = entry_at(VICTIM)
    with tampering() as cursor:
        cursor.execute("DELETE FROM ledger_leaf WHERE entry_id = %s", [key_of(victim.id)])
        cursor.execute("DELETE FROM ledger_entry WHERE id = %s", [key_of(victim.id)])
        for index in range(VICTIM + 1, SIZE):
            cursor.execute('UPDATE ledger_leaf SET "index" = %s WHERE "index" = %s', [index - 1, index])
    rebuild_tiles()
    result = assert_names(VICTIM, victim.id)
    assert "已被删除" in result.findings[0].observed


def test_entries_cut_off_at_the_end_are_named(entries):
    victim = entry_at(SIZE - 50)
    with tampering() as cursor:
        ids = [key_of(leaf.entry_id) for leaf in Leaf.objects.filter(index__gte=SIZE - 50)]
        marks = ", ".join(["%s"] * len(ids))
        cursor.execute('DELETE FROM ledger_leaf WHERE "index" >= %s', [SIZE - 50])
        cursor.execute(f"DELETE FROM ledger_entry WHERE id IN ({marks})", ids)
        cursor.execute("DELETE FROM ledger_head WHERE size > %s", [SIZE - 50])
        cursor.execute("DELETE FROM ledger_tile")
    assert_names(SIZE - 50, victim.id)


def test_an_inserted_entry_is_named(entries):
    """A forged entry takes a place in the middle and every later leaf moves down."""
    forged = append(act="record.approve", actor=CLERK, subject="record:77")
    Pending.objects.all().delete()
    with tampering() as cursor:
        for index in range(SIZE - 1, VICTIM - 1, -1):
            cursor.execute('UPDATE ledger_leaf SET "index" = %s WHERE "index" = %s', [index + 1, index])
    Leaf.objects.create(index=VICTIM, entry=forged, leaf_hash=forged.leaf_hash)
    rebuild_tiles()
    result = assert_names(VICTIM)
    assert str(forged.id) in result.findings[0].observed
    assert "被移到别处" in result.findings[0].observed


def test_an_entry_appended_past_the_sequencer_is_named(entries):
    forged = append(act="record.approve", actor=CLERK, subject="record:77")
    Pending.objects.all().delete()
    Leaf.objects.create(index=SIZE, entry=forged, leaf_hash=forged.leaf_hash)
    assert_names(SIZE, forged.id)


def test_an_entry_hidden_from_the_sequencer_is_found(entries):
    stray = append(act="record.approve", actor=CLERK, subject="record:77")
    Pending.objects.all().delete()
    result = verify()
    assert not result.ok
    assert str(stray.id) in result.findings[0].subject


def test_reordered_entries_are_named(entries):
    first, second = entry_at(VICTIM), entry_at(VICTIM + 60)
    with tampering() as cursor:
        for entry, index in ((first, SIZE * 2), (second, VICTIM), (first, VICTIM + 60)):
            cursor.execute(
                'UPDATE ledger_leaf SET "index" = %s WHERE entry_id = %s', [index, key_of(entry.id)]
            )
    result = assert_names(VICTIM, first.id)
    assert "被移到别处" in result.findings[0].observed
    rebuild_tiles()
    assert_names(VICTIM, first.id)


def test_an_edited_tile_is_found_and_no_entry_is_blamed(entries):
    tile = Tile.objects.get(level=0, index=0)
    hashes = bytes(32) + bytes(tile.hashes)[32:]
    run("UPDATE ledger_tile SET hashes = %s WHERE level = 0", hashes)
    result = verify()
    assert {f.key for f in result.findings if f.outcome is Outcome.FAIL} == {"ledger.tile"}
    assert result.first_bad_index is None


def test_a_missing_tile_is_found(entries):
    run("DELETE FROM ledger_tile WHERE level = 0")
    result = verify()
    assert {f.key for f in result.findings if f.outcome is Outcome.FAIL} == {"ledger.tile"}


@pytest.mark.parametrize("column", ["root", "seal_data"])
def test_an_edited_head_is_found(entries, column):
    data = {**Head.objects.get(size=100).seal_data, "subject_name": "某馆"}
    value = blob(32) if column == "root" else json.dumps(data)
    run(f"UPDATE ledger_head SET {column} = %s WHERE size = 100", value)
    result = verify()
    assert [f.subject for f in result.findings if f.key == "ledger.seal"] == ["数据库：第 100 条处的树首"]
    assert result.first_bad_index is None


def test_a_deleted_head_is_found(entries):
    run("DELETE FROM ledger_head WHERE size = 100")
    result = verify()
    assert any("已被删除" in finding.observed for finding in result.findings)


def segment_file(folder, start=100):
    return folder / LeafRange(start, start + 50).path


def damage_edit(file):
    file.write_bytes(file.read_bytes().replace(b"record.capture", b"record.approve", 1))


def damage_delete_line(file):
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:7] + lines[8:]))


def damage_reorder(file):
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))


def damage_add_line(file):
    file.write_bytes(file.read_bytes() + file.read_bytes().splitlines(keepends=True)[0])


def damage_truncate(file):
    os.truncate(file, file.stat().st_size // 2)


def damage_garbage(file):
    file.write_bytes(b"\xff\x00" * 100)


@pytest.mark.parametrize(
    "damage",
    [
        damage_edit,
        damage_delete_line,
        damage_reorder,
        damage_add_line,
        damage_truncate,
        damage_garbage,
        os.unlink,
    ],
)
def test_a_damaged_segment_file_is_found_and_no_entry_is_blamed(entries, store, damage):
    damage(segment_file(store))
    result = verify()
    failed = [finding for finding in result.findings if finding.outcome is Outcome.FAIL]
    assert failed
    assert {finding.key for finding in failed} == {"ledger.store"}
    assert all(finding.subject.startswith("备份甲") for finding in failed)
    assert result.first_bad_index is None


def test_a_damaged_head_file_is_found(entries, store):
    path = store / head_path(100)
    path.write_bytes(path.read_bytes().replace(b'"size":100', b'"size":101'))
    result = verify()
    assert [f.subject for f in result.findings if f.key == "ledger.seal"] == ["备份甲：第 100 条处的树首"]


def test_a_deleted_head_file_is_found(entries, store):
    (store / head_path(100)).unlink()
    result = verify()
    assert [f.key for f in result.findings if f.outcome is Outcome.FAIL] == ["ledger.store"]


def test_a_strange_file_among_the_segments_is_found(entries, store):
    (store / "segments/000000").mkdir(parents=True, exist_ok=True)
    (store / "segments/000000/extra.jsonl").write_text("{}")
    result = verify()
    assert any("extra.jsonl" in finding.subject for finding in result.findings)


def test_an_old_database_put_back_is_refused_by_the_sequencer_and_found(entries):
    run("DELETE FROM ledger_head WHERE size > 250")
    with tampering() as cursor:
        cursor.execute('DELETE FROM ledger_leaf WHERE "index" >= 250')
    append(act="record.capture", actor=CLERK, subject="record:new")
    with pytest.raises(Conflict, match="停止排序"):
        sequence_pending()
    assert_names(250)


def test_evidence_is_never_overwritten_by_a_rewritten_database(entries, store):
    before = segment_file(store).read_bytes()
    rewrite(entry_at(VICTIM), act="record.destroy")
    run("UPDATE ledger_evidence SET size = 0")
    failures = write_evidence()
    assert len(failures) == 2
    assert "未覆盖" in failures[0]
    assert segment_file(store).read_bytes() == before


def test_a_report_of_many_differences_names_the_first_and_counts_the_rest(entries):
    with tampering() as cursor:
        cursor.execute("UPDATE ledger_entry SET act = 'record.destroy'")
    result = assert_names(0, entry_at(0).id)
    assert len(result.findings) < 15
    assert any(f"还有 {SIZE - 10} 条" in finding.observed for finding in result.findings)


def test_tampering_across_segments_is_named(monkeypatch, tmp_path):
    use_store(monkeypatch, tmp_path / "store")
    write_entries(2 * LEAVES + 100, runs=3)
    assert verify().ok
    victim = entry_at(LEAVES + 5)
    rewrite(victim, subject="record:other")
    rebuild_tiles()
    resign_heads()
    assert_names(LEAVES + 5, victim.id)
    assert head().size == 2 * LEAVES + 100


def test_a_store_that_never_held_any_evidence_is_no_witness(entries, monkeypatch, tmp_path):
    use_store(monkeypatch, tmp_path / "empty", "空盘")
    (finding,) = [each for each in verify().findings if each.subject == "空盘"]
    assert (finding.outcome, finding.observed) == ("fail", "没有任何存证段")
    assert "lantai ledger verify" in finding.remedy


def test_a_store_made_anew_is_filled_and_until_then_told(entries, monkeypatch, tmp_path):
    store = use_store(monkeypatch, tmp_path / "disk", "新盘")
    write_evidence()
    before = list(store.paths(""))
    shutil.rmtree(store.root)
    assert not verify().ok
    with monkeypatch.context() as away:
        away.setattr(FolderStore, "put", _full)
        assert any("新盘" in failure for failure in fill_prepared("新盘"))
        report = verify()
        assert report.ok
        assert [each.outcome for each in report.findings if each.subject == "新盘"] == ["warn"]
    fill_prepared("新盘")
    assert [path for path in before if path not in store.paths("")] == []
    assert verify().ok


def _full(_store, path, _content):
    raise OSError(28, "no space left", path)
