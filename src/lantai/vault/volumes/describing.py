"""What people read about a volume without any software: rows of its catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lantai.records.api import Record

from ..models import VaultObject

OBJECT_COLUMNS = [
    "object_path",
    "object_id",
    "offset",
    "length",
    "version",
    "written",
    "state",
    "inventory_sha512",
]
CATALOGUE_COLUMNS = (
    (Path(__file__).parents[1] / "data" / "volume-columns.txt").read_text(encoding="utf-8").splitlines()
)


def catalogue_rows(row: VaultObject) -> Iterator[list[Any]]:
    """One line for each record of an object; many for a segment of catalogue entries."""
    if row.record_id:
        yield _line(row, Record.objects.select_related("fonds", "scheme").get(id=row.record_id))
        return
    entries = Record.objects.filter(vault_entry__segment=row).select_related("fonds", "scheme").order_by("id")
    for record in entries.iterator(chunk_size=500):
        yield _line(row, record)


def _line(row: VaultObject, record: Record) -> list[Any]:
    return [
        row.object_path,
        record.reference_code,
        record.title,
        record.responsible,
        record.document_number,
        record.date_text,
        record.year or "",
        record.retention,
        f"{record.fonds.code} {record.fonds.name}",
        record.scheme.category if record.scheme else "",
        str(record.get_state_display()),
        row.files_count,
        str(record.id),
    ]
