from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.core.actors import ANONYMOUS, SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.ports import Scope, allows

from ..models import Grant, Organisation
from ..rights import FEW, RECORD_ACTS, Right, any_of, classifications, rights_from_grant, rights_of, up_to
from ..roles import keys_of
from ..selectors import api_key_actor, person_actor
from ..services.api_keys import issue_api_key
from ..services.appointments import grant, revoke_grant
from .factories import a_department, a_person, a_person_as, a_region, a_supervisor, an_agency, an_archive

pytestmark = pytest.mark.django_db
MARKS = ["unreviewed", "open", "controlled", "postponed"]


def a_scope(**given) -> Scope:
    return Scope(**({"opening_mark": "unreviewed", "year": 2024, "category": "WS"} | given))


def acts_allowed(actor: Actor, scope: Scope) -> set[str]:
    return {act.removeprefix("record.") for act in RECORD_ACTS if allows(actor, act, scope)}


@pytest.mark.parametrize("mark", ["", *MARKS])
@pytest.mark.parametrize("classification", ["", "公开", "内部", "秘密"])
def test_the_public_sees_open_and_unclassified_records_only(mark, classification):
    scope = a_scope(opening_mark=mark, classification=classification)
    expected = {"entry", "original", "print"} if mark == "open" and classification in {"", "公开"} else set()
    assert acts_allowed(ANONYMOUS, scope) == expected


@pytest.mark.parametrize("classification", ["秘密", "机密", "绝密", "秘密★10年", "某级"])
@pytest.mark.parametrize("role", sorted(keys_of("business")))
def test_nobody_reaches_a_secret_or_an_unknown_classification(role, classification):
    person = a_person_as(role)
    scope = a_scope(
        organisation_id=person.organisation_id,
        custodian_id=person.organisation_id,
        department_id=person.department_id,
        classification=classification,
        opening_mark="open",
    )
    assert acts_allowed(person_actor(person), scope) == set()


def test_a_clerk_sees_the_own_department_and_no_other():
    person = a_person_as("clerk")
    actor, own = person_actor(person), {"organisation_id": person.organisation_id}
    assert acts_allowed(actor, a_scope(**own, department_id=person.department_id)) == {
        "entry",
        "original",
        "print",
        "download",
    }
    other = a_department(person.organisation)
    assert acts_allowed(actor, a_scope(**own, department_id=other.id)) == set()
    assert acts_allowed(actor, a_scope(**own)) == set()
    assert acts_allowed(actor, a_scope(organisation_id=uuid4(), department_id=person.department_id)) == set()


def test_the_record_office_sees_its_whole_agency():
    person = a_person_as("record_archivist")
    actor = person_actor(person)
    for department_id in (None, uuid4()):
        scope = a_scope(organisation_id=person.organisation_id, department_id=department_id)
        assert "download" in acts_allowed(actor, scope)
    assert acts_allowed(actor, a_scope(organisation_id=uuid4())) == set()


def test_an_office_systems_key_serves_its_whole_agency():
    agency = an_agency()
    key, _text = issue_api_key(organisation=agency, label="办公系统", actor=SYSTEM)
    actor = api_key_actor(key)
    assert allows(actor, "record.entry", a_scope(organisation_id=agency.id, department_id=uuid4()))
    assert not allows(actor, "record.entry", a_scope(organisation_id=uuid4()))


@pytest.mark.parametrize("role", ["receiving_archivist", "preservation_archivist", "reviewer", "lookup_desk"])
def test_archivists_see_what_their_archive_keeps(role):
    person = a_person_as(role)
    actor = person_actor(person)
    assert {"entry", "original"} <= acts_allowed(actor, a_scope(custodian_id=person.organisation_id))
    assert acts_allowed(actor, a_scope(custodian_id=an_archive().id)) == set()
    assert acts_allowed(actor, a_scope(organisation_id=person.organisation_id)) == set()


def test_a_supervisor_sees_the_own_region_and_all_below_it():
    province = a_region()
    city = a_region("990100", province, "临水市")
    district = a_region("990102", city, "河湾区")
    neighbour = a_region("990200", province, "远山市")
    person = a_person("supervisor", organisation=a_supervisor(region=city))
    actor = person_actor(person)
    below, beside, above = an_agency(region=district), an_agency(region=neighbour), an_agency(region=province)
    assert acts_allowed(actor, a_scope(organisation_id=below.id)) == {"entry", "original"}
    assert acts_allowed(actor, a_scope(custodian_id=an_archive(region=district).id)) == {"entry", "original"}
    assert acts_allowed(actor, a_scope(organisation_id=beside.id)) == set()
    assert acts_allowed(actor, a_scope(organisation_id=above.id)) == set()


@pytest.mark.parametrize("role", sorted(keys_of("officer")))
def test_officers_have_no_rights_over_records(role):
    actor = person_actor(a_person(role))
    assert acts_allowed(actor, a_scope(organisation_id=uuid4(), custodian_id=uuid4())) == set()


def test_the_platform_itself_is_not_limited():
    assert acts_allowed(SYSTEM, Scope()) == {"entry", "original", "print", "download"}
    assert allows(SYSTEM, "an.act_nobody_declared")


def test_an_act_nobody_declared_is_refused_to_everybody_else():
    for role in sorted(keys_of("business") | keys_of("officer")):
        assert not allows(person_actor(a_person_as(role)), "an.act_nobody_declared")


# Grants


def a_grant(person=None, **given) -> Grant:
    now = timezone.now()
    values = {
        "acts": ["entry", "original"],
        "until": now + timedelta(days=30),
        "reason": "编纂水利专题",
        "classification_max": "内部",
    } | given
    if "fonds_id" not in values:
        values.setdefault("organisation", an_agency())
    return grant(person=person or a_person_as("clerk"), **values, actor=SYSTEM)


def test_a_grant_widens_to_exactly_what_it_names():
    person, fonds, agency = a_person_as("clerk"), uuid4(), an_agency()
    a_grant(
        person,
        organisation=agency,
        fonds_id=fonds,
        category="WS",
        year_from=1956,
        year_to=1960,
        opening_marks=["controlled"],
    )
    actor = person_actor(person)
    named = {
        "organisation_id": agency.id,
        "fonds_id": fonds,
        "category": "WS",
        "year": 1958,
        "classification": "内部",
        "opening_mark": "controlled",
    }
    assert acts_allowed(actor, Scope(**named)) == {"entry", "original"}
    kept = named | {"organisation_id": uuid4(), "custodian_id": agency.id}
    assert acts_allowed(actor, Scope(**kept)) == {"entry", "original"}
    for change in (
        {"organisation_id": uuid4()},
        {"fonds_id": uuid4()},
        {"fonds_id": None},
        {"category": "KU"},
        {"year": 1955},
        {"year": 1961},
        {"year": None},
        {"classification": "秘密"},
        {"opening_mark": "postponed"},
    ):
        assert acts_allowed(actor, Scope(**(named | change))) == set(), change


def test_a_grant_for_one_department_stays_there():
    person, agency = a_person_as("clerk"), an_agency()
    department = a_department(agency)
    a_grant(person, organisation=agency, department=department)
    actor = person_actor(person)
    assert acts_allowed(actor, a_scope(organisation_id=agency.id, department_id=department.id))
    assert not acts_allowed(actor, a_scope(organisation_id=agency.id, department_id=uuid4()))


@settings(deadline=None, max_examples=40)
@given(st.integers(-72, 72), st.integers(1, 72))
def test_a_grant_holds_from_its_first_moment_to_just_before_its_last(start_h, hours):
    now = timezone.now()
    with transaction.atomic():
        given_grant = a_grant()
        since = now + timedelta(hours=start_h)
        until = since + timedelta(hours=hours)
        Grant.objects.filter(id=given_grant.id).update(since=since, until=until)
        actor = person_actor(given_grant.person)
        scope = a_scope(organisation_id=given_grant.organisation_id)
        at_edges = [
            any(right.matches(scope) for right in rights_of(actor, "record.entry", moment))
            for moment in (since - timedelta(seconds=1), since, until - timedelta(seconds=1), until)
        ]
        now_holds = allows(actor, "record.entry", scope)
        transaction.set_rollback(True)
    assert at_edges == [False, True, True, False]
    assert now_holds == (since <= timezone.now() < until)


def test_a_revoked_grant_ends_at_once():
    given_grant = a_grant()
    scope = a_scope(organisation_id=given_grant.organisation_id)
    actor = person_actor(given_grant.person)
    assert allows(actor, "record.entry", scope)
    revoke_grant(grant=given_grant, actor=SYSTEM)
    assert not allows(actor, "record.entry", scope)
    with pytest.raises(Conflict):
        revoke_grant(grant=given_grant, actor=SYSTEM)


def test_officers_are_granted_nothing_and_use_nothing_granted_before():
    officer = a_person("audit_officer")
    with pytest.raises(Conflict, match="三员"):
        a_grant(officer)
    agency = an_agency()
    Grant.objects.create(
        person=officer,
        organisation=agency,
        acts=["entry"],
        until=timezone.now() + timedelta(days=1),
        reason="旧授权",
        granted_by="system",
    )
    assert not allows(person_actor(officer), "record.entry", a_scope(organisation_id=agency.id))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"acts": []}, "许可"),
        ({"acts": ["erase"]}, "许可"),
        ({"reason": " "}, "事由"),
        ({"classification_max": "秘密"}, "密级"),
        ({"organisation": None}, "单位或全宗"),
        ({"year_from": 2000, "year_to": 1999}, "年度"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(wrong, why):
    with pytest.raises(Invalid, match=why):
        a_grant(**wrong)
    assert not Grant.objects.exists()


def test_only_the_security_officer_grants():
    with pytest.raises(Forbidden):
        grant(
            person=a_person_as("clerk"),
            acts=["entry"],
            until=timezone.now() + timedelta(days=1),
            reason="查阅",
            organisation=an_agency(),
            actor=person_actor(a_person("system_officer")),
        )


# A right as a condition and as a query

IDS = [UUID(int=number) for number in range(1, 4)]
ID_SETS = st.one_of(st.none(), st.frozensets(st.sampled_from(IDS), min_size=1))
YEARS = st.one_of(st.none(), st.integers(1950, 1960))
RIGHTS = st.builds(
    Right,
    organisation_ids=ID_SETS,
    custodian_ids=ID_SETS,
    department_ids=ID_SETS,
    fonds_ids=ID_SETS,
    categories=st.one_of(st.none(), st.frozensets(st.sampled_from(["WS", "KU"]), min_size=1)),
    year_from=YEARS,
    year_to=YEARS,
    classifications=st.one_of(st.none(), st.sampled_from([up_to(""), up_to("内部")])),
    opening_marks=st.one_of(st.none(), st.frozensets(st.sampled_from(MARKS), min_size=1)),
)
SCOPES = st.builds(
    Scope,
    organisation_id=st.sampled_from(IDS),
    custodian_id=st.sampled_from(IDS),
    department_id=st.one_of(st.none(), st.sampled_from(IDS)),
    fonds_id=st.one_of(st.none(), st.sampled_from(IDS)),
    category=st.sampled_from(["", "WS", "KU"]),
    year=st.one_of(st.none(), st.integers(1948, 1962)),
    classification=st.sampled_from(["", "公开", "内部", "秘密"]),
    opening_mark=st.sampled_from(MARKS),
)


@settings(deadline=None, max_examples=40)
@given(RIGHTS, SCOPES)
def test_a_list_shows_exactly_what_a_page_would(right, scope):
    """The grants table has a column for most of what a scope tells: it stands in for records."""
    fields = {
        "organisation_id": "organisation_id",
        "custodian_id": "person_id",
        "department_id": "department_id",
        "fonds_id": "fonds_id",
        "category": "category",
        "year": "year_from",
        "classification": "classification_max",
        "opening_mark": "reason",
    }
    with transaction.atomic():
        row = Grant.objects.create(
            organisation_id=scope.organisation_id,
            person_id=scope.custodian_id,
            department_id=scope.department_id,
            fonds_id=scope.fonds_id,
            category=scope.category,
            year_from=scope.year,
            classification_max=scope.classification,
            reason=scope.opening_mark,
            until=timezone.now() + timedelta(days=1),
            granted_by="system",
        )
        kept = Grant.objects.filter(any_of([right.as_query(fields)])).filter(id=row.id).exists()
        transaction.set_rollback(True)  # the keys point nowhere
    assert kept == right.matches(scope)


def test_without_any_right_a_list_is_empty():
    a_grant()
    assert not Grant.objects.filter(any_of([])).exists()
    assert Grant.objects.filter(any_of([Q(reason="别的"), Q()])).exists()


def test_classifications_rank_from_low_to_high():
    assert up_to("") < up_to("内部")
    assert up_to("秘密") == frozenset()
    assert set(classifications()) == up_to("内部")


def test_a_grants_rights_are_its_own_conditions():
    given_grant = a_grant(year_from=1950, opening_marks=["open"])
    as_maker, as_keeper = rights_from_grant(given_grant)
    assert as_maker.organisation_ids == as_keeper.custodian_ids == {given_grant.organisation_id}
    assert as_maker.year_from == 1950
    assert as_maker.year_to is None
    assert as_maker.opening_marks == {"open"}


def test_a_right_over_many_bodies_keeps_the_same_records_without_gathering_them_first():
    rows = Organisation.objects.bulk_create(
        Organisation(region=a_region(), kind="agency", name=f"第{n}局", code=f"MANY{n}")
        for n in range(FEW + 2)
    )
    fields = {"organisation_id": "id"}
    asked = Right(organisation_ids=frozenset(row.id for row in rows[1:]))
    for few in (0, FEW, 99):
        found = Organisation.objects.filter(asked.as_query(fields, few), code__startswith="MANY")
        assert set(found) == set(rows[1:])
        if connection.vendor == "sqlite":
            assert ('+"institutions_organisation"' in str(found.query)) == (few < len(rows) - 1)
