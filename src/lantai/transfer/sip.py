"""A hand-over as a package (移交信息包), so that the receiver inspects what it really gets.

The files are those the agency holds; what is declared of them are the digests taken when the
records were captured, and the totals of the sealed register.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lantai.core import settings as configuration
from lantai.packages.api import Declaration, Package, PackageFile, PackageItem
from lantai.records.api import (
    Document,
    DocumentRole,
    Record,
    WithdrawnNumber,
    metadata_elements,
    retention_term,
)

from .models import Handover

KIND = "handover"
PIECE = 500


def open_handover(handover: Handover) -> Package:
    """The hand-over's records as a package; items are read as they are asked for."""
    register = handover.register
    return Package(
        kind=KIND,
        root=configuration.home(),
        declaration=Declaration(
            agency=handover.agency.name,
            items=register["amounts"]["records"],
            bytes=register["size_bytes"],
            fonds=handover.fonds.code,
            values={"空号": " ".join(_withdrawn_codes(handover))},
        ),
        items=HandoverContent(handover),
    )


def _withdrawn_codes(handover: Handover) -> list[str]:
    """Numbers of the fonds that were taken back; their gaps are explained in the 备考表."""
    return list(WithdrawnNumber.objects.filter(fonds=handover.fonds).values_list("reference_code", flat=True))


@dataclass(frozen=True, slots=True)
class HandoverContent:
    """The items of a hand-over, in the order of its catalogue; read anew at each iteration."""

    handover: Handover

    def __iter__(self) -> Iterator[PackageItem]:
        items = self.handover.items.order_by("place")
        last = 0
        while rows := list(items.filter(place__gt=last)[:PIECE]):
            records = Record.objects.prefetch_related("fonds", "agency", "documents").in_bulk(
                [row.record_id for row in rows]
            )
            for row in rows:
                yield _item(row.place, records[row.record_id])
            last = rows[-1].place


def metadata_of(record: Record) -> Mapping[str, str]:
    """A record's elements by M-code, as they are written in a package."""
    values = {code: str(value) for code, value in record.metadata.items()}
    for code, element in metadata_elements().items():
        if element.field:
            values[code] = _written(record, element.field)
    values |= {"M9": record.fonds.code, "M6": values.get("M6") or record.agency.name}
    return {code: value for code, value in values.items() if value}


def _written(record: Record, field: str) -> str:
    if field == "level":
        return str(record.get_level_display())
    if field == "retention":
        return retention_term(record.retention).name if record.retention else ""
    if field == "page_count":
        return str(record.page_count or "")
    value = getattr(record, field)
    return "" if value is None else str(value)


def _item(place: int, record: Record) -> PackageItem:
    return PackageItem(
        number=place,
        metadata=metadata_of(record),
        files=tuple(_file(document) for document in record.documents.all()),
        extra={"公开属性": record.disclosure} if record.disclosure else {},
        announced_pages=record.page_count or None,
    )


def _file(document: Document) -> PackageFile:
    path = configuration.home() / document.location
    pages: tuple[Path, ...] = ()
    if document.role == DocumentRole.PAGE_IMAGES and path.is_dir():
        pages = tuple(sorted(path.iterdir()))
    return PackageFile(
        path=path,
        name_bytes=bytes(document.original_name_b),
        name=document.original_name,
        role=document.role,  # type: ignore[arg-type]
        declared={} if pages else {"sm3": document.sm3, "sha512": document.sha512},
        size_bytes=document.size_bytes,
        declared_bytes=document.size_bytes,
        pages=pages,
    )
