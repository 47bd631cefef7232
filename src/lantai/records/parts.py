"""The records' part of ``record.xml``: enough to rebuild fonds, scheme, volume, record and documents."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import models, transaction

from lantai.core.actors import SYSTEM
from lantai.core.canonical import utc_text
from lantai.institutions.api import Department, Organisation, ensure_department, ensure_organisation

from .bulk import insert_rows
from .counts import recount
from .models import Document, Fonds, Record, Scheme, Volume, WithdrawnNumber
from .numbering import reserve_numbers

RELATED = ("archive", "fonds", "scheme", "volume", "agency", "department", "custodian")


class RecordsPart:
    """Describes records for the vault, and makes them again from what it wrote."""

    key = "records"
    order = 10

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """Everything this context knows of each record, with the rows it stands on."""
        records = Record.objects.filter(id__in=record_ids).prefetch_related(
            *RELATED, "fonds__creator", "fonds__archive"
        )
        stands_on = cache(_plain)  # many records stand on few rows
        documents: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
        for document in Document.objects.filter(record_id__in=record_ids).order_by("record_id", "sequence"):
            documents[document.record_id].append(_plain(document, without={"record"}))
        organisations = _Organisations()
        withdrawn = _withdrawn({(record.archive_id, _class_of(record)) for record in records})
        parts: dict[UUID, Mapping[str, Any]] = {}
        for record in records:
            part: dict[str, Any] = {
                "organisations": organisations.describe(_organisations_of(record)),
                "fonds": stands_on(record.fonds),
                "record": _plain(record),
                "documents": documents[record.id],
                "withdrawn_numbers": withdrawn[record.archive_id, _class_of(record)],
            }
            if record.department:
                part["department"] = {"code": record.department.code, "name": record.department.name}
            if record.scheme:
                part["scheme"] = stands_on(record.scheme)
            if record.volume:
                part["volume"] = stands_on(record.volume)
            parts[record.id] = part
        return parts

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes what is missing; rows that exist are left as they are, so repeating changes nothing."""
        with transaction.atomic():
            ids = _restore_organisations(parts.values())
            _restore(Fonds, (part["fonds"] for part in parts.values()), ids)
            _restore(Scheme, (part["scheme"] for part in parts.values() if "scheme" in part), ids)
            _restore(Volume, (part["volume"] for part in parts.values() if "volume" in part), ids)
            _restore(
                WithdrawnNumber, (row for part in parts.values() for row in part["withdrawn_numbers"]), ids
            )
            departments = _restore_departments(parts.values(), ids)
            made = _restore(Record, (part["record"] for part in parts.values()), ids | departments)
            present = {str(record.id) for record in made}
            rows = [
                {**document, "record": key}
                for key, part in ((part["record"]["id"], part) for part in parts.values())
                if key in present
                for document in part["documents"]
            ]
            _restore(Document, rows, {})
            _resume_numbers(made)
            for fonds_id in {record.fonds_id for record in made}:
                recount(fonds_id)


class _Organisations:
    """Organisations as plain values, each read once."""

    def __init__(self) -> None:
        self._known: dict[UUID, dict[str, str]] = {}

    def describe(self, ids: Iterable[UUID]) -> list[dict[str, str]]:
        wanted = list(dict.fromkeys(ids))
        if missing := set(wanted) - self._known.keys():
            for row in Organisation.objects.filter(id__in=missing).select_related("region", "archive"):
                self._known[row.id] = {
                    "id": str(row.id),
                    "code": row.code,
                    "name": row.name,
                    "kind": row.kind,
                    "division_code": row.region.division_code,
                    "region_name": row.region.name,
                    "archive_code": row.archive.code if row.archive else "",
                }
        return [self._known[key] for key in wanted]


def _organisations_of(record: Record) -> list[UUID]:
    return [
        record.archive_id,
        record.fonds.archive_id,
        record.fonds.creator_id,
        record.agency_id,
        record.custodian_id,
    ]


def _class_of(record: Record) -> str:
    return record.reference_code.rpartition("-")[0]


def _withdrawn(classes: set[tuple[UUID, str]]) -> dict[tuple[UUID, str], list[dict[str, Any]]]:
    """The withdrawn numbers of each class travel with each of its records: a gap must stay explained."""
    found: dict[tuple[UUID, str], list[dict[str, Any]]] = defaultdict(list)
    names = {name for _, name in classes if name}
    for row in WithdrawnNumber.objects.filter(class_code__in=names):
        found[row.archive_id, row.class_code].append(_plain(row))
    return found


def _plain(row: models.Model, without: Iterable[str] = ()) -> dict[str, Any]:
    """A row as JSON-ready values by field name; keys of other rows as text."""
    return {
        field.name: _as_text(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.name not in without
    }


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    return value


def _restore_organisations(parts: Iterable[Mapping[str, Any]]) -> dict[str, UUID]:
    """Organisations by the id that was written; archives first, for agencies name theirs."""
    rows = {row["id"]: row for part in parts for row in part["organisations"]}
    ids: dict[str, UUID] = {}
    for row in sorted(rows.values(), key=lambda row: (row["kind"] != "archive", row["code"])):
        organisation = ensure_organisation(
            code=row["code"], name=row["name"], kind=row["kind"], division_code=row["division_code"],
            region_name=row["region_name"], organisation_id=UUID(row["id"]), archive_code=row["archive_code"], actor=SYSTEM,
        )  # fmt: skip
        ids[row["id"]] = organisation.id
    return ids


def _restore_departments(parts: Iterable[Mapping[str, Any]], ids: Mapping[str, UUID]) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    for part in parts:
        written = part["record"]["department"]
        if written and written not in found:
            agency = Organisation.objects.get(id=ids[part["record"]["agency"]])
            department: Department = ensure_department(
                organisation=agency, actor=SYSTEM, **part["department"]
            )
            found[written] = department.id
    return found


def _restore(
    model: type[models.Model], rows: Iterable[Mapping[str, Any]], ids: Mapping[str, UUID]
) -> list[Any]:
    """Inserts the rows whose keys are not there; ``ids`` renames keys of other rows."""
    wanted = {row["id"]: row for row in rows}
    present = set(map(str, model._default_manager.filter(id__in=wanted).values_list("id", flat=True)))
    made = [_row(model, row, ids) for key, row in wanted.items() if key not in present]
    insert_rows(made)
    return made


def _row(model: type[models.Model], values: Mapping[str, Any], ids: Mapping[str, UUID]) -> models.Model:
    row = model()
    for field in model._meta.concrete_fields:
        if field.name not in values:
            continue
        value = values[field.name]
        if field.is_relation:
            value = ids.get(value, value)
        elif isinstance(field, models.BinaryField):
            value = base64.b64decode(value)
        setattr(row, field.attname, field.to_python(value) if not field.is_relation else _key(value))
    return row


def _key(value: Any) -> UUID | None:
    return value if value is None or isinstance(value, UUID) else UUID(value)


def _resume_numbers(records: Sequence[Record]) -> None:
    """Counters go on behind the highest number that is used or was withdrawn."""
    codes: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    volumes = Volume.objects.in_bulk({record.volume_id for record in records if record.volume_id})
    for record in records:
        if record.reference_code and record.item_number:
            codes[record.archive_id].append((record.reference_code, record.item_number))
    for volume in volumes.values():
        if volume.reference_code and volume.number:
            codes[volume.archive_id].append((volume.reference_code, volume.number))
    for archive_id, own in codes.items():
        names = {code.rpartition("-")[0] for code, _ in own}
        gone = WithdrawnNumber.objects.filter(archive_id=archive_id, class_code__in=names)
        reserve_numbers(archive_id, [*own, *gone.values_list("reference_code", "number")])
