from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.ledger.api import Entry

from ..models import Appointment
from ..roles import excluded_by, keys_of, role_label, roles
from ..selectors import current_appointments, person_actor
from ..services.appointments import appoint, dismiss
from .factories import a_person, a_person_as, an_agency, an_archive

pytestmark = pytest.mark.django_db
OFFICERS = sorted(keys_of("officer"))
BUSINESS = sorted(keys_of("business"))


def test_every_role_of_the_road_is_declared_with_a_label():
    assert set(roles()) == {
        "clerk",
        "record_archivist",
        "receiving_archivist",
        "preservation_archivist",
        "reviewer",
        "lookup_desk",
        "supervisor",
        "public",
        "system_officer",
        "security_officer",
        "audit_officer",
    }
    assert all(role.label for role in roles().values())


def test_the_officers_labels_follow_the_setting(monkeypatch):
    monkeypatch.setenv("LANTAI_OFFICER_LABELS", "系统管理员,安全保密员,安全审计员")
    roles.cache_clear()
    try:
        assert role_label("security_officer") == "安全保密员"
        assert role_label("audit_officer") == "安全审计员"
    finally:
        monkeypatch.undo()
        roles.cache_clear()
    assert role_label("security_officer") == "安全管理员"


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(OFFICERS), st.sampled_from(OFFICERS + BUSINESS))
def test_an_officer_excludes_everybody_else_both_ways(officer, other):
    if officer == other:
        assert excluded_by(officer, [other]) == []
    else:
        assert excluded_by(officer, [other]) == [other]
        assert excluded_by(other, [officer]) == [officer]


@pytest.mark.parametrize("officer", OFFICERS)
@pytest.mark.parametrize("other", OFFICERS + BUSINESS)
def test_an_officer_cannot_be_appointed_to_anything_else(officer, other):
    if officer == other:
        return
    person = a_person_as(other)
    with pytest.raises(Conflict, match="互斥"):
        appoint(person=person, role=officer, actor=SYSTEM)
    assert set(person.appointments.values_list("role", flat=True)) == {other}


@pytest.mark.parametrize("officer", OFFICERS)
@pytest.mark.parametrize("other", ["clerk", "supervisor", *OFFICERS])
def test_the_database_refuses_it_even_without_the_service(officer, other):
    if officer == other:
        return
    person = a_person()
    Appointment.objects.create(person=person, role=officer, granted_by="system")
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(person=person, role=other, granted_by="system")
    later = Appointment.objects.create(person=a_person(), role=other, granted_by="system")
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(id=later.id).update(person=person)


def test_business_roles_go_together():
    person = a_person_as("receiving_archivist")
    appoint(person=person, role="preservation_archivist", actor=SYSTEM)
    assert person_actor(person).roles == {"receiving_archivist", "preservation_archivist"}


def test_an_officer_may_follow_on_another_post_once_it_has_ended():
    person = a_person("audit_officer")
    dismiss(appointment=person.appointments.get(), actor=SYSTEM)
    appoint(person=person, role="system_officer", actor=SYSTEM)
    assert person_actor(person).roles == {"system_officer"}


def test_a_post_that_begins_later_counts_already():
    person = a_person_as("clerk")
    now = timezone.now()
    with pytest.raises(Conflict, match="互斥"):
        appoint(person=person, role="audit_officer", since=now + timedelta(days=30), actor=SYSTEM)


@settings(deadline=None, max_examples=40)
@given(st.integers(-40, 40), st.integers(1, 40), st.integers(-40, 40), st.integers(1, 40))
def test_the_service_and_the_database_agree_on_terms(start, days, other_start, other_days):
    now = timezone.now().replace(microsecond=0)
    first = (now + timedelta(days=start), now + timedelta(days=start + days))
    second = (now + timedelta(days=other_start), now + timedelta(days=other_start + other_days))
    overlap = first[0] < second[1] and second[0] < first[1]
    with transaction.atomic():
        person = a_person()
        appoint(person=person, role="audit_officer", since=first[0], until=first[1], actor=SYSTEM)
        refused_by_service = refused_by_database = False
        try:
            with transaction.atomic():
                appoint(person=person, role="system_officer", since=second[0], until=second[1], actor=SYSTEM)
                transaction.set_rollback(True)
        except Conflict:
            refused_by_service = True
        try:
            with transaction.atomic():
                Appointment.objects.create(
                    person=person,
                    role="system_officer",
                    since=second[0],
                    until=second[1],
                    granted_by="system",
                )
        except IntegrityError:
            refused_by_database = True
        transaction.set_rollback(True)
    assert refused_by_service == refused_by_database == overlap


@settings(deadline=None, max_examples=40)
@given(st.integers(-100, 100), st.one_of(st.none(), st.integers(1, 100)))
def test_a_role_is_held_from_its_first_moment_to_just_before_its_last(start, days):
    now = timezone.now()
    since = now + timedelta(hours=start)
    until = None if days is None else since + timedelta(hours=days)
    with transaction.atomic():
        person = a_person("audit_officer")
        person.appointments.update(since=since, until=until)
        held = current_appointments(person).exists()
        transaction.set_rollback(True)
    assert held == (since <= now and (until is None or now < until))


def test_nobody_appoints_or_dismisses_themselves():
    person = a_person("security_officer")
    actor = person_actor(person)
    with pytest.raises(Forbidden):
        appoint(person=person, role="security_officer", actor=actor)
    with pytest.raises(Forbidden):
        dismiss(appointment=person.appointments.get(), actor=actor)


@pytest.mark.parametrize("role", sorted(set(roles()) - {"security_officer"}))
def test_only_the_security_officer_appoints(role):
    actor = person_actor(a_person() if role == "public" else a_person_as(role))
    with pytest.raises(Forbidden):
        appoint(person=a_person(), role="audit_officer", actor=actor)


def test_a_role_with_a_place_needs_one():
    with pytest.raises(Invalid, match="所属单位"):
        appoint(person=a_person(), role="record_archivist", actor=SYSTEM)
    with pytest.raises(Invalid, match="所属处室"):
        appoint(person=a_person(organisation=an_agency()), role="clerk", actor=SYSTEM)
    with pytest.raises(Invalid, match="档案馆"):
        appoint(person=a_person(organisation=an_agency()), role="reviewer", actor=SYSTEM)


def test_a_role_sleeps_when_its_holder_moves_elsewhere():
    person = a_person_as("reviewer")
    person.organisation = an_archive()
    person.save()
    assert person_actor(person).roles == {"public"}


def test_a_disabled_account_has_no_role():
    person = a_person("audit_officer")
    person.active = False
    person.save()
    assert person_actor(person).roles == {"public"}


def test_appointments_stand_in_the_ledger():
    person = a_person("audit_officer")
    acts = Entry.objects.filter(subject=f"person:{person.id}").values_list("act", flat=True)
    assert set(acts) == {"institutions.open_account", "institutions.appoint"}
