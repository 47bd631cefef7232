"""Rows put back from their descriptions, as plain values."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.plainrows import plain_rows
from lantai.records.api import create_records
from lantai.records.models import Record
from lantai.records.restoring import insert_missing, present_keys
from lantai.records.tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """A record's row as a description tells it; the record is gone."""
    (record,) = create_records([make.draft()], SYSTEM)
    moment = timezone.now()
    Record.objects.filter(id=record.id).update(
        date_start=date(1950, 10, 1), metadata={"题名": ["甲", None, 1]}, changed_at=moment, item_number=7
    )
    (row,) = plain_rows(Record.objects.filter(id=record.id))
    Record.objects.filter(id=record.id).delete()
    return row


def test_a_row_comes_back_value_by_value_and_only_once(told):
    (made,) = insert_missing(Record, [told, told])
    assert made["id"] == UUID(told["id"]).hex
    assert list(plain_rows(Record.objects.filter(id=told["id"]))) == [told]
    assert insert_missing(Record, [told]) == []
    assert present_keys(Record, [told["id"], str(uuid4())]) == {made["id"]}


def test_what_a_description_does_not_tell_keeps_its_default(told):
    del told["metadata"], told["page_count"], told["changed_at"]
    insert_missing(Record, [told])
    record = Record.objects.get(id=told["id"])
    assert (record.metadata, record.page_count) == ({}, 0)
    assert record.changed_at is not None


def test_keys_of_other_rows_are_renamed(told):
    other = make.fonds("Z999")
    insert_missing(Record, [told], {told["fonds"]: other.id})
    assert Record.objects.get(id=told["id"]).fonds_id == other.id


@pytest.mark.parametrize(
    ("field", "value"), [("id", "x'); --"), ("agency", "none"), ("date_start", "1950-13-01"), ("created_at", "yesterday")]
)  # fmt: skip
def test_values_of_another_form_are_refused(told, field, value):
    with pytest.raises(ValueError, match=r"."):
        insert_missing(Record, [{**told, field: value}])
    assert not Record.objects.filter(title=told["title"]).exists()
