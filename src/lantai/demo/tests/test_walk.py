"""Walking the demo's road again changes nothing that was walked."""

import pytest

from lantai.catalogue.api import published_of
from lantai.core.actors import SYSTEM
from lantai.demo import walk
from lantai.demo.guide import own_words, publish_guides
from lantai.demo.settlement import settle
from lantai.institutions.api import Organisation, Person
from lantai.records.api import Fonds, NumberState, Record, RecordDraft, Scheme, create_records

pytestmark = pytest.mark.django_db


def told(done, total):
    assert done <= total


@pytest.fixture
def region():
    settle(told)


def entries(count):
    """Old catalogue entries that an archive holds, each due for opening."""
    fonds = Fonds.objects.select_related("archive").order_by("code").first()
    scheme = Scheme.objects.filter(fonds=fonds).order_by("year_from").first()
    drafts = [
        RecordDraft(
            fonds_id=fonds.id, scheme_id=scheme.id, agency_id=fonds.creator_id, custodian_id=fonds.archive_id,
            title=f"关于修筑海塘的批复（{number}）", responsible="东屿县人民政府", date_text="19550301",
            year=1955, retention="Y", reference_code=f"{fonds.code}-WS·1955-Y-001-{number:03d}",
            item_number=number, number_state=NumberState.FIXED,
        )
        for number in range(1, count + 1)
    ]  # fmt: skip
    made = [record.id for record in create_records(drafts, SYSTEM)]
    Record.objects.filter(id__in=made).update(state="held")


def test_settling_again_makes_nobody_twice(region):
    before = Organisation.objects.count(), Person.objects.count(), Fonds.objects.count()
    settle(told)
    assert (Organisation.objects.count(), Person.objects.count(), Fonds.objects.count()) == before


def test_opening_with_nothing_due_opens_nothing(region):
    walk._open(walk.Walk(), told)
    assert walk.summary()["records_opened"] == 0


def test_opening_again_opens_no_more_of_the_catalogue(region, monkeypatch):
    monkeypatch.setattr(walk, "OPENED_FROM_CATALOGUE", 2)
    entries(5)
    for _ in range(2):
        walk._open(walk.Walk(), told)
        assert walk.summary()["records_opened"] == 2


def test_a_guide_is_published_once_and_says_what_the_archive_says_of_itself(region):
    archive = Organisation.objects.get(code="499001")
    Fonds.objects.filter(archive=archive).exclude(code="Z037").update(
        archive=Organisation.objects.get(code="499002")
    )
    for _ in range(2):
        publish_guides(told)
        own, of_fonds = published_of(archive)
        assert own.number == 1
        assert own.sections["contact"] == own_words()["499001"]["contact"].strip()
        assert [(text.fonds.code, text.number) for text in of_fonds] == [("Z037", 1)]
        assert own.edited_by != own.decided_by
