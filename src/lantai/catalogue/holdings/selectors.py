"""Holdings at a glance: sums of cells by any dimension, never of records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from lantai.core.actors import Actor
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.records.api import Fonds, OpeningMark, State, categories, retention_term

from ..fonds.scope import fonds_for
from ..quality.models import QualityScore
from .models import HoldingsCell, HoldingsCount, HoldingsFormat, HoldingsUse

DIMENSIONS = {
    "archive": gettext_noop("档案馆"),
    "fonds": gettext_noop("全宗"),
    "category": gettext_noop("门类"),
    "decade": gettext_noop("年代"),
    "state": gettext_noop("状态"),
    "medium": gettext_noop("载体"),
    "retention": gettext_noop("保管期限"),
    "opening_mark": gettext_noop("开放标识"),
    "format": gettext_noop("文件格式"),
    "use": gettext_noop("利用"),
}
MEDIA = {
    "born": gettext_noop("电子文件"),
    "scanned": gettext_noop("数字化副本"),
    "entry": gettext_noop("仅有目录"),
}
ACTS = {
    "record.entry": gettext_noop("看目录"),
    "record.original": gettext_noop("看原文"),
    "record.print": gettext_noop("打印"),
    "record.download": gettext_noop("下载"),
}
MEASURES = ("records", "pages", "files", "size_bytes")
LISTED = 200
"""Rows of one dimension that a page shows; exports have all."""


@dataclass(frozen=True, slots=True)
class Line:
    """One value of a dimension, and what there is of it."""

    key: str
    label: str
    records: int = 0
    pages: int = 0
    files: int = 0
    size_bytes: int = 0
    quality: float | None = None
    """Mean score of 100, of fonds alone and where it was taken."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything at a glance; ``counted`` tells how old it is."""

    counted: HoldingsCount | None
    total: Line
    by: dict[str, list[Line]]


def holdings_for(actor: Actor, fonds_id: UUID | None = None) -> Holdings:
    """What there is in the fonds one has to do with, or in one of them."""
    fonds = fonds_for(actor)
    if fonds_id is not None:
        fonds = fonds.filter(id=fonds_id)
    cells = HoldingsCell.objects.filter(fonds__in=fonds.order_by())
    sums = cells.aggregate(**{name: Sum(name) for name in MEASURES})
    total = Line("", _("合计"), **{name: sums[name] or 0 for name in MEASURES})
    by = {name: _lines(cells, name) for name in DIMENSIONS if name not in ("format", "use")}
    by["fonds"] = _with_quality(by["fonds"], fonds)
    by["format"] = _formats(fonds)
    by["use"] = _use(fonds)
    return Holdings(HoldingsCount.objects.filter(id=1).first(), total, by)


def decades(holdings: Holdings) -> list[tuple[str, int]]:
    """Records by decade, the empty ones between included."""
    found = {int(line.key): line.records for line in holdings.by["decade"] if int(line.key)}
    if not found:
        return []
    return [(f"{year}", found.get(year, 0)) for year in range(min(found), max(found) + 1, 10)]


def _lines(cells: QuerySet[HoldingsCell], name: str) -> list[Line]:
    rows = list(cells.order_by().values(name).annotate(**{f"n_{m}": Sum(m) for m in MEASURES}))
    labels = _labels(name, (row[name] for row in rows))
    lines = [
        Line(str(row[name]), labels[row[name]], **{m: row[f"n_{m}"] or 0 for m in MEASURES}) for row in rows
    ]
    if name == "decade":
        return sorted(lines, key=lambda line: int(line.key))
    return sorted(lines, key=lambda line: (-line.records, line.label))


def _labels(name: str, values: Iterable[Any]) -> dict[Any, str]:
    wanted = list(values)
    if name == "fonds":
        return {row.id: f"{row.code} {row.name}" for row in Fonds.objects.filter(id__in=wanted)}
    if name == "archive":
        rows = Fonds.objects.filter(archive__in=wanted).values_list("archive_id", "archive__name")
        return dict(rows)
    tables: dict[str, dict[str, str]] = {
        "category": {key: f"{key} {title}" for key, title in categories().items()},
        "state": {key: str(label) for key, label in State.choices},
        "opening_mark": {key: str(label) for key, label in OpeningMark.choices},
        "medium": {key: _(label) for key, label in MEDIA.items()},
    }
    return {value: _label(name, value, tables.get(name, {})) for value in wanted}


def _label(name: str, value: Any, table: dict[str, str]) -> str:
    if name == "decade":
        return _("%(year)s 年代") % {"year": value} if value else _("年代不详")
    if name == "retention":
        return retention_term(value).name if value else _("未定")
    return table.get(value, str(value) or _("未分类"))


def _with_quality(lines: list[Line], fonds: QuerySet[Fonds]) -> list[Line]:
    rows = QualityScore.objects.filter(fonds__in=fonds.order_by()).order_by().values("fonds")
    scores = {
        str(row["fonds"]): row["points"] / row["n"]
        for row in rows.annotate(points=Sum("points"), n=Sum("records"))
        if row["n"]
    }
    return [
        Line(
            line.key, line.label, line.records, line.pages, line.files, line.size_bytes, scores.get(line.key)
        )
        for line in lines
    ]


def _formats(fonds: QuerySet[Fonds]) -> list[Line]:
    rows = HoldingsFormat.objects.filter(fonds__in=fonds.order_by()).order_by().values("puid", "format_name")
    found = rows.annotate(n=Sum("files"), size=Sum("size_bytes")).order_by("-n", "puid")
    return [
        Line(
            row["puid"],
            row["format_name"] or row["puid"] or _("未识别"),
            files=row["n"],
            size_bytes=row["size"],
        )
        for row in found
    ]


def _use(fonds: QuerySet[Fonds]) -> list[Line]:
    rows = HoldingsUse.objects.filter(Q(fonds__in=fonds.order_by())).order_by().values("act")
    found = {row["act"]: row["n"] for row in rows.annotate(n=Sum("times"))}
    return [Line(act, _(label), records=found.get(act, 0)) for act, label in ACTS.items()]
