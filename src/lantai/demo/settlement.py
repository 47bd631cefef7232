"""Peopling the region: bodies, departments, people with roles, fonds and their schemes."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from lantai.core.actors import SYSTEM, Actor
from lantai.institutions.api import (
    Department,
    Organisation,
    Person,
    Region,
    appoint,
    create_department,
    create_organisation,
    create_person,
    create_region,
    person_actor,
)
from lantai.records.api import (
    Arrangement,
    Fonds,
    RetentionSchedule,
    Scheme,
    adopt_reference_schedule,
    approve_schedule,
    create_fonds,
    create_scheme,
    submit_schedule,
)

from .matters import person as invented_name
from .region import region

PASSWORD = "Lantai-Demo-2026"  # noqa: S105  the demo prints it; accounts of a real archive are opened one by one

SCHEMES = (
    ("文书档案（案卷）", 1949, 1983, Arrangement.VOLUME_ITEM, "dat22.volume_item", 3),
    ("文书档案（件）", 1984, 2009, Arrangement.ITEM, "dat22.item", 4),
    ("文书档案（电子）", 2010, None, Arrangement.ITEM, "dat22.item.unit", 4),
)
"""How every fonds is arranged: volumes until 1983, items since, units in the code since 2010."""


SPECIAL_SCHEMES = (
    ("ZP", "照片档案", 1949, None, Arrangement.ITEM, "dat22.item", 4),
    ("LX", "录音录像档案", 1984, None, Arrangement.ITEM, "dat22.item", 4),
    ("KU", "会计档案", 1984, None, Arrangement.ITEM, "dat22.item", 4),
    ("SJ", "业务数据档案", 2000, None, Arrangement.ITEM, "dat22.item", 4),
    ("ZY", "政务服务档案", 2018, None, Arrangement.ITEM, "dat22.item", 4),
    ("YJ", "公务电子邮件", 1998, None, Arrangement.ITEM, "dat22.item", 4),
    ("WY", "网页信息", 1998, None, Arrangement.ITEM, "dat22.item", 4),
    ("MT", "社交媒体", 2009, None, Arrangement.ITEM, "dat22.item", 4),
)
"""Where photographs, sound and film, accounts, business data, government-service
matters, mail, pages and posts are filed."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account people may log in with."""

    username: str
    name: str
    role: str
    organisation: str


def settle(told: Callable[[int, int], None]) -> None:
    """Makes every body, person and fonds that is not there yet."""
    places = region()
    steps: list[Callable[[], object]] = [_regions, _archives, _supervisors, _villages]
    steps += [partial(_agency, row) for row in places["agencies"]]
    steps += [_staff, _named_people, _approve_schedules]
    for done, step in enumerate(steps, 1):
        step()
        told(done, len(steps))


def accounts() -> list[Account]:
    """Whom to log in as."""
    return [
        Account(row["username"], row["name"], row["role"], row.get("organisation", ""))
        for row in region()["people"]
    ]


def actor_in(role: str, organisation: Organisation) -> Actor:
    """Somebody who holds a role in an organisation, as an actor at the command line."""
    person = Person.objects.filter(appointments__role=role, organisation=organisation).order_by("id").first()
    if person is None:
        raise LookupError(f"nobody is {role} in {organisation.name}")
    return person_actor(person, via="cli")


def _regions() -> None:
    for row in region()["regions"]:
        if not Region.objects.filter(division_code=row["code"]).exists():
            parent = Region.objects.filter(division_code=row.get("parent", "")).first()
            create_region(name=row["name"], division_code=row["code"], parent=parent, actor=SYSTEM)


def _organisation(row: dict[str, Any], kind: str) -> Organisation:
    found = Organisation.objects.filter(code=row["code"]).first()
    if found:
        return found
    archive = Organisation.objects.get(code=row["archive"]) if "archive" in row else None
    return create_organisation(
        region=Region.objects.get(division_code=row["region"]),
        kind=kind,
        name=row["name"],
        code=row["code"],
        archive=archive,
        actor=SYSTEM,
    )


def _archives() -> None:
    for row in region()["archives"]:
        _organisation(row, "archive")


def _supervisors() -> None:
    for row in region()["supervisors"]:
        _organisation(row, "supervisor")


def _villages() -> None:
    for row in region()["villages"]:
        village = _organisation(row, "village")
        if not Fonds.objects.filter(creator=village).exists():
            create_department(organisation=village, name="村民委员会", code="CWH", actor=SYSTEM)
            fonds = _new_fonds(village, row, f"{row['since']} 年政社分设，改称村民委员会。")
            _new_scheme(fonds, "WS", "村级文书档案", row["since"], None, Arrangement.ITEM, "dat22.item", 4)


def _agency(row: dict[str, Any]) -> None:
    agency = _organisation(row, "agency")
    for code, name in region()["departments"].items():
        if not Department.objects.filter(organisation=agency, code=code).exists():
            kind = Department.Kind.RECORD_OFFICE if code == "DAS" else Department.Kind.ORDINARY
            create_department(organisation=agency, name=name, code=code, kind=kind, actor=SYSTEM)
    if not Fonds.objects.filter(creator=agency).exists():
        _fonds(agency, row)


def _fonds(agency: Organisation, row: dict[str, Any]) -> None:
    history = "；".join(f"{start} 年至 {end} 年称{name}" for name, start, end in row["former"])
    fonds = _new_fonds(agency, row, f"{row['since']} 年成立；{history}。")
    for scheme in SCHEMES:
        _new_scheme(fonds, "WS", *scheme)
    for special in SPECIAL_SCHEMES:
        _new_scheme(fonds, *special)
    schedule = adopt_reference_schedule(
        agency_id=agency.id,
        name="归档范围和保管期限表",
        version="2024",
        effective_from=date(2024, 1, 1),
        actor=SYSTEM,
    )
    submit_schedule(schedule=schedule, actor=SYSTEM)


def _new_fonds(creator: Organisation, row: dict[str, Any], history: str) -> Fonds:
    fonds = Fonds(
        archive=creator.archive,
        creator=creator,
        code=row["fonds"],
        name=creator.name,
        started=date(row["since"], 1, 1),
        history=history,
    )
    return create_fonds(fonds=fonds, actor=SYSTEM)


def _new_scheme(
    fonds: Fonds,
    category: str,
    name: str,
    start: int,
    end: int | None,
    arrangement: str,
    code: str,
    width: int,
) -> None:
    scheme = Scheme(
        fonds=fonds,
        category=category,
        name=name,
        year_from=start,
        year_to=end,
        arrangement=arrangement,
        code_template=code,
        number_width=width,
    )
    create_scheme(scheme=scheme, actor=SYSTEM)


def _approve_schedules() -> None:
    """Each archive approves what its agencies sent."""
    for schedule in RetentionSchedule.objects.filter(state="submitted").select_related("agency__archive"):
        archivist = actor_in("receiving_archivist", schedule.agency.archive or schedule.agency)
        approve_schedule(schedule=schedule, approval_number="东档审〔2023〕1号", actor=archivist)


def _staff() -> None:
    """People nobody logs in as: every body needs somebody who acts."""
    wanted = [("agency", "record_archivist"), ("archive", "receiving_archivist"), ("archive", "reviewer")]
    wanted.append(("village", "record_archivist"))
    chance = random.Random("staff")
    named = {(row.get("organisation"), row["role"]) for row in region()["people"]}
    for kind, role in wanted:
        for body in Organisation.objects.filter(kind=kind).order_by("code"):
            name, username = invented_name(chance), f"{role.split('_')[0]}.{body.code.lower()}"
            if (body.code, role) not in named and not Person.objects.filter(username=username).exists():
                department = Department.objects.filter(organisation=body, code="DAS").first()
                _person(username, name, role, body, secrets.token_urlsafe(16) + "aA1!", department)


def _named_people() -> None:
    for row in region()["people"]:
        if Person.objects.filter(username=row["username"]).exists():
            continue
        body = Organisation.objects.filter(code=row.get("organisation", "")).first()
        department = Department.objects.filter(organisation=body, code=row.get("department", "")).first()
        _person(row["username"], row["name"], row["role"], body, PASSWORD, department)


def _person(
    username: str,
    name: str,
    role: str,
    body: Organisation | None,
    password: str,
    department: Department | None = None,
) -> None:
    person = create_person(
        username=username,
        full_name=name,
        password=password,
        organisation=body,
        department=department,
        must_change_password=False,
        actor=SYSTEM,
    )
    appoint(person=person, role=role, actor=SYSTEM)
