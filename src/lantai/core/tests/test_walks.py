"""Walking many rows while another process writes."""

import pytest
from django.db import connection

from lantai.core.jobs import Job
from lantai.core.walks import keys_by_piece


@pytest.fixture
def another():
    """A connection of its own, as another process has one."""
    held = connection.copy()
    yield held
    held.close()


@pytest.mark.django_db(transaction=True)
def test_who_walks_rows_may_write_between_though_others_wrote_meanwhile(another):
    wanted = sorted(Job.objects.create(kind="walk", title=str(n)).id for n in range(7))
    walked = []
    for piece in keys_by_piece(Job.objects.filter(kind="walk"), size=2):
        walked += piece
        with another.cursor() as cursor:
            cursor.execute("UPDATE core_job SET step = 'theirs'")
        Job.objects.filter(id=piece[0]).update(step="ours")
    assert walked == wanted
    assert Job.objects.filter(step="ours").count() == 1  # the last of theirs came before it


def test_nothing_is_walked_where_there_is_nothing(db):
    assert list(keys_by_piece(Job.objects.none())) == list(keys_by_piece(Job.objects.filter(kind="no"))) == []
