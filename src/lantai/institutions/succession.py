"""Who answers for whom after an institutional reform (承继): agencies end, their records do not.

A reform changes no record: who made it stays written on it. What changes is who answers for it. The
successor of a whole agency reaches everything that agency made, as its own; a successor of some of its
departments, which an agency that goes on may cede as well (职能划转), reads what those made. Departments
move with their people and keep their records in reach.
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
    """What came to an organisation, also by way of others; departments that were passed on bring what they made before."""
    everything: frozenset[UUID] = frozenset()
    found = {organisation_id: everything}
    asked = dict(found)
    while asked:
        rows = Succession.objects.filter(successor_id__in=asked, since__lte=timezone.localdate())
        told = list(rows.values_list("successor_id", "predecessor_id", "departments"))
        before, asked = asked, {}
        for successor, predecessor, departments in told:
            named, wanted = frozenset(map(UUID, departments)), before[successor]
            part, known = named & wanted if named and wanted else named or wanted, found.get(predecessor)
            passed_by = bool(named and wanted and not part)
            if passed_by or (known is not None and (not known or (part and part <= known))):
                continue
            found[predecessor] = asked[predecessor] = part | known if part and known else part
    del found[organisation_id]
    return [Inherited(predecessor, departments) for predecessor, departments in found.items()]


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
        _require_standing(held)
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
        counts = _move_departments(held, heirs, main.id)
        people = Person.objects.filter(organisation=held)
        counts["people"] += _take_along(people, main.id)
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


def cede_departments(
    *,
    predecessor: Organisation,
    heirs: Mapping[UUID, Sequence[UUID]],
    since: date,
    basis: str,
    actor: Actor,
) -> dict[str, int]:
    """Departments of an agency that goes on go to others, which may see what these made; returns how many, with people.

    What was made stays in the agency's fonds, and the agency arranges and hands it over as before.

    Args:
        predecessor: the agency that cedes them.
        heirs: departments by the id of the agency they go to, at least one each.
        since: from when on.
        basis: ledger subject of the reform.
        actor: who carries it out.

    Raises:
        Conflict: the agency has ended.
        Invalid: a department is not its own, or goes to two.
    """
    require(actor, SUCCEED, subject=predecessor.name)
    with transaction.atomic():
        held = Organisation.objects.select_for_update().get(id=predecessor.id)
        _require_standing(held)
        _check_departments(held, heirs)
        for successor_id, ids in heirs.items():
            Succession.objects.create(
                predecessor=held, successor_id=successor_id, departments=sorted(map(str, ids)), since=since,
                basis=basis,
            )  # fmt: skip
        counts = _move_departments(held, heirs, None)
        ledger.append(
            act=SUCCEED, actor=actor, subject=f"organisation:{held.id}",
            after={"ceded": {str(key): list(map(str, ids)) for key, ids in heirs.items()},
                   "basis": basis, **counts},
        )  # fmt: skip
    return counts


def _require_standing(held: Organisation) -> None:
    if not held.active or held.successions.filter(departments=[]).exists():
        raise Conflict(_("这个单位已经撤销。"), subject=held.name)


def _check_departments(held: Organisation, heirs: Mapping[UUID, Sequence[UUID]]) -> None:
    own = set(held.departments.values_list("id", flat=True))
    named = [department for departments in heirs.values() for department in departments]
    if set(named) - own or len(named) != len(set(named)):
        raise Invalid(_("所列处室不属于这个单位，或者重复列出。"), subject=held.name)


def _move_departments(
    held: Organisation, heirs: Mapping[UUID, Sequence[UUID]], others_to: UUID | None
) -> dict[str, int]:
    """Departments go with their people where they are said to; the others to one successor, or stay."""
    target = {department: heir for heir, departments in heirs.items() for department in departments}
    moved = people = 0
    for department in held.departments.order_by("code"):
        if heir_id := target.get(department.id, others_to):
            _settle(department, held, heir_id)
            people += _take_along(Person.objects.filter(department=department), heir_id)
            moved += 1
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
    ended = Succession.objects.filter(id__in=[row["id"] for row in known], departments=[])
    Organisation.objects.filter(id__in=ended.values("predecessor_id")).update(active=False)
