"""Somebody changes what a store holds, or puts an old database back."""

import os
import shutil

import pytest

from lantai.core.errors import Conflict
from lantai.core.findings import Outcome
from lantai.ledger.api import (
    FolderStore,
    append,
    fill_prepared,
    head,
    sequence_pending,
    verify,
    write_evidence,
)
from lantai.ledger.segments import LEAVES, LeafRange, head_path

from .factories import CLERK, tampering, use_store, write_entries
from .tampering import SIZE, VICTIM, assert_names, entry_at, rebuild_tiles, resign_heads, rewrite, run

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("Z70")]


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
