"""SQLite's log while entries are loaded by the hundred thousand."""

from pathlib import Path

import pytest
from django.db import connection, transaction

from lantai.records.api import short_log
from lantai.records.logs import TOGETHER


@pytest.fixture
def scratch():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE scratch (text TEXT)")
        yield lambda: cursor.execute("INSERT INTO scratch VALUES (%s)", ["字" * 30_000])
        cursor.execute("DROP TABLE scratch")


def log_bytes():
    with connection.cursor() as cursor:
        _number, _name, path = cursor.execute("PRAGMA database_list").fetchone()
    log = Path(f"{path}-wal")
    return log.stat().st_size if log.exists() else 0


@pytest.mark.django_db(transaction=True)
def test_the_log_is_begun_anew_every_so_often_and_is_empty_at_the_end(scratch):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has a log that is copied back")
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sizes = []
    with short_log() as after_one:
        for _time in range(3 * TOGETHER):
            with transaction.atomic():
                scratch()
            after_one()
            sizes.append(log_bytes())
    assert sizes[TOGETHER - 1] < sizes[TOGETHER]
    assert sizes[-1] < 1.1 * sizes[TOGETHER]
    assert log_bytes() == 0
    assert connection.cursor().execute("PRAGMA wal_autocheckpoint").fetchone() == (8192,)


@pytest.mark.django_db
def test_within_a_transaction_the_log_is_left_alone():
    with short_log() as after_one:
        for _time in range(TOGETHER):
            after_one()
    assert connection.in_atomic_block
