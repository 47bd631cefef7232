"""Numbers taken by several at once, each in a transaction of its own."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from lantai.records.api import next_numbers
from lantai.records.tests import factories as make


@pytest.mark.django_db(transaction=True)
def test_of_numbers_taken_at_once_none_is_given_twice_and_none_is_left_out():
    archive_id = make.archive().id
    taken, errors = [], []

    def take():
        try:
            for _ in range(10):
                with transaction.atomic():
                    taken.extend(next_numbers(archive_id, "J001-WS·2024-Y", 3))
        except DatabaseError as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert sorted(taken) == list(range(1, 121))
