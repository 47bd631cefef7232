"""The API of the collecting scope: what the archive asks of whom, and which specialised records there are."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.institutions.api import Organisation, actor_of

from . import coverage, selectors

router = Router(tags=["capture"])


class RosterClassOut(Schema):
    """A class a body hands over."""

    category: str = Field(description="门类代码。")
    specialised: str = Field(description="专业档案种类的键；空为整个门类。")
    name: str
    year_from: int | None = Field(description="起始年度；null 为历年。")
    year_to: int | None = Field(description="终止年度；null 为至今。")
    terms: list[str] = Field(description="接收的保管期限代码；空为按馆级规定。")
    standing: str = Field(description="come 已进馆、waiting 在单位、none 还没有。")
    with_agency: int = Field(description="平台上还在单位的件数。")
    at_archive: int = Field(description="已进馆的件数。")


class RosterUnitOut(Schema):
    """A body of the roster."""

    number: int
    name: str
    code: str
    on_platform: bool
    classes: list[RosterClassOut]


class CollectingOut(Schema):
    """The scope in force."""

    archive: str = Field(description="档案馆的机构代码。")
    name: str
    version: str
    approval_number: str
    effective_from: date
    units: list[RosterUnitOut]
    next: int | None = Field(description="还有更多时，作为下一次请求的 after。")


class SpecialisedOut(Schema):
    """A kind of specialised records."""

    key: str
    name: str
    field: str
    category: str
    confidence: str = Field(description="high 有专门规定、middle 通行名称、own 本平台归纳。")
    standing: str = Field(
        description="come 已进馆、waiting 单位已归、none 应收未收、unasked 有而未列入、absent 都没有。"
    )
    units: list[str]
    schemes: list[str]
    with_agency: int
    at_archive: int


class SpecialisedListOut(Schema):
    """All kinds for one archive."""

    archive: str
    classes: list[SpecialisedOut]


@router.get(
    "/collecting-scope",
    operation_id="capture.collecting",
    summary="查询现行收集范围与进馆名册",
    description="本单位（或所写档案馆）现行的收集范围；单位按序号列出，每次最多 200 个。没有批准的一版时为 404。",
    response=CollectingOut,
)
def collecting(request: HttpRequest, archive: str = "", after: int = 0) -> dict[str, Any]:
    """The scope in force, body by body."""
    found = _archive(request, archive)
    scope = selectors.scope_in_force(found.id)
    if scope is None:
        raise NotFound(_("这家档案馆还没有批准的收集范围。"), subject=found.name)
    units = list(scope.units.select_related("agency").filter(number__gt=after).order_by("number")[:201])
    lines = coverage.roster(scope, units[:200])
    return {
        "archive": found.code,
        "name": scope.name,
        "version": scope.version,
        "approval_number": scope.approval_number,
        "effective_from": scope.effective_from,
        "units": [_unit(line) for line in lines],
        "next": units[199].number if len(units) > 200 else None,
    }


@router.get(
    "/specialised-classes",
    operation_id="capture.specialised",
    summary="查询专业档案收集情况",
    description="专业档案目录的各种类：列入收集范围的单位、单位的分类方案、在单位与已进馆的件数。",
    response=SpecialisedListOut,
)
def specialised(request: HttpRequest, archive: str = "") -> dict[str, Any]:
    """Every kind, in the list's order."""
    found = _archive(request, archive)
    lines = coverage.specialised(found.id, selectors.scope_in_force(found.id))
    return {"archive": found.code, "classes": [_kind(line) for line in lines]}


def _archive(request: HttpRequest, code: str) -> Organisation:
    archives = selectors.archives_for(actor_of(request))
    found = next((row for row in archives if not code or row.code == code), None)
    if found is None:
        raise NotFound(_("这里没有您能看的档案馆。"), subject=code)
    return found


def _unit(line: coverage.UnitLine) -> dict[str, Any]:
    unit = line.unit
    return {
        "number": unit.number,
        "name": unit.name,
        "code": unit.code,
        "on_platform": unit.agency_id is not None,
        "classes": [
            {
                "category": each.asked.category,
                "specialised": each.asked.specialised,
                "name": each.name,
                "year_from": each.asked.year_from,
                "year_to": each.asked.year_to,
                "terms": each.asked.terms,
                "standing": each.standing,
                "with_agency": each.figures.waiting,
                "at_archive": each.figures.come,
            }
            for each in line.classes
        ],
    }


def _kind(line: coverage.SpecialisedLine) -> dict[str, Any]:
    return {
        "key": line.found.key,
        "name": line.found.name,
        "field": line.found.field,
        "category": line.found.category,
        "confidence": line.found.confidence,
        "standing": line.standing,
        "units": [unit.name for unit in line.units],
        "schemes": [f"{scheme.fonds.code} {scheme.name}" for scheme in line.schemes],
        "with_agency": line.figures.waiting,
        "at_archive": line.figures.come,
    }
