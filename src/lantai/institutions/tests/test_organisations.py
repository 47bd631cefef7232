from __future__ import annotations

import itertools
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound

from ..divisions import check_below, significant
from ..models import Organisation, Region
from ..selectors import archive_for, organisation_by_code, person_actor
from ..services.organisations import (
    create_department,
    create_organisation,
    create_region,
    ensure_department,
    ensure_organisation,
)
from .factories import a_department, a_person_as, a_region, an_agency, an_archive


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("990000", "99"),
        ("990100", "9901"),
        ("990102", "990102"),
        ("990102003", "990102003"),
        ("990102003201", "990102003201"),
        ("990102000", "990102"),
        ("990100000000", "9901"),
    ],
)
def test_a_division_code_tells_by_its_significant_digits(code, digits):
    assert significant(code) == digits


@pytest.mark.parametrize(
    "wrong", ["", "99", "9901", "99010", "9901021", "990102003201X", "０９９０１０２", "099010"]
)
def test_what_is_no_division_code_is_refused(wrong):
    with pytest.raises(Invalid, match="行政区划代码"):
        significant(wrong)


@given(st.integers(100000, 999999), st.integers(1, 999), st.integers(1, 999))
def test_a_village_lies_in_its_township_and_county(county, township, village):
    codes = [f"{county}", f"{county}{township:03}", f"{county}{township:03}{village:03}"]
    for above, below in itertools.pairwise(codes):
        check_below(below, above)
        with pytest.raises(Invalid):
            check_below(above, below)
        with pytest.raises(Invalid):
            check_below(above, above)


@pytest.mark.django_db
@pytest.mark.requirement("Z49", "Z70")
def test_the_tree_follows_the_codes():
    city = a_region("990100")
    district = a_region("990102", city, "河湾区")
    assert district.path.startswith(city.path)
    with pytest.raises(Invalid, match="不属于上级"):
        create_region(name="他乡", division_code="990203", parent=city, actor=SYSTEM)
    with pytest.raises(Conflict):
        create_region(name="重复", division_code="990102000", parent=city, actor=SYSTEM)
    assert Region.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.requirement("S27", "Z70")
@pytest.mark.parametrize("kind", Organisation.Kind.values)
def test_archives_agencies_villages_and_supervisors_are_registered(kind):
    made = create_organisation(region=a_region(), kind=kind, name="某机构", code="A1", actor=SYSTEM)
    assert organisation_by_code("A1") == made
    with pytest.raises(Conflict):
        create_organisation(region=a_region(), kind=kind, name="另一家", code="A1", actor=SYSTEM)


@pytest.mark.django_db
def test_what_makes_no_sense_is_not_registered():
    with pytest.raises(Invalid, match="类型"):
        create_organisation(region=a_region(), kind="club", name="社团", code="A1", actor=SYSTEM)
    with pytest.raises(Invalid, match="进馆"):
        create_organisation(
            region=a_region(), kind="agency", name="某局", code="A1", archive=an_agency(), actor=SYSTEM
        )
    with pytest.raises(Invalid, match="不能为空"):
        create_organisation(region=a_region(), kind="agency", name=" ", code="A1", actor=SYSTEM)
    with pytest.raises(NotFound, match="机构代码"):
        organisation_by_code("A1")
    with pytest.raises(NotFound, match="进馆档案馆"):
        archive_for(an_agency())


@pytest.mark.django_db
def test_an_organisation_has_one_record_office():
    agency = an_agency()
    office = a_department(agency, kind="record_office")
    with pytest.raises(Conflict, match="已有档案室"):
        a_department(agency, kind="record_office")
    with pytest.raises(Conflict, match="代码"):
        create_department(organisation=agency, name="重复", code=office.code, actor=SYSTEM)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["clerk", "security_officer", "audit_officer", "supervisor"])
def test_only_the_system_officer_registers(role):
    with pytest.raises(Forbidden):
        create_region(name="某省", division_code="980000", actor=person_actor(a_person_as(role)))


@pytest.mark.django_db
@pytest.mark.requirement("Z35")
def test_a_rebuild_recreates_an_organisation_with_the_key_it_had_and_repeats_harmlessly():
    archive, former_id = an_archive(), uuid4()
    named = {
        "code": "J001",
        "name": "东屿县人民委员会",
        "kind": "agency",
        "division_code": "990321",
        "region_name": "东屿县",
        "organisation_id": former_id,
        "archive_code": archive.code,
    }
    made = ensure_organisation(**named, actor=SYSTEM)
    again = ensure_organisation(**named | {"name": "别的名字"}, actor=SYSTEM)
    assert made.id == again.id == former_id
    assert Organisation.objects.get(id=former_id).archive == archive
    assert again.name == "东屿县人民委员会"
    with_archive = {"code": "G9", "name": "东屿县档案馆", "kind": "archive", "division_code": "990321"}
    early = {
        "code": "J2",
        "name": "县水利局",
        "kind": "agency",
        "division_code": "990321",
        "archive_code": "G9",
    }
    assert ensure_organisation(**early, actor=SYSTEM).archive is None
    late = ensure_organisation(**with_archive, actor=SYSTEM)
    assert ensure_organisation(**early, actor=SYSTEM).archive == late
    office = ensure_department(organisation=again, code="BGS", name="办公室", actor=SYSTEM)
    assert ensure_department(organisation=again, code="BGS", name="办公室", actor=SYSTEM) == office
