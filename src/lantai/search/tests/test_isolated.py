"""What was found to be classified is gone from results before the index has followed."""

import pytest

from lantai.core.actors import ANONYMOUS, SYSTEM
from lantai.records.api import OpeningMark, Record, State
from lantai.search.api import engine, search, suggest
from lantai.search.models import Withheld
from lantai.search.services import index_records
from lantai.search.withholding import keep_withholding
from lantai.transfer.api import isolate
from lantai.transfer.tests import factories as transfer
from lantai.vault.api import erase

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S18")
def test_a_record_isolated_a_moment_ago_is_not_found():
    engine().clear()
    transfer.filed(2)
    ids = list(Record.objects.values_list("id", flat=True))
    index_records(ids)
    assert search("水利工程", SYSTEM).total == 2
    isolate(record_id=ids[0], reason="正文第2页", actor=SYSTEM)
    found = search("水利工程", SYSTEM)
    assert [hit.record_id for hit in found.hits] == [str(ids[1])]
    assert found.total == 1


@pytest.mark.requirement("S45")
def test_a_record_ordered_destroyed_a_moment_ago_is_neither_found_nor_counted_nor_suggested():
    engine().clear()
    transfer.filed(2)
    Record.objects.update(opening_mark=OpeningMark.OPEN, state=State.HELD)
    ids = list(Record.objects.order_by("id").values_list("id", flat=True))
    Record.objects.filter(id=ids[0]).update(title="水利移民名册")
    index_records(ids)
    assert suggest("水利移", ANONYMOUS)
    erase([ids[0]], kind="purge", basis="disposal:1", actor=SYSTEM)
    assert [hit.record_id for hit in search("水利", SYSTEM).hits] == [str(ids[1])]
    keep_withholding()
    assert search("水利", ANONYMOUS).facets["fonds"][0].count == 1
    assert suggest("水利移", ANONYMOUS) == []


def test_an_undone_import_that_nobody_outside_ever_saw_is_not_noted_by_the_million():
    transfer.filed(1)
    erase(list(Record.objects.values_list("id", flat=True)), kind="purge", basis="import:1", actor=SYSTEM)
    keep_withholding()
    assert not Withheld.objects.exists()
