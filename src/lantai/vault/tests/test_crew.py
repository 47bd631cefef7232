"""The crew of child processes: order, faults, memory, and an ingest large enough for it."""

import operator
import os
from itertools import count, islice

import pytest

from lantai.core.actors import SYSTEM
from lantai.core.errors import Unavailable
from lantai.core.settings import home
from lantai.vault import crew
from lantai.vault.api import IngestItem, VaultObject, ingest
from lantai.vault.ocfl_validation import check_object
from lantai.vault.stores import open_store

from .factories import record, records


@pytest.mark.parametrize("number", [0, 1, crew.WORTH - 1, crew.WORTH, 1000])
def test_results_come_in_the_order_of_the_items(number):
    assert list(crew.spread(operator.neg, range(number), crosses=True)) == [-i for i in range(number)]


def test_what_a_child_raises_is_raised_to_the_caller():
    with pytest.raises(ValueError, match="invalid literal"):
        list(crew.spread(int, ["1"] * crew.WORTH + ["x"], crosses=True))


def test_a_child_that_dies_is_told_and_replaced():
    with pytest.raises(Unavailable):
        list(crew.spread(os._exit, [1] * crew.WORTH, crosses=True))
    assert sum(crew.spread(operator.neg, [1] * crew.WORTH, crosses=True)) == -crew.WORTH


def test_only_a_few_items_are_taken_ahead():
    taken = count()
    results = crew.spread(operator.neg, (next(taken) for _ in count()), crosses=True)
    assert list(islice(results, 10)) == [-i for i in range(10)]
    results.close()
    assert next(taken) <= crew.WORTH + 20 * crew.PIECE


@pytest.mark.django_db
def test_a_batch_written_by_the_crew_refuses_only_what_is_wrong():
    rows = [*records(crew.WORTH), record(title="目录条目")]
    wrong, gone = rows[3], rows[7]
    source = wrong.documents.get()
    (home() / source.location).write_bytes(b"changed")
    (home() / gone.documents.get().location).unlink()
    done = ingest([IngestItem(row.id) for row in rows], SYSTEM)
    assert {refusal.record_id for refusal in done.refused} == {wrong.id, gone.id}
    assert len(done.record_ids) == len(rows) - 2
    store = open_store("backup-far")
    for row in VaultObject.objects.all():
        checked = check_object(store.object_files(row.object_path))
        assert (checked.problems, checked.inventory_sha512) == ((), row.inventory_sha512)
    assert len(list(store.object_paths())) == VaultObject.objects.count() == crew.WORTH - 1
