import pytest
from django.db import DatabaseError, connection, transaction

from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict
from lantai.ledger.api import append, sequence_pending
from lantai.ledger.models import Entry, Head, Leaf, Tile

TABLES = ("ledger_entry", "ledger_leaf", "ledger_head", "ledger_tile")
COLUMNS = {"ledger_entry": "act", "ledger_leaf": "leaf_hash", "ledger_head": "root", "ledger_tile": "root"}


@pytest.fixture
def ledger(db):
    for number in range(256):
        append(act="test.act", actor=SYSTEM, subject=f"record:{number}")
    sequence_pending()
    connection.check_constraints()


@pytest.mark.requirement("Z70")
@pytest.mark.parametrize("table", TABLES)
def test_the_database_refuses_to_change_a_row(ledger, table):
    column = COLUMNS[table]
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {table} SET {column} = {column}")


@pytest.mark.requirement("Z70")
@pytest.mark.parametrize("table", TABLES)
def test_the_database_refuses_to_delete_a_row(ledger, table):
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", TABLES)
def test_the_database_refuses_to_replace_or_truncate_rows(ledger, table):
    statement = (
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"
        if connection.vendor == "sqlite"
        else f"TRUNCATE {table} CASCADE"
    )
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.requirement("Z70")
@pytest.mark.parametrize("model", [Entry, Leaf, Head, Tile])
def test_the_orm_refuses_every_way_of_changing_a_row(ledger, model):
    row = model.objects.first()
    for change in (
        row.save,
        row.delete,
        model.objects.all().delete,
        lambda: model.objects.update(pk=row.pk),
        lambda: model.objects.bulk_update([row], ["pk"]),
    ):
        with pytest.raises(Conflict, match="只能追加"):
            change()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_triggers_stand_again_after_a_test_database_was_emptied(turn):
    append(act="test.act", actor=SYSTEM, subject=f"record:{turn}")
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_entry")
    assert Entry.objects.count() == 1
