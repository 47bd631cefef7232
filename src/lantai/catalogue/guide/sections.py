"""The sections of the guide, and what the data propose for them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from lantai.core.language import gettext as _
from lantai.institutions.api import Organisation
from lantai.records.api import ClassCount, Fonds, OpeningMark, Scheme, Volume, categories

from ..holdings.models import HoldingsCell


@dataclass(frozen=True, slots=True)
class Section:
    """One section: of the archive or of a fonds; ``isad`` is its element in ISAD(G)."""

    key: str
    of: str
    name: str
    hint: str
    isad: str = ""


@cache
def _declared() -> tuple[Section, ...]:
    text = files("lantai.catalogue").joinpath("data/guide.toml").read_text("utf-8")
    return tuple(Section(**row) for row in tomllib.loads(text)["section"])


def sections_of(fonds: Fonds | None) -> list[Section]:
    """The sections of a fonds, or of the archive where there is none."""
    return [section for section in _declared() if section.of == ("fonds" if fonds else "archive")]


def propose_sections(archive: Organisation, fonds: Fonds | None) -> dict[str, str]:
    """What the data say already, for a person to go on from; sections they say nothing of are empty."""
    proposed = _of_fonds(fonds) if fonds else _of_archive(archive)
    return {section.key: proposed.get(section.key, "") for section in sections_of(fonds)}


def _of_archive(archive: Organisation) -> dict[str, str]:
    rows = Fonds.objects.filter(archive=archive)
    counted = ClassCount.objects.filter(fonds__archive=archive).exclude(year=0)
    total = ClassCount.objects.filter(fonds__archive=archive).aggregate(n=Sum("records"))["n"] or 0
    span = counted.filter(records__gt=0).aggregate(first=Min("year"), last=Max("year"))
    holdings = _("馆藏 %(fonds)s 个全宗，%(records)s 件档案目录。") % {
        "fonds": rows.count(),
        "records": total,
    }
    if span["first"]:
        holdings += _("年代起于 %(first)s 年，止于 %(last)s 年。") % span
    return {"holdings": holdings}


def _of_fonds(fonds: Fonds) -> dict[str, str]:
    counted = ClassCount.objects.filter(fonds=fonds, records__gt=0)
    by_class = list(
        counted.values("scheme__name", "scheme__category")
        .annotate(n=Sum("records"), first=Min("year", filter=Q(year__gt=0)), last=Max("year"))
        .order_by("scheme__category", "scheme__name")
    )
    total = sum(row["n"] for row in by_class)
    volumes = Volume.objects.filter(fonds=fonds).count()
    firsts = [row["first"] for row in by_class if row["first"]]
    told = {
        "creator": fonds.history or _("%(name)s是本全宗的立档单位。") % {"name": fonds.creator.name},
        "extent": _("共 %(volumes)s 卷、%(records)s 件。") % {"volumes": volumes, "records": total},
        "scope": "\n".join(_line(row) for row in by_class),
        "arrangement": "\n".join(_scheme_line(scheme) for scheme in _schemes_used(fonds)),
        "access": _access(fonds),
        "aids": _(
            "案卷目录 %(volumes)s 条，文件目录 %(records)s 条，均可按题名、责任者、文号、日期和档号检索。"
        )
        % {"volumes": volumes, "records": total},
    }
    if firsts:
        told["extent"] += _("起止年代 %(first)s—%(last)s 年。") % {
            "first": min(firsts), "last": max(row["last"] for row in by_class),
        }  # fmt: skip
    return told


def _line(row: Mapping[str, Any]) -> str:
    name = row["scheme__name"] or categories().get(str(row["scheme__category"] or ""), "") or _("未分类")
    span = str(row["first"]) if row["first"] == row["last"] else f"{row['first']}—{row['last']}"
    years = _("，%(span)s 年") % {"span": span} if row["first"] else ""
    return _("%(name)s：%(n)s 件%(years)s。") % {"name": name, "n": row["n"], "years": years}


def _schemes_used(fonds: Fonds) -> QuerySet[Scheme]:
    """Those that anything is arranged by, in the order of their time."""
    return fonds.schemes.filter(counts__records__gt=0).distinct().order_by("year_from", "name")


def _scheme_line(scheme: Scheme) -> str:
    told = {"name": scheme.name, "first": scheme.year_from, "last": scheme.year_to,
            "how": scheme.get_arrangement_display()}  # fmt: skip
    if scheme.year_to is None:
        return _("%(name)s，%(first)s年以来，%(how)s整理。") % told
    return _("%(name)s，%(first)s—%(last)s年，%(how)s整理。") % told


def _access(fonds: Fonds) -> str:
    cells = HoldingsCell.objects.filter(fonds=fonds).values("opening_mark").annotate(n=Sum("records"))
    found = {row["opening_mark"]: row["n"] for row in cells}
    if not found:
        found = dict(fonds.records.order_by().values_list("opening_mark").annotate(n=Count("id")))
    told = [
        _("%(label)s %(n)s 件") % {"label": label, "n": found[mark]}
        for mark, label in OpeningMark.choices
        if found.get(mark)
    ]
    return _("%(told)s。未开放的档案按规定办理审批后利用。") % {"told": "，".join(told)} if told else ""
