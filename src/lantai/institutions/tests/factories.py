"""Small factories: a city with an archive, a district with an agency, and people in any role."""

from __future__ import annotations

from itertools import count
from typing import Any

from lantai.core.actors import SYSTEM, Actor

from ..models import Department, Organisation, Person, Region
from ..selectors import person_actor
from ..services.accounts import create_person
from ..services.appointments import appoint
from ..services.organisations import create_department, create_organisation, create_region

PASSWORD = "Ceshi-kouling-2026"
_number = count(1)


def a_region(code: str = "990000", parent: Region | None = None, name: str = "东屿省") -> Region:
    return Region.objects.filter(division_code=code).first() or create_region(
        name=name, division_code=code, parent=parent, actor=SYSTEM
    )


def an_archive(**given: Any) -> Organisation:
    return _organisation("archive", "市档案馆", **given)


def an_agency(**given: Any) -> Organisation:
    return _organisation("agency", "市水务局", **given)


def a_supervisor(**given: Any) -> Organisation:
    return _organisation("supervisor", "市档案局", **given)


def _organisation(kind: str, called: str, region: Region | None = None, **given: Any) -> Organisation:
    number = next(_number)
    return create_organisation(
        region=region or a_region(),
        kind=kind,
        name=given.pop("name", f"{called}{number}"),
        code=given.pop("code", f"T{number:04}"),
        actor=SYSTEM,
        **given,
    )


def a_department(organisation: Organisation, **given: Any) -> Department:
    number = next(_number)
    return create_department(
        organisation=organisation, name=f"处室{number}", code=f"D{number}", actor=SYSTEM, **given
    )


def a_person(*roles: str, **given: Any) -> Person:
    number = next(_number)
    given = {
        "username": f"person{number}",
        "full_name": f"林知远{number}",
        "password": PASSWORD,
        "must_change_password": False,
    } | given
    person = create_person(**given, actor=SYSTEM)
    for role in roles:
        appoint(person=person, role=role, actor=SYSTEM)
    return person


def an_actor(*roles: str, **given: Any) -> Actor:
    return person_actor(a_person(*roles, **given))


def a_person_as(role: str) -> Person:
    """Somebody in a role, placed where that role works."""
    if role in {"receiving_archivist", "preservation_archivist", "reviewer", "lookup_desk"}:
        return a_person(role, organisation=an_archive())
    if role == "supervisor":
        return a_person(role, organisation=a_supervisor())
    if role.endswith("_officer"):
        return a_person(role)
    agency = an_agency()
    return a_person(role, organisation=agency, department=a_department(agency))
