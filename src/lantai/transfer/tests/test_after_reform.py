"""The transfer plan follows an institutional reform to whoever answers for the agency."""

import pytest

from lantai.catalogue.tests.test_reform import merged
from lantai.core.ports import allows
from lantai.institutions.api import Organisation, person_actor
from lantai.institutions.tests.factories import a_person
from lantai.records.api import Record, fonds_scope
from lantai.records.tests.factories import agency, fonds, record
from lantai.transfer.api import plan, ready_years

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("Z5")
def test_the_transfer_plan_follows_to_the_successor():
    made = record(year=2010)
    Record.objects.filter(id=made.id).update(
        state="filed", number_state="fixed", reference_code="J001-WS·2010-Y-BGS-0001", retention="Y"
    )
    before = plan(agency_id=agency().id)
    merged()
    heir = Organisation.objects.get(code="990100-009")
    after = plan(agency_id=heir.id)
    assert [(line.fonds, line.year, line.records) for line in after] == [
        (line.fonds, line.year, line.records) for line in before
    ]
    assert after
    assert [row.year for row in ready_years(heir.id)] == [2010]
    person = person_actor(a_person("record_archivist", organisation=heir))
    assert allows(person, "transfer.prepare", fonds_scope(fonds()))
