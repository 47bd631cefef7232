"""A hand-over as a package (移交信息包), so that the receiver inspects what it really gets.

The files are those the agency holds; what is declared of them are the digests taken when the
records were captured, and the totals of the sealed register.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from lantai.core import settings as configuration
from lantai.packages.api import Declaration, Package, PackageFile, PackageItem
from lantai.records.api import (
    Document,
    DocumentRole,
    ElementWriter,
    WithdrawnNumber,
)

from .models import Correction, Handover, HandoverItem

KIND = "handover"
STRAYS = "strays"
"""Where a hand-over says what lay on the carrier it was read from and stood in no catalogue."""
PIECE = 500


def open_handover(handover: Handover) -> Package:
    """The hand-over's records as a package; items are read as they are asked for."""
    register = handover.register
    return Package(
        kind=KIND,
        root=configuration.home(),
        declaration=Declaration(
            agency=handover.agency.name,
            items=register["amounts"]["records"] - handover.items.exclude(returned_at=None).count(),
            bytes=register["size_bytes"] - _size_bytes(handover),
            fonds=handover.fonds.code,
            category=_category(handover),
            values={"空号": " ".join(_withdrawn_codes(handover))},
        ),
        items=HandoverContent(handover),
        stray_files=tuple(handover.carrier.get(STRAYS, ())),
        on_carrier=STRAYS in handover.carrier,
        beside_carrier=bool(handover.carrier) and STRAYS not in handover.carrier,
    )


def _category(handover: Handover) -> str:
    """The class (门类) all records are of; empty where there are several."""
    staying = handover.items.filter(returned_at=None).order_by()
    categories = staying.values_list("record__scheme__category", flat=True).distinct()
    return (categories[0] or "") if len(categories) == 1 else ""


def _size_bytes(handover: Handover) -> int:
    """What the register counted of records that went back: as they were when they did."""
    firsts = Correction.objects.filter(returned_item__handover=handover).values_list("first", flat=True)
    return sum(document["size_bytes"] for first in firsts for document in first["documents"])


def _withdrawn_codes(handover: Handover) -> list[str]:
    """Numbers of the fonds that were taken back; their gaps are explained in the 备考表."""
    return list(WithdrawnNumber.objects.filter(fonds=handover.fonds).values_list("reference_code", flat=True))


@dataclass(frozen=True, slots=True)
class HandoverContent:
    """The items of a hand-over, in the order of its catalogue; read anew at each iteration."""

    handover: Handover

    def __iter__(self) -> Iterator[PackageItem]:
        reader = _Reader()
        last = 0
        while rows := reader.rows(self._staying().filter(place__gt=last).order_by("place")[:PIECE]):
            files = _files([row["record_id"] for row in rows])
            for row in rows:
                yield reader.item(row, files.get(row["record_id"], ()))
            last = rows[-1]["place"]

    def _staying(self) -> QuerySet[HandoverItem]:
        return self.handover.items.filter(returned_at=None)


class _Reader:
    """Makes items of rows; what is the same for every record is looked up once."""

    def __init__(self) -> None:
        self.writer = ElementWriter()
        self.columns = {
            field: f"record__{field}" for field in sorted({*self.writer.fields.values(), "metadata"})
        }

    def rows(self, items: QuerySet[HandoverItem]) -> list[dict[str, Any]]:
        """The rows of items, one look into the database; no instances are made."""
        others = (
            "record__disclosure",
            "record__scheme__category",
            "record__fonds__code",
            "record__agency__name",
        )
        return list(items.values("place", "record_id", *self.columns.values(), *others))

    def item(self, row: Mapping[str, Any], files: Sequence[PackageFile]) -> PackageItem:
        """One record as it is written in a package."""
        return PackageItem(
            number=row["place"],
            metadata=self.metadata(row),
            files=tuple(files),
            extra={
                name: value
                for name, value in (
                    ("公开属性", row["record__disclosure"]),
                    ("门类", row["record__scheme__category"]),
                )
                if value
            },
            announced_pages=row["record__page_count"] or None,
        )

    def metadata(self, row: Mapping[str, Any]) -> Mapping[str, str]:
        """A record's elements by M-code, as they are written in a package."""
        return self.writer.elements(
            {field: row[column] for field, column in self.columns.items()},
            fonds_code=row["record__fonds__code"],
            agency_name=row["record__agency__name"],
        )


def _files(record_ids: Sequence[UUID]) -> dict[UUID, list[PackageFile]]:
    """The files of records, in order."""
    base = configuration.home()
    found: dict[UUID, list[PackageFile]] = defaultdict(list)
    rows = Document.objects.filter(record__in=record_ids).order_by("record_id", "sequence")
    for record_id, role, location, name, name_b, size_bytes, sm3, sha512 in rows.values_list(
        "record_id", "role", "location", "original_name", "original_name_b", "size_bytes", "sm3", "sha512"
    ):
        path = base / location
        pages: tuple[Path, ...] = ()
        if role == DocumentRole.PAGE_IMAGES and path.is_dir():
            pages = tuple(sorted(path.iterdir()))
        found[record_id].append(
            PackageFile(
                path=path,
                name_bytes=bytes(name_b),
                name=name,
                role=role,  # type: ignore[arg-type]
                declared={} if pages else {"sm3": sm3, "sha512": sha512},
                size_bytes=size_bytes,
                declared_bytes=size_bytes,
                pages=pages,
            )
        )
    return found
