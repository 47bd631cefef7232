"""Organisations as plain values, as descriptions in the vault name them, and made again from those."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from lantai.core.actors import SYSTEM
from lantai.core.ports import Shared

from .models import Organisation
from .services.organisations import ensure_organisation


def describe_organisations(ids: Iterable[UUID | str]) -> dict[str, Shared]:
    """Organisations by their id as text, each read once; unknown ids are left out."""
    rows = Organisation.objects.filter(id__in=set(map(str, ids))).select_related("region", "archive")
    return {
        str(row.id): Shared(
            id=str(row.id),
            code=row.code,
            name=row.name,
            kind=row.kind,
            division_code=row.region.division_code,
            region_name=row.region.name,
            archive_code=row.archive.code if row.archive else "",
        )
        for row in rows
    }


def restore_organisations(rows: Iterable[Mapping[str, Any]]) -> dict[str, UUID]:
    """Organisations by the id that was written; archives first, for agencies name theirs."""
    ids: dict[str, UUID] = {}
    for row in sorted(rows, key=lambda row: (row["kind"] != "archive", row["code"])):
        organisation = ensure_organisation(
            code=row["code"], name=row["name"], kind=row["kind"], division_code=row["division_code"],
            region_name=row["region_name"], organisation_id=UUID(row["id"]), archive_code=row["archive_code"],
            actor=SYSTEM,
        )  # fmt: skip
        ids[row["id"]] = organisation.id
    return ids
