"""Who was renamed is found by either name."""

import pytest

from lantai.catalogue.fonds.parties import Parties
from lantai.catalogue.tests.test_reform import done, water
from lantai.search.synonyms import others

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("S15")
def test_a_renamed_agency_is_found_by_either_name():
    water()
    assert others("云州市水利局") == ()
    done("rename", Parties((water().code,), (), "云州市水务局"))
    assert "云州市水务局" in others("云州市水利局")
    assert "水利局文件" in others("水务局文件")
