"""Counting what stays with agencies, from the index made for it."""

import pytest
from django.db import connection
from django.db.models import Count

from lantai.records.models import Record
from lantai.records.vocabulary import LEFT


def counting():
    staying = Record.objects.filter(fonds__in=["0" * 32]).exclude(state__among_these=LEFT)
    return staying.values("scheme", "year").annotate(Count("id")).order_by()


@pytest.mark.django_db
def test_records_that_stay_are_counted_from_their_index_alone():
    if connection.vendor != "sqlite":
        pytest.skip("which index PostgreSQL takes depends on how many rows there are")
    assert "COVERING INDEX record_staying" in counting().explain()


def test_only_keys_of_a_vocabulary_are_written_into_a_query():
    with pytest.raises(ValueError, match="vocabulary"):
        str(Record.objects.filter(state__among_these=["held') OR ('1'='1"]).query)
