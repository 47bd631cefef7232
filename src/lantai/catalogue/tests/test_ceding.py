"""Departments that an agency cedes while it goes on (职能划转): who sees what, also when they are passed on."""

import pytest

from lantai.catalogue.fonds import names, reforming
from lantai.catalogue.fonds.models import FondsPaper
from lantai.catalogue.fonds.parties import Heir, Parties
from lantai.core.actors import SYSTEM
from lantai.core.errors import Invalid
from lantai.core.ports import allows
from lantai.institutions.api import (
    Organisation,
    Person,
    Succession,
    answers_for,
    describe_successions,
    inherited_by,
    issue_api_key,
    person_actor,
    restore_successions,
)
from lantai.institutions.tests.factories import a_department, a_person
from lantai.records.api import scope_of
from lantai.records.tests.factories import agency, archive, fonds, organisation, record

from .reforms import done, may_see, on_file, planned, water
from .terminal import run

pytestmark = pytest.mark.django_db


def ceding(*heirs, house=None):
    return done("cede", Parties(((house or agency()).code,), heirs))


@pytest.mark.requirement("S15")
def test_an_agency_that_goes_on_cedes_a_department_with_its_people():
    stays, goes = a_department(agency()), a_department(agency())
    clerk = a_person("clerk", organisation=agency(), department=goes)
    keeper = a_person("record_archivist", organisation=agency())
    key, _secret = issue_api_key(organisation=agency(), label="办公系统", actor=SYSTEM)
    of_stays, of_goes = record(department_id=stays.id), record(department_id=goes.id)
    known = on_file(agency().name)
    seen = reforming.preview(
        planned("cede", Parties((agency().code,), (Heir(water().code, "", (str(goes.id),)),)))
    ).effects[0]
    assert (seen.departments, seen.people, seen.keys) == ([(goes.name, water().name)], 1, 0)
    made = ceding(Heir(water().code, "", (str(goes.id),), "J022"))
    assert agency().active
    assert fonds().ended is None
    assert f"{goes.name}划归{water().name}" in fonds().history
    assert {FondsPaper.objects.get(fonds__code=code).kind for code in ("J001", "J022")} == {"reform"}
    assert made.result["ceded"] == [[agency().name, goes.name, water().name]]
    known.refresh_from_db()
    assert known.ended_text == ""
    assert "划归" in known.history
    part = person_actor(a_person("record_archivist", organisation=water()))
    assert [may_see(part, row) for row in (of_stays, of_goes)] == [False, True]
    assert not allows(part, "records.arrange", scope_of(of_goes))
    whole = person_actor(Person.objects.get(id=keeper.id))
    assert [may_see(whole, row) for row in (of_stays, of_goes)] == [True, True]
    assert allows(whole, "records.arrange", scope_of(of_goes))
    moved = Person.objects.get(id=clerk.id)
    assert moved.organisation == water()
    assert [may_see(person_actor(moved), row) for row in (of_stays, of_goes)] == [False, True]
    assert answers_for(water().id) == {water().id}
    key.refresh_from_db()
    assert key.revoked_at is None
    assert names.names_beside(agency().name) == ()


@pytest.mark.requirement("S15")
def test_departments_are_ceded_again_and_passed_on_and_their_agency_may_end_later():
    one, two, left = (a_department(agency()) for _time in range(3))
    made = [record(department_id=row.id) for row in (one, two, left)]
    ceding(Heir(water().code, "", (str(one.id),)))
    ceding(Heir(water().code, "", (str(two.id),)))
    part = person_actor(a_person("record_archivist", organisation=water()))
    assert [may_see(part, row) for row in made] == [True, True, False]
    third = organisation("990100-003", "云州市交通局", "agency", archive())
    ceding(Heir(third.code, "", (str(two.id),)), house=water())
    last = person_actor(a_person("record_archivist", organisation=third))
    assert [may_see(last, row) for row in made] == [False, True, False]
    done("merge", Parties((agency().code,), (Heir(third.code),)))
    assert [may_see(last, row) for row in made] == [True, True, True]
    with pytest.raises(Invalid, match="没有这个单位"):
        planned("cede", Parties((agency().code,), (Heir(third.code, "", (str(left.id),)),)))


def test_every_agency_that_cedes_gives_something():
    goes = a_department(agency())
    third = organisation("990100-003", "云州市交通局", "agency", archive())
    with pytest.raises(Invalid, match="没有划出的处室"):
        planned("cede", Parties((agency().code, third.code), (Heir(water().code, "", (str(goes.id),)),)))


@pytest.mark.requirement("Z35")
def test_what_was_ceded_comes_back_with_a_rebuild_and_its_agency_goes_on():
    goes, ended = a_department(agency()), organisation("990100-003", "云州市交通局", "agency", archive())
    reforms = [
        ceding(Heir(water().code, "", (str(goes.id),))),
        done("merge", Parties((ended.code,), (Heir(water().code),))),
    ]
    told = [row for made in reforms for row in describe_successions(f"reform:{made.id}")]
    Succession.objects.all().delete()
    Organisation.objects.update(active=True)
    restore_successions(told, {})
    assert {(row.organisation_id, row.departments) for row in inherited_by(water().id)} == {
        (agency().id, frozenset({goes.id})), (ended.id, frozenset()),
    }  # fmt: skip
    ended.refresh_from_db()
    assert (agency().active, ended.active) == (True, False)


@pytest.mark.requirement("S15")
def test_ceding_is_planned_on_the_page_and_by_command(client):
    office = a_department(agency())
    stays = a_department(agency())
    fonds(), water()
    client.force_login(
        a_person("receiving_archivist", organisation=archive()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    address = "/desk/catalogue/reforms/plan/cede/"
    assert "职能划转：哪个单位？" in client.get(address).content.decode()
    sent = {"document": "云编〔2026〕4号", "effective_on": "2026-01-01", "heir-1": water().code,
            f"goes-{office.id}": "1", f"goes-{stays.id}": ""}  # fmt: skip
    nobody = client.post(f"{address}?agency={agency().code}", {**sent, f"goes-{office.id}": ""})
    assert "每个划入单位都要有划来的处室" in nobody.content.decode()
    answer = client.post(f"{address}?agency={agency().code}", sent)
    page = client.get(answer.url).content.decode()
    assert "单位继续，0 人随处室转到划入单位" in page
    assert stays.name not in page
    given = ["reform", "cede", "--archive", archive().code, "--agency", agency().code,
             "--document", "云编〔2026〕5号", "--effective-on", "2026-01-01", "--into", water().code,
             "--department", f"{office.code}>{water().code}", "--confirm"]  # fmt: skip
    assert run(*given)["result"]["ceded"] == [[agency().name, office.name, water().name]]
