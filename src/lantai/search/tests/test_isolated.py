"""What was found to be classified is gone from results before the index has followed."""

import pytest

from lantai.core.actors import SYSTEM
from lantai.records.api import Record
from lantai.search.api import engine, search
from lantai.search.services import index_records
from lantai.transfer.api import isolate
from lantai.transfer.tests import factories as transfer

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
