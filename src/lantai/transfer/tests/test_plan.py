"""When records are due, and how agency and archive agree on another day."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from lantai.capture.collecting.models import RosterClass
from lantai.capture.tests import factories as capture
from lantai.capture.tests.test_collecting import approved
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.identifiers import new_id
from lantai.core.models import Figures
from lantai.institutions.tests import factories as people
from lantai.records.tests import factories as records
from lantai.transfer import staying
from lantai.transfer.api import plan
from lantai.transfer.due import schedule_of
from lantai.transfer.models import Agreement
from lantai.transfer.planning import decide, propose
from lantai.transfer.staying import count_staying

from . import factories as make

pytestmark = pytest.mark.django_db


def _paper(year, retention="Y", **values):
    return records.record(year=year, retention=retention, **values)


@pytest.mark.requirement("S18")
def test_the_term_follows_kind_and_level_and_the_archive_takes_only_what_it_keeps():
    make.filed(1)
    _paper(2000)
    _paper(2001, retention="D10")
    lines = plan(agency_id=records.agency().id)
    told = [(line.year, line.kind, line.due_on, line.records, line.ready, line.standing) for line in lines]
    assert told == [
        (2000, "traditional", date(2020, 12, 31), 1, 0, "overdue"),
        (2024, "electronic", date(2029, 12, 31), 1, 1, "later"),
    ]
    assert plan(archive_id=records.archive().id) == lines


def test_a_county_archive_receives_earlier():
    region = records.archive().region
    region.division_code, region.path = "990123", "990123"
    region.save()
    _paper(2005)
    assert plan(agency_id=records.agency().id)[0].due_on == date(2015, 12, 31)


@pytest.mark.requirement("S41")
def test_another_day_is_asked_for_and_agreed_with_the_supervisors_consent():
    _paper(2000)
    fonds = records.fonds()
    given = {"fonds": fonds, "year": 2000, "kind": "traditional", "wanted_by": date(2030, 12, 31)}
    with pytest.raises(Invalid):
        propose(**given, reason=" ", actor=SYSTEM)
    with pytest.raises(Forbidden):
        propose(**given, reason="仍需频繁查考", actor=capture.receiver())
    asked = propose(**given, reason="仍需频繁查考", actor=capture.archivist())
    with pytest.raises(Conflict):
        propose(**given, reason="再问", actor=capture.archivist())
    assert plan(agency_id=fonds.creator_id)[0].standing == "overdue"
    with pytest.raises(Forbidden):
        decide(agreement=asked, agreed=True, paper="自己同意", actor=capture.archivist())
    decide(agreement=asked, agreed=True, paper="云档审〔2026〕3号", actor=capture.receiver())
    assert plan(agency_id=fonds.creator_id)[0].due_on == date(2030, 12, 31)


def test_every_request_for_another_day_is_shown_page_by_page(client):
    Agreement.objects.bulk_create(
        Agreement(fonds=records.fonds(), year=1900 + n, kind="traditional", wanted_by=date(2030, 12, 31),
                  reason=f"缘由{n:03d}", proposed_by="x", proposed_at=timezone.now() + timedelta(seconds=n))
        for n in range(101)
    )  # fmt: skip
    archivist = people.a_person("receiving_archivist", organisation=records.archive())
    client.force_login(archivist, backend="django.contrib.auth.backends.ModelBackend")
    seen, address = [], ""
    while address is not None:
        page = client.get(reverse("transfer:plan") + address).context["page"]
        seen += [row.reason for row in page]
        address = page.next_url or None
    assert seen == [f"缘由{n:03d}" for n in range(101)]


def test_paper_handed_over_before_its_time_needs_a_reason():
    made = _paper(
        2020, reference_code="J001-WS·2020-Y-BGS-0001", item_number=1, number_state="fixed", state="filed"
    )
    assert schedule_of(records.fonds(), 2020, 2020) == ("early", "")
    with pytest.raises(Invalid, match="提前"):
        make.prepared(year_from=2020, year_to=2020)
    from lantai.transfer.api import Terms

    handover = make.prepared(year_from=2020, year_to=2020, terms=Terms(schedule_reason="机构撤并，商定提前"))
    assert (handover.schedule, handover.schedule_reason) == ("early", "机构撤并，商定提前")
    assert handover.items.get().record_id == made.id


@pytest.mark.requirement("S40")
def test_an_approved_collecting_scope_says_what_is_due_and_what_stays():
    scheme = capture.scheme()
    _paper(2000, scheme_id=scheme.id)
    _paper(2000, scheme_id=scheme.id, retention="D10")
    _paper(1990, scheme_id=scheme.id)
    assert [(line.year, line.records, line.outside) for line in plan(agency_id=records.agency().id)] == [
        (1990, 1, 0), (2000, 1, 0),
    ]  # fmt: skip
    approved(RosterClass(category=scheme.category, year_from=1995))
    told = [
        (line.year, line.records, line.outside, line.standing)
        for line in plan(archive_id=records.archive().id)
    ]
    assert told == [(1990, 0, 1, "outside"), (2000, 1, 0, "overdue")]


def test_a_long_plan_is_shown_a_page_at_a_time_the_most_urgent_first(client):
    years = list(range(1920, 1975))
    for year in years:
        _paper(year)
    archivist = people.a_person("receiving_archivist", organisation=records.archive())
    client.force_login(archivist, backend="django.contrib.auth.backends.ModelBackend")
    place = reverse("transfer:plan")
    first, rest, beyond = (
        client.get(place, {"overdue": at}).context["groups"][0] for at in ("", "50", "999")
    )
    assert [line.year for line in (*first.lines, *rest.lines)] == years
    assert (first.after, rest.after, rest.start, beyond.start) == (50, None, 50, 0)
    assert 'href="?overdue=50"' in client.get(place).content.decode()


@pytest.mark.requirement("S40")
def test_where_there_are_many_an_archive_sees_the_last_count_its_time_and_a_way_to_count_now(
    client, monkeypatch
):
    monkeypatch.setattr(staying, "MANY", 1)
    _paper(2000)
    count_staying()
    _paper(2001)
    archive_id = records.archive().id
    assert [line.year for line in plan(archive_id=archive_id)] == [2000]
    assert [line.year for line in plan(agency_id=records.agency().id)] == [2000, 2001]
    Figures.objects.update(counted_at=timezone.now() - timedelta(minutes=5))
    archivist = people.a_person("receiving_archivist", organisation=records.archive())
    client.force_login(archivist, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("transfer:plan")).content.decode()
    assert "统计于" in page
    assert "2001" not in page
    counted = client.post(reverse("transfer:count_plan"), follow=True).content.decode()
    assert "统计于" not in counted
    assert "2001" in counted
    assert [line.year for line in plan(archive_id=archive_id)] == [2000, 2001]


def test_a_fonds_that_went_since_the_last_count_is_in_the_plan_no_more(monkeypatch):
    monkeypatch.setattr(staying, "MANY", 1)
    _paper(2000)
    count_staying()
    last = Figures.objects.get()
    last.figures = [*last.figures, [new_id().hex, *last.figures[0][1:]]]
    last.save()
    assert [line.records for line in plan(archive_id=records.archive().id)] == [1]


@pytest.mark.parametrize("role", ["record_archivist", "preservation_archivist", "supervisor", ""])
def test_nobody_but_those_who_receive_counts_anew(client, role, monkeypatch):
    monkeypatch.setattr(staying, "MANY", 1)
    _paper(2000)
    if role:
        of = records.agency() if role == "record_archivist" else records.archive()
        stranger = people.a_person(role, organisation=of)
        client.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse("transfer:count_plan")).status_code in {302, 403}
    assert not Figures.objects.exists()


def test_where_there_are_few_they_are_counted_each_time():
    _paper(2000)
    assert len(plan(archive_id=records.archive().id)) == 1
    _paper(2001)
    assert len(plan(archive_id=records.archive().id)) == 2
    assert not Figures.objects.exists()
