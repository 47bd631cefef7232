"""The records' part of ``record.xml``: enough to rebuild fonds, scheme, volume, record and documents."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import QuerySet

from lantai.core.actors import SYSTEM
from lantai.core.canonical import utc_text
from lantai.core.ports import Shared
from lantai.institutions.api import Department, Organisation, ensure_department, ensure_organisation

from .bulk import insert_rows
from .counts import recount
from .models import Document, Fonds, Record, Scheme, Volume, WithdrawnNumber
from .numbering import reserve_numbers


class RecordsPart:
    """Describes records for the vault, and makes them again from what it wrote."""

    key = "records"
    order = 10

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """Everything this context knows of each record, with the rows it stands on."""
        records = list(_rows(Record.objects.filter(id__in=record_ids)))
        documents: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in _rows(Document.objects.filter(record__in=record_ids).order_by("record_id", "sequence")):
            documents[row.pop("record")].append(row)
        fonds, schemes, volumes, departments = (
            _stood_on(model, {row[name] for row in records})
            for model, name in (
                (Fonds, "fonds"),
                (Scheme, "scheme"),
                (Volume, "volume"),
                (Department, "department"),
            )
        )
        organisations = _Organisations()
        withdrawn = _withdrawn({(row["archive"], _class_of(row)) for row in records})
        parts: dict[UUID, Mapping[str, Any]] = {}
        for row in records:
            part: dict[str, Any] = {
                "organisations": organisations.describe(_organisations_of(row, fonds[row["fonds"]])),
                "fonds": fonds[row["fonds"]],
                "record": row,
                "documents": documents[row["id"]],
                "withdrawn_numbers": withdrawn[row["archive"], _class_of(row)],
            }
            if row["department"]:
                department = departments[row["department"]]
                part["department"] = {"code": department["code"], "name": department["name"]}
            if row["scheme"]:
                part["scheme"] = schemes[row["scheme"]]
            if row["volume"]:
                part["volume"] = volumes[row["volume"]]
            parts[UUID(row["id"])] = part
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
        self._known: dict[str, Shared] = {}

    def describe(self, ids: Iterable[str]) -> list[Shared]:
        wanted = list(dict.fromkeys(ids))
        if missing := set(wanted) - self._known.keys():
            for row in Organisation.objects.filter(id__in=missing).select_related("region", "archive"):
                self._known[str(row.id)] = Shared(
                    id=str(row.id),
                    code=row.code,
                    name=row.name,
                    kind=row.kind,
                    division_code=row.region.division_code,
                    region_name=row.region.name,
                    archive_code=row.archive.code if row.archive else "",
                )
        return [self._known[key] for key in wanted]


def _organisations_of(record: Mapping[str, Any], fonds: Mapping[str, Any]) -> list[str]:
    return [record["archive"], fonds["archive"], fonds["creator"], record["agency"], record["custodian"]]


def _class_of(record: Mapping[str, Any]) -> str:
    return str(record["reference_code"]).rpartition("-")[0]


def _withdrawn(classes: set[tuple[str, str]]) -> dict[tuple[str, str], list[Shared]]:
    """The withdrawn numbers of each class travel with each of its records: a gap must stay explained."""
    found: dict[tuple[str, str], list[Shared]] = defaultdict(list)
    names = {name for _, name in classes if name}
    for row in _rows(WithdrawnNumber.objects.filter(class_code__in=names)):
        found[row["archive"], row["class_code"]].append(Shared(row))
    return found


def _stood_on(model: type[models.Model], ids: Collection[str | None]) -> dict[str, Shared]:
    """Rows that many records stand on, by id."""
    wanted = [key for key in ids if key]
    rows = _rows(model._default_manager.filter(id__in=wanted)) if wanted else ()
    return {row["id"]: Shared(row) for row in rows}


def _rows(queryset: QuerySet[Any]) -> Iterator[dict[str, Any]]:
    """Rows as JSON-ready values by field name, keys of other rows as text; no instance is made."""
    fields = queryset.model._meta.concrete_fields
    names = [field.name for field in fields]
    for values in queryset.values_list(*(field.attname for field in fields)):
        yield dict(zip(names, map(_as_text, values), strict=True))


def _as_text(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
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
