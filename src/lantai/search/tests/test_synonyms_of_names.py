"""Who was renamed is found by either name."""

import pytest

from lantai.catalogue.fonds import names
from lantai.catalogue.fonds.parties import Parties
from lantai.catalogue.tests.test_reform import done, water
from lantai.core.actors import SYSTEM
from lantai.records.tests.factories import record
from lantai.search.api import index_records, search

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S15")
def test_records_of_a_renamed_agency_are_found_by_either_name(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path))
    names.forget()
    water()
    old, new = record(title="云州市水利局关于防汛的通知"), record(title="云州市水务局关于河长制的通知")
    index_records([old.id, new.id])
    assert search("云州市水利局", SYSTEM).total == 1
    done("rename", Parties((water().code,), (), "云州市水务局"))
    for word in ("云州市水利局", "云州市水务局", "水利局", "雲州市水務局"):
        found = {hit.record_id for hit in search(word, SYSTEM).hits}
        assert found == {str(old.id), str(new.id)}, word
    names.forget()
