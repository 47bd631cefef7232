import pytest

from lantai.core.errors import Conflict, Invalid
from lantai.ledger.api import Entry, append, head, proof_of, restore_from, sequence_pending, verify
from lantai.ledger.models import Evidence, Head, Leaf, Pending, Tile
from lantai.ledger.segments import LEAVES, LeafRange

from .factories import CLERK, tampering, use_store, write_entries

pytestmark = pytest.mark.django_db


def lose_the_database():
    with tampering() as cursor:
        for model in (Pending, Leaf, Entry, Head, Tile, Evidence):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")


def contents():
    return [
        list(model.objects.order_by(order).values_list())
        for model, order in ((Entry, "id"), (Leaf, "index"), (Head, "size"), (Tile, "index"))
    ]


@pytest.mark.requirement("Z70")
def test_a_lost_database_is_restored_to_the_same_rows(monkeypatch, tmp_path):
    store = use_store(monkeypatch, tmp_path)
    write_entries(LEAVES + 300, runs=7)
    before = contents()
    lose_the_database()
    assert restore_from(store) == LEAVES + 300
    assert contents() == before
    result = verify()
    assert result.ok, result.findings
    entry = append(act="record.open", actor=CLERK, subject="record:1")
    sequence_pending()
    assert head().size == LEAVES + 301
    assert proof_of(entry.id).index == LEAVES + 300
    assert verify().ok


def test_complete_segments_are_enough_when_the_spare_parts_are_gone(monkeypatch, tmp_path):
    store = use_store(monkeypatch, tmp_path)
    write_entries(LEAVES, runs=8)
    assert (tmp_path / LeafRange(0, LEAVES).path).exists()
    for file in (tmp_path / "parts").rglob("*.jsonl"):
        file.unlink()
    assert verify().ok
    lose_the_database()
    assert restore_from(store) == LEAVES


def test_an_empty_store_restores_an_empty_ledger(monkeypatch, tmp_path):
    assert restore_from(use_store(monkeypatch, tmp_path)) == 0
    assert head() is None


def test_a_ledger_in_use_is_not_restored_over(monkeypatch, tmp_path):
    store = use_store(monkeypatch, tmp_path)
    write_entries(5)
    with pytest.raises(Conflict):
        restore_from(store)


def tamper_line(folder):
    file = next((folder / "parts").rglob("*.jsonl"))
    file.write_bytes(file.read_bytes().replace(b"record.capture", b"record.approve", 1))


def remove_segment(folder):
    sorted((folder / "parts").rglob("*.jsonl"))[1].unlink()


def remove_last_segment(folder):
    sorted((folder / "parts").rglob("*.jsonl"))[-1].unlink()


def cut_segment(folder):
    file = sorted((folder / "parts").rglob("*.jsonl"))[0]
    file.write_bytes(file.read_bytes()[:-40])


@pytest.mark.parametrize("tamper", [tamper_line, remove_segment, remove_last_segment, cut_segment])
def test_a_store_that_does_not_agree_with_its_heads_restores_nothing(monkeypatch, tmp_path, tamper):
    store = use_store(monkeypatch, tmp_path)
    write_entries(60, runs=3)
    lose_the_database()
    tamper(tmp_path)
    with pytest.raises(Invalid):
        restore_from(store)
    assert not Entry.objects.exists()
