"""Who answers for whom after an institutional reform (承继): agencies end, their records do not.

A reform changes no record: who made it stays written on it. What changes is who answers for it. The
successor of a whole agency reaches everything that agency made, as its own; a successor of some of its
departments reads what those made. Departments move with their people and keep their records in reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import require
from lantai.ledger import api as ledger

from .models import ApiKey, Appointment, Department, Organisation, Person, Succession

SUCCEED = "institutions.succeed"
Kind = Department.Kind


@dataclass(frozen=True, slots=True)
class Inherited:
    """What an organisation answers for of another; no departments: of all of it."""

    organisation_id: UUID
    departments: frozenset[UUID]


def inherited_by(organisation_id: UUID) -> list[Inherited]:
    """What came to an organisation, also by way of those that were dissolved before."""
    found: dict[UUID, Inherited] = {}
    asked = {organisation_id}
    while asked:
        rows = Succession.objects.filter(successor_id__in=asked, since__lte=timezone.localdate())
        asked = set()
        for predecessor, departments in rows.values_list("predecessor_id", "departments"):
            named = frozenset(map(UUID, departments))
            if predecessor not in found or (found[predecessor].departments and not named):
                found[predecessor] = Inherited(predecessor, named)
                asked |= set() if named else {predecessor}
    found.pop(organisation_id, None)
    return list(found.values())


def answers_for(organisation_id: UUID) -> frozenset[UUID]:
    """The organisation and all those it succeeded as a whole."""
    whole = (row.organisation_id for row in inherited_by(organisation_id) if not row.departments)
    return frozenset({organisation_id, *whole})


def whole_heirs() -> dict[UUID, UUID]:
    """Who answers now for each agency that ended, by the agency's id."""
    rows = Succession.objects.filter(departments=[], since__lte=timezone.localdate())
    heirs = dict(rows.order_by("since", "id").values_list("predecessor_id", "successor_id"))
    for ended in heirs:
        passed = {ended}
        while (heir := heirs[ended]) in heirs and heir not in passed:
            passed.add(heir)
            heirs[ended] = heirs[heir]
    return heirs


def rename_organisation(*, organisation: Organisation, name: str, actor: Actor) -> str:
    """Gives it another name; returns the one it had.

    Raises:
        Invalid: the name is empty, or the one it has.
    """
    require(actor, SUCCEED, subject=organisation.name)
    if not name.strip() or name.strip() == organisation.name:
        raise Invalid(_("新名称不能为空，也不能与现名相同。"), subject=organisation.name)
    with transaction.atomic():
        before, organisation.name = organisation.name, name.strip()
        organisation.save(update_fields=["name"])
        ledger.append(
            act=SUCCEED, actor=actor, subject=f"organisation:{organisation.id}",
            before={"name": before}, after={"name": organisation.name},
        )  # fmt: skip
    return before


def dissolve(
    *,
    predecessor: Organisation,
    heirs: Mapping[UUID, Sequence[UUID]],
    main: Organisation,
    since: date,
    basis: str,
    actor: Actor,
) -> dict[str, int]:
    """Ends an agency in favour of others; returns how many departments, people and keys it concerned.

    Args:
        predecessor: the agency that ends.
        heirs: departments by the id of the successor they go to.
        main: answers for the whole agency, and takes in whoever has no department.
        since: from when on.
        basis: ledger subject of the reform.
        actor: who carries it out.

    Raises:
        Conflict: it ended before.
        Invalid: a department is not its own, or goes to two successors.
    """
    require(actor, SUCCEED, subject=predecessor.name)
    with transaction.atomic():
        held = Organisation.objects.select_for_update().get(id=predecessor.id)
        if not held.active or held.successions.exists():
            raise Conflict(_("这个单位已经撤销。"), subject=held.name)
        _check_departments(held, heirs)
        for successor_id in {main.id, *heirs}:
            whole = successor_id == main.id
            Succession.objects.create(
                predecessor=held,
                successor_id=successor_id,
                departments=[] if whole else sorted(map(str, heirs[successor_id])),
                since=since,
                basis=basis,
            )
        counts = _move_people(held, heirs, main)
        counts["keys"] = ApiKey.objects.filter(organisation=held, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        held.active = False
        held.save(update_fields=["active"])
        ledger.append(
            act=SUCCEED, actor=actor, subject=f"organisation:{held.id}",
            after={"main": str(main.id), "heirs": {str(key): list(map(str, ids)) for key, ids in heirs.items()},
                   "basis": basis, **counts},
        )  # fmt: skip
    return counts


def _check_departments(held: Organisation, heirs: Mapping[UUID, Sequence[UUID]]) -> None:
    own = set(held.departments.values_list("id", flat=True))
    named = [department for departments in heirs.values() for department in departments]
    if set(named) - own or len(named) != len(set(named)):
        raise Invalid(_("所列处室不属于这个单位，或者重复列出。"), subject=held.name)


def _move_people(
    held: Organisation, heirs: Mapping[UUID, Sequence[UUID]], main: Organisation
) -> dict[str, int]:
    """Departments go where they are said to, the others and whoever has none to the main successor."""
    target = {department: heir for heir, departments in heirs.items() for department in departments}
    moved = people = 0
    for department in held.departments.order_by("code"):
        heir_id = target.get(department.id, main.id)
        _settle(department, held, heir_id)
        people += _take_along(Person.objects.filter(department=department), heir_id)
        moved += 1
    people += _take_along(Person.objects.filter(organisation=held), main.id)
    return {"departments": moved, "people": people}


def _settle(department: Department, held: Organisation, heir_id: UUID) -> None:
    """Its code stands once in its new house, which has one record office at most."""
    there = Department.objects.filter(organisation_id=heir_id)
    if there.filter(code=department.code).exists():
        department.code = f"{held.code}-{department.code}"[:40]
    if department.kind == Kind.RECORD_OFFICE and there.filter(kind=Kind.RECORD_OFFICE).exists():
        department.kind = Kind.ORDINARY
    department.organisation_id = heir_id
    department.save(update_fields=["code", "kind", "organisation"])


def _take_along(people: Any, heir_id: UUID) -> int:
    """Moves people; the roles they hold now are held for their new organisation."""
    ids = list(people.values_list("id", flat=True))
    now = timezone.now()
    running = Appointment.objects.filter(person__in=ids).exclude(until__lte=now)
    running.update(organisation_id=heir_id)
    return Person.objects.filter(id__in=ids).update(organisation_id=heir_id)


def describe_successions(basis: str) -> list[dict[str, Any]]:
    """The successions a reform brought about, as plain values."""
    return list(plain_rows(Succession.objects.filter(basis=basis).order_by("id")))


def restore_successions(rows: Iterable[Mapping[str, Any]], ids: Mapping[str, UUID]) -> None:
    """Makes them again between the organisations that stand."""
    standing = set(Organisation.objects.values_list("id", flat=True))
    known = [
        row for row in rows
        if {ids.get(row[side], UUID(row[side])) for side in ("predecessor", "successor")} <= standing
    ]  # fmt: skip
    restore_rows(Succession, known, ids)
    Organisation.objects.filter(successions__in=[row["id"] for row in known]).update(active=False)
