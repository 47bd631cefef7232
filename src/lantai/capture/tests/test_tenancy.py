"""One installation for a city and its counties (统筹市县两级): each files its own, and the catalogue is one."""

import pytest

from lantai.capture.api import PROCESS, receive_package, submissions_for
from lantai.core.actors import SYSTEM, Actor
from lantai.core.jobs import run_inline
from lantai.institutions.api import Region
from lantai.records.api import Fonds, Record, readable
from lantai.records.tests import factories as records

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("Z54", "Z70")]


def county():
    """A county below the city, with its own archive and an agency that has a fonds of the same code."""
    city = records.region()
    below = Region.objects.create(division_code="990123", name="白沙县", path="990123", parent=city)
    archive = records.organisation("990123-A", "白沙县档案馆")
    agency = records.organisation("990123-001", "白沙县发展和改革局", "agency", archive)
    for body in (archive, agency):
        body.region = below
        body.save()
    fonds = Fonds.objects.create(
        archive=archive, code=records.fonds().code, creator=agency, name="白沙县发展和改革局"
    )
    records.scheme(fonds=fonds)
    return agency


def files(agency, number):
    path = make.package(make.item(number), declaration={"移交单位": agency.name})
    found = receive_package(file=path, agency=agency, channel="folder", key="", actor=SYSTEM, enqueue=False)
    run_inline(PROCESS, SYSTEM, progress=False, submission_id=str(found.submission.id))


def actor(role, organisation):
    return Actor(id=role, name="某人", roles=frozenset({role}), organisation_id=organisation.id, via="web")


def test_city_and_county_file_in_one_installation_apart_and_are_found_in_one_catalogue():
    city, below = make.agency(), county()
    files(city, 1)
    files(below, 2)
    assert {row.archive.code for row in Record.objects.all()} == {"990100-A", "990123-A"}
    assert Fonds.objects.filter(code=records.fonds().code).count() == 2

    for agency in (city, below):
        archivist = actor("record_archivist", agency)
        assert {row.agency_id for row in submissions_for(archivist)} == {agency.id}
        assert {row.agency_id for row in readable(Record.objects.all(), archivist)} == {agency.id}

    def seen_from(region):
        body = records.organisation(f"{region.division_code}-S", "主管部门", "supervisor")
        body.region = region
        body.save()
        return {row.agency_id for row in readable(Record.objects.all(), actor("supervisor", body))}

    assert seen_from(records.region()) == {city.id, below.id}
    assert seen_from(below.region) == {below.id}
