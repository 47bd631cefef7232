"""Papers of the records (``core.ports.PaperPart``): fonds, schemes and retention schedules.

They stand before the first record does, and a schedule in no record at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from lantai.core.actors import SYSTEM
from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import subject_ids
from lantai.institutions.api import (
    Department,
    Organisation,
    describe_organisations,
    ensure_department,
    restore_organisations,
)

from .models import Fonds, RetentionRule, RetentionSchedule, Scheme


class SetUpPapers:
    """Fonds and schemes, each with what it stands on."""

    key = "records.setup"
    order = 5
    kinds: Collection[str] = ("fonds", "scheme")

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """A scheme is told with its fonds."""
        ids = subject_ids(subjects)
        schemes = {row["id"]: row for row in plain_rows(Scheme.objects.filter(id__in=ids))}
        wanted = [*ids, *(row["fonds"] for row in schemes.values())]
        fonds = {row["id"]: row for row in plain_rows(Fonds.objects.filter(id__in=wanted))}
        organisations = describe_organisations(row[side] for row in fonds.values() for side in _SIDES)
        papers: dict[UUID, dict[str, Any]] = {}
        for key in map(str, ids):
            scheme = schemes.get(key)
            own = fonds.get(scheme["fonds"] if scheme else key)
            if own is not None:
                named = [organisations[own[side]] for side in _SIDES]
                papers[UUID(key)] = {"organisations": named, "fonds": own, "scheme": scheme}
        return papers

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again under their own keys."""
        with transaction.atomic():
            ids = _restore_organisations(parts.values())
            restore_rows(Fonds, (part["fonds"] for part in parts.values()), ids)
            restore_rows(Scheme, (part["scheme"] for part in parts.values() if part["scheme"]), ids)


class SchedulePapers:
    """Retention schedules in every version, with their rules."""

    key = "records.schedule"
    order = 6
    kinds: Collection[str] = ("schedule",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """Each schedule with its rules and the departments they name."""
        schedules = list(plain_rows(RetentionSchedule.objects.filter(id__in=subject_ids(subjects))))
        organisations = describe_organisations(row["agency"] for row in schedules)
        return {
            UUID(row["id"]): {
                "organisations": [organisations[row["agency"]]],
                "schedule": row,
                "departments": list(
                    plain_rows(Department.objects.filter(retention_rules__schedule=row["id"]).distinct())
                ),
                "rules": list(plain_rows(RetentionRule.objects.filter(schedule=row["id"]).order_by("id"))),
            }
            for row in schedules
        }

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again. The newest paper comes first: an older one adds no rule to it."""
        known = set(RetentionSchedule.objects.filter(id__in=list(parts)).values_list("id", flat=True))
        fresh = [part for key, part in parts.items() if key not in known]
        with transaction.atomic():
            ids = _restore_organisations(fresh)
            for row in (row for part in fresh for row in part["departments"]):
                agency = Organisation.objects.get(id=ids.get(row["organisation"], row["organisation"]))
                department = ensure_department(
                    organisation=agency, code=row["code"], name=row["name"], department_id=UUID(row["id"]),
                    actor=SYSTEM,
                )  # fmt: skip
                ids[row["id"]] = department.id
            restore_rows(RetentionSchedule, (part["schedule"] for part in fresh), ids)
            restore_rows(RetentionRule, (row for part in fresh for row in part["rules"]), ids)


_SIDES = ("archive", "creator")


def _restore_organisations(parts: Iterable[Mapping[str, Any]]) -> dict[str, UUID]:
    rows = {row["id"]: row for part in parts for row in part["organisations"]}
    return restore_organisations(rows.values())
