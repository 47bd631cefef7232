"""Somebody who owns the database, or a store, changes the past: verifying names the first bad entry."""

import json
import shutil

import pytest
from django.db import connection

from lantai.core.findings import Outcome
from lantai.core.identifiers import new_id
from lantai.core.settings import home
from lantai.ledger.api import (
    append,
    verify,
)
from lantai.ledger.models import Head, Leaf, Pending, Tile

from .factories import CLERK, tampering
from .tampering import (
    SIZE,
    VICTIM,
    assert_names,
    blob,
    entry_at,
    key_of,
    rebuild_tiles,
    resign_heads,
    rewrite,
    run,
)

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("Z70")]


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
