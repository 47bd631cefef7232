"""The records' part of ``record.xml``: enough to rebuild fonds, scheme, volume, record and documents."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import models, transaction

from lantai.core.actors import SYSTEM
from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import Shared
from lantai.institutions.api import (
    Department,
    Organisation,
    describe_organisations,
    ensure_department,
    restore_organisations,
)

from .counts import Node, add_counts
from .models import Combination, Document, Fonds, Record, Scheme, Volume, WithdrawnNumber
from .numbering import reserve_numbers
from .restoring import Stored, insert_missing
from .vocabulary import State


class RecordsPart:
    """Describes records for the vault, and makes them again from what it wrote."""

    key = "records"
    order = 10

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """Everything this context knows of each record, with the rows it stands on."""
        records = list(plain_rows(Record.objects.filter(id__in=record_ids)))
        documents: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in plain_rows(
            Document.objects.filter(record__in=record_ids).order_by("record_id", "sequence")
        ):
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
        named = {row["id"]: _organisations_of(row, fonds[row["fonds"]]) for row in records}
        organisations = describe_organisations(key for keys in named.values() for key in keys)
        combined = _combinations(records)
        withdrawn = _withdrawn({(row["archive"], _class_of(row)) for row in records})
        parts: dict[UUID, Mapping[str, Any]] = {}
        for row in records:
            part: dict[str, Any] = {
                "organisations": [organisations[key] for key in dict.fromkeys(named[row["id"]])],
                "fonds": fonds[row["fonds"]],
                "record": row,
                "documents": documents[row["id"]],
                "withdrawn_numbers": withdrawn[row["archive"], _class_of(row)],
            }
            if row["department"]:
                department = departments[row["department"]]
                part["department"] = {name: department[name] for name in ("id", "code", "name")}
            if row["scheme"]:
                part["scheme"] = schemes[row["scheme"]]
            if row["volume"]:
                part["volume"] = volumes[row["volume"]]
            if row["id"] in combined:
                part["combination"] = combined[row["id"]]
            parts[UUID(row["id"])] = part
        return parts

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes what is missing; rows that exist are left as they are, so repeating changes nothing."""
        with transaction.atomic():
            ids = restore_organisations(
                {row["id"]: row for part in parts.values() for row in part["organisations"]}.values()
            )
            insert_missing(Fonds, (part["fonds"] for part in parts.values()), ids)
            insert_missing(Scheme, (part["scheme"] for part in parts.values() if "scheme" in part), ids)
            insert_missing(Volume, (part["volume"] for part in parts.values() if "volume" in part), ids)
            insert_missing(
                WithdrawnNumber, (row for part in parts.values() for row in part["withdrawn_numbers"]), ids
            )
            departments = _restore_departments(parts.values(), ids)
            made = insert_missing(Record, (part["record"] for part in parts.values()), ids | departments)
            absorbed = _restore_combinations(parts.values(), ids | departments)
            present = {row["id"] for row in made}
            insert_missing(
                Document,
                (
                    {**document, "record": key}
                    for key, part in ((part["record"]["id"], part) for part in parts.values())
                    if key.replace("-", "") in present
                    for document in part["documents"]
                ),
            )
            _resume_numbers(made)
            add_counts(_nodes(row for row in (*made, *absorbed) if row["state"] != State.COMBINED))


def _organisations_of(record: Mapping[str, Any], fonds: Mapping[str, Any]) -> list[str]:
    return [record["archive"], fonds["archive"], fonds["creator"], record["agency"], record["custodian"]]


def _class_of(record: Mapping[str, Any]) -> str:
    return str(record["reference_code"]).rpartition("-")[0]


def _withdrawn(classes: set[tuple[str, str]]) -> dict[tuple[str, str], list[Shared]]:
    """The withdrawn numbers of each class travel with each of its records: a gap must stay explained."""
    found: dict[tuple[str, str], list[Shared]] = defaultdict(list)
    names = {name for _, name in classes if name}
    for row in plain_rows(WithdrawnNumber.objects.filter(class_code__in=names)):
        found[row["archive"], row["class_code"]].append(Shared(row))
    return found


def _combinations(records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What combined records were put together from, with the rows of those that went into them."""
    found = {row.pop("record"): row for row in plain_rows(
        Combination.objects.filter(record__in=[row["id"] for row in records])
    )}  # fmt: skip
    if not found:
        return {}
    ids = {part["record"] for row in found.values() for part in row["parts"]}
    rows = {row["id"]: row for row in plain_rows(Record.objects.filter(id__in=ids))}
    for main in records:
        if main["id"] in found:
            taken = [part["record"] for part in found[main["id"]]["parts"] if part["record"] != main["id"]]
            found[main["id"]]["absorbed"] = [_beside(rows[key], main) for key in taken if key in rows]
    return found


def _beside(row: Mapping[str, Any], main: Mapping[str, Any]) -> dict[str, Any]:
    """A row that needs nothing but what its main record stands on."""
    needs = ("scheme", "volume", "department")
    return {**row, **{name: row[name] if row[name] == main[name] else None for name in needs}}


def _restore_combinations(parts: Iterable[Mapping[str, Any]], ids: Mapping[str, UUID]) -> list[Stored]:
    """Makes combinations, and the records that went into them, which are returned."""
    found = {part["record"]["id"]: part["combination"] for part in parts if "combination" in part}
    if not found:
        return []
    absorbed = insert_missing(Record, (row for told in found.values() for row in told["absorbed"]), ids)
    restore_rows(Combination, ({**told, "record": key} for key, told in found.items()))
    return absorbed


def _stood_on(model: type[models.Model], ids: Collection[str | None]) -> dict[str, Shared]:
    """Rows that many records stand on, by id."""
    wanted = [key for key in ids if key]
    rows = plain_rows(model._default_manager.filter(id__in=wanted)) if wanted else ()
    return {row["id"]: Shared(row) for row in rows}


def _restore_departments(parts: Iterable[Mapping[str, Any]], ids: Mapping[str, UUID]) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    for part in parts:
        written = part["record"]["department"]
        if written and written not in found:
            agency = Organisation.objects.get(id=ids[part["record"]["agency"]])
            told = part["department"]
            department: Department = ensure_department(
                organisation=agency, actor=SYSTEM, code=told["code"], name=told["name"],
                department_id=UUID(told["id"]) if "id" in told else None,
            )  # fmt: skip
            found[written] = department.id
    return found


def _nodes(rows: Iterable[Stored]) -> Counter[Node]:
    """How many of the records stand under each node."""
    told = Counter((row["fonds"], row["scheme"], row["year"] or 0, row["volume"]) for row in rows)
    return Counter(
        {
            (UUID(fonds), UUID(scheme) if scheme else None, year, UUID(volume) if volume else None): number
            for (fonds, scheme, year, volume), number in told.items()
        }
    )


def _resume_numbers(records: Sequence[Stored]) -> None:
    """Counters go on behind the highest number that is used or was withdrawn."""
    codes: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    volumes = Volume.objects.in_bulk({UUID(record["volume"]) for record in records if record["volume"]})
    for record in records:
        if record["reference_code"] and record["item_number"]:
            codes[UUID(record["archive"])].append((record["reference_code"], record["item_number"]))
    for volume in volumes.values():
        if volume.reference_code and volume.number:
            codes[volume.archive_id].append((volume.reference_code, volume.number))
    for archive_id, own in codes.items():
        names = {code.rpartition("-")[0] for code, _ in own}
        gone = WithdrawnNumber.objects.filter(archive_id=archive_id, class_code__in=names)
        reserve_numbers(archive_id, [*own, *gone.values_list("reference_code", "number")])
