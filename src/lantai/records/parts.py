"""The records' part of ``record.xml``: enough to rebuild fonds, scheme, volume, record and documents."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import models, transaction

from lantai.core.actors import SYSTEM
from lantai.core.plainrows import plain_rows, restore_rows, row_from
from lantai.core.ports import Shared
from lantai.institutions.api import (
    Department,
    Organisation,
    describe_organisations,
    ensure_department,
    restore_organisations,
)

from .bulk import insert_rows, insert_values
from .counts import add_counts, count_nodes
from .models import Combination, Document, Fonds, Record, Scheme, Volume, WithdrawnNumber
from .numbering import reserve_numbers
from .vocabulary import State

_ASKED_AT_ONCE = 2_000
"""Keys in one query."""


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
            _restore(Fonds, (part["fonds"] for part in parts.values()), ids)
            _restore(Scheme, (part["scheme"] for part in parts.values() if "scheme" in part), ids)
            _restore(Volume, (part["volume"] for part in parts.values() if "volume" in part), ids)
            _restore(
                WithdrawnNumber, (row for part in parts.values() for row in part["withdrawn_numbers"]), ids
            )
            departments = _restore_departments(parts.values(), ids)
            made = _restore(Record, (part["record"] for part in parts.values()), ids | departments)
            absorbed = _restore_combinations(parts.values(), ids | departments)
            present = {str(record.id) for record in made}
            rows = [
                {**document, "record": key}
                for key, part in ((part["record"]["id"], part) for part in parts.values())
                if key in present
                for document in part["documents"]
            ]
            _restore_documents(rows)
            _resume_numbers(made)
            standing = (row for row in (*made, *absorbed) if row.state != State.COMBINED)
            add_counts(count_nodes(standing))  # a rebuild comes by here for every few hundred


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


def _restore_combinations(parts: Iterable[Mapping[str, Any]], ids: Mapping[str, UUID]) -> list[Record]:
    """Makes combinations, and the records that went into them, which are returned."""
    found = {part["record"]["id"]: part["combination"] for part in parts if "combination" in part}
    if not found:
        return []
    absorbed = _restore(Record, (row for told in found.values() for row in told["absorbed"]), ids)
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


def _restore(
    model: type[models.Model], rows: Iterable[Mapping[str, Any]], ids: Mapping[str, UUID]
) -> list[Any]:
    """Inserts the rows whose keys are not there; ``ids`` renames keys of other rows."""
    wanted = {row["id"]: row for row in rows}
    present = _present(model, list(wanted))
    made = [row_from(model, row, ids) for key, row in wanted.items() if key not in present]
    insert_rows(made)
    return made


def _restore_documents(rows: Iterable[Mapping[str, Any]]) -> None:
    """Inserts those whose keys are not there, without an instance for each: most rows of a rebuild are these."""
    wanted = {row["id"]: row for row in rows}
    present = _present(Document, list(wanted))
    defaults = {field.name: field.get_default() for field in Document._meta.concrete_fields}

    def plain(row: Mapping[str, Any]) -> list[Any]:
        values = {**defaults, **row}
        values["id"], values["record"] = row["id"].replace("-", ""), row["record"].replace("-", "")
        values["original_name_b"] = base64.b64decode(row.get("original_name_b") or b"")
        return [values[name] for name in defaults]

    insert_values(Document, list(defaults), [plain(row) for key, row in wanted.items() if key not in present])


def _present(model: type[models.Model], keys: Sequence[str]) -> set[str]:
    """Those keys that are there; any number of them, asked for within what one query may carry."""
    return {
        str(key)
        for start in range(0, len(keys), _ASKED_AT_ONCE)
        for key in model._default_manager.filter(id__in=keys[start : start + _ASKED_AT_ONCE])
        .values_list("id", flat=True)
    }  # fmt: skip


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
