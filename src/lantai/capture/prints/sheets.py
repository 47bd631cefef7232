"""What each form says, read from the records: rows, headings, and whether it is still a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from lantai.core.language import gettext as _
from lantai.records.api import (
    NumberState,
    Record,
    Scheme,
    State,
    Volume,
    categories,
    retention_terms,
    volume_code,
)

from ..arrangement import ReferenceNote
from ..arrangement_models import ClassNote
from ..grid import NOTE
from ..ordering import class_of
from .boxes import BOX, Box, fill_boxes

Sheet = dict[str, Any]


def numbered(scheme: Scheme, year: int) -> QuerySet[Record]:
    """The records of a scheme and year that have a number, by their codes."""
    rows = Record.objects.filter(scheme=scheme, year=year).exclude(number_state=NumberState.NONE)
    rows = rows.exclude(state__in=(State.COMBINED, State.DESTROYED))
    return rows.select_related("fonds", "scheme", "volume").order_by("reference_code")


def by_class(rows: Iterable[Record]) -> dict[str, list[Record]]:
    """Records by their lowest class."""
    classes: dict[str, list[Record]] = {}
    for row in rows:
        classes.setdefault(class_of(row), []).append(row)
    return classes


def file_catalogue(scheme: Scheme, year: int, rows: Sequence[Record]) -> Sheet:
    """归档文件目录 of one lowest class."""
    return {
        **_head(_("归档文件目录"), scheme, year, rows),
        "rows": [{"no": place, **_row(row)} for place, row in enumerate(rows, 1)],
    }


def volume_catalogue(scheme: Scheme, year: int, volumes: Sequence[Volume]) -> Sheet:
    """案卷目录 of a scheme and year."""
    return {
        **_head(_("案卷目录"), scheme, year, []),
        "rows": [{"no": place, **_volume_row(volume)} for place, volume in enumerate(volumes, 1)],
    }


def item_catalogue(volume: Volume) -> Sheet:
    """卷内目录 of one volume, with the page each item begins on."""
    rows = list(volume.records.order_by("item_number", "reference_code"))
    facts = [(_("档号"), _code(volume)), (_("案卷题名"), volume.title)]
    return {**_head(_("卷内目录"), volume.scheme, volume.year, rows), "facts": facts, "rows": _paged(rows)}


def full_catalogue(scheme: Scheme, year: int, volumes: Sequence[Volume]) -> Sheet:
    """全引目录: every volume of a scheme and year with its items."""
    listed = [
        {
            **_volume_row(volume),
            "rows": _paged(list(volume.records.order_by("item_number", "reference_code"))),
        }
        for volume in volumes
    ]
    return {**_head(_("全引目录"), scheme, year, []), "volumes": listed}


def volume_cover(volume: Volume) -> Sheet:
    """案卷封面."""
    row, scheme = _volume_row(volume), volume.scheme
    return {
        "title": _("案卷封面"),
        "fonds": scheme.fonds.name,
        "category": categories().get(scheme.category, scheme.name),
        "name": volume.title,
        "facts": [
            (_("起止日期"), row["date"]),
            (_("保管期限"), row["retention"]),
            (_("件数"), str(row["count"])),
            (_("页数"), str(row["pages"])),
        ],
        "codes": [
            (_("全宗号"), scheme.fonds.code),
            (_("目录号"), scheme.catalogue_number),
            (_("年度"), str(volume.year or "")),
            (_("案卷号"), str(volume.number or "")),
        ],
    }


def box_cover(scheme: Scheme, year: int, rows: Sequence[Record], thickness: int) -> Sheet:
    """档案盒封面 of every box of a class."""
    boxes = [_box_facts(scheme, year, rows, box) for box in boxes_of(rows, thickness)]
    faces = [
        [(_("全宗号"), box["fonds"]), (_("年度"), box["year"]), (_("机构（问题）"), box["unit"]),
         (_("保管期限"), box["retention"]), (_("起止件号"), box["numbers"]), (_("盒号"), box["box"])]
        for box in boxes
    ]  # fmt: skip
    return {"title": _("档案盒封面"), "fonds": scheme.fonds.name, "boxes": faces}


def spine(scheme: Scheme, year: int, rows: Sequence[Record], thickness: int) -> Sheet:
    """盒脊 of every box of a class."""
    titles = {
        "fonds": _("全宗号"), "year": _("年度"), "retention": _("保管期限"), "unit": _("机构（问题）"),
        "numbers": _("起止件号"), "box": _("盒号"),
    }  # fmt: skip
    return {
        "title": _("盒脊"),
        "thickness": thickness,
        "fields": [{"key": key, "title": title} for key, title in titles.items()],
        "boxes": [_box_facts(scheme, year, rows, box) for box in boxes_of(rows, thickness)],
    }


def reference_note(note: ReferenceNote, said: ClassNote | None) -> Sheet:
    """备考表 of one lowest class; a draft until every gap is explained and somebody has checked it."""
    return {
        "title": _("备考表"),
        "class": note.class_code,
        "count": note.count,
        "pages": note.pages,
        "first": note.first,
        "last": note.last,
        "text": said.text if said else "",
        "gaps": [
            {"number": gap.number, "code": gap.reference_code, "reason": gap.reason or _("（没有说明）"), "day": _day(gap.when)}
            for gap in note.gaps
        ],
        "signed": [
            (_("整理人"), said.arranged_by_name if said else ""),
            (_("整理日期"), _day(said.arranged_on) if said else ""),
            (_("检查人"), said.checked_by_name if said else ""),
            (_("检查日期"), _day(said.checked_on) if said else ""),
        ],
        "draft": bool(note.unexplained) or said is None or said.checked_on is None,
    }  # fmt: skip


def boxes_of(rows: Sequence[Record], thickness: int) -> list[Box]:
    """The boxes of a class: as they were packed, and those that would follow."""
    items = ((row.item_number or 0, row.page_count, str(row.metadata.get(BOX, ""))) for row in rows)
    return fill_boxes(items, thickness)


def _head(title: str, scheme: Scheme, year: int | None, rows: Sequence[Record]) -> Sheet:
    facts = [(_("全宗"), f"{scheme.fonds.code} {scheme.fonds.name}"), (_("年度"), str(year or ""))]
    if rows:
        facts += [(_("保管期限"), _term(rows[0].retention)), (_("机构（问题）"), rows[0].unit_code or "—")]
    loose = any(row.number_state == NumberState.PROVISIONAL for row in rows)
    return {"title": title, "facts": facts, "draft": loose}


def _row(row: Record) -> Mapping[str, str]:
    return {
        "code": row.reference_code,
        "document_number": row.document_number,
        "responsible": row.responsible,
        "title": row.title,
        "date": _date(row),
        "classification": row.classification,
        "pages": str(row.page_count or ""),
        "note": str(row.metadata.get(NOTE, "")),
    }


def _paged(rows: Sequence[Record]) -> list[Mapping[str, str]]:
    """Rows with the page each begins on; the last one says where it ends as well."""
    paged: list[Mapping[str, str]] = []
    page = 1
    for place, row in enumerate(rows, 1):
        until = page + max(row.page_count, 1) - 1
        told = str(page) if place < len(rows) else f"{page}-{until}" if until > page else str(page)
        paged.append({**_row(row), "no": str(place), "page": told})
        page = until + 1
    return paged


def _volume_row(volume: Volume) -> Sheet:
    rows = list(volume.records.values_list("page_count", "date_start", "date_end"))
    first = min((start for _pages, start, _end in rows if start), default=volume.date_start)
    last = max((end for _pages, _start, end in rows if end), default=volume.date_end)
    return {
        "code": _code(volume),
        "title": volume.title,
        "date": volume.date_text or f"{_compact(first)}-{_compact(last)}".strip("-"),
        "count": len(rows),
        "pages": sum(pages for pages, _start, _end in rows),
        "retention": _term(volume.retention),
        "note": "",
    }


def _box_facts(scheme: Scheme, year: int, rows: Sequence[Record], box: Box) -> dict[str, str]:
    return {
        "fonds": scheme.fonds.code,
        "year": str(year),
        "retention": _term(rows[0].retention),
        "unit": rows[0].department.name if rows[0].department else rows[0].unit_code or scheme.name,
        "numbers": f"{box.first:0{scheme.number_width}d}\n{box.last:0{scheme.number_width}d}",
        "box": box.number,
    }


def _code(volume: Volume) -> str:
    return volume.reference_code or (volume_code(volume) if volume.number else "")


def _term(code: str) -> str:
    terms = retention_terms()
    return terms[code].name if code in terms else code


def _date(row: Record) -> str:
    """Eight digits where the day is known (DA/T 18), else as written."""
    return _compact(row.date_start) if row.date_start and row.date_start == row.date_end else row.date_text


def _compact(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""


def _day(moment: Any) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
