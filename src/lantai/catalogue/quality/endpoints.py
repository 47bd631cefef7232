"""HTTP API of quality."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.institutions.api import actor_of
from lantai.ui.api import keyset_page

from . import selectors
from .rules import rules

router = Router(tags=["catalogue"])


class RuleOut(Schema):
    """A rule of quality."""

    key: str
    name: str
    kind: str
    weight: int
    remedy: str


class QualityOut(Schema):
    """How the records of one fonds, year or agency fare; ``score`` of a hundred."""

    key: str
    label: str
    records: int
    failing: int
    score: float
    by_rule: dict[str, int]


class FailureOut(Schema):
    """A record that fails a rule."""

    record: UUID
    reference_code: str
    title: str
    detail: str


class FailurePage(Schema):
    """One page; ``next`` is given back as ``at`` for the following one."""

    items: list[FailureOut]
    next: str | None


@router.get(
    "catalogue/quality/rules",
    response=list[RuleOut],
    operation_id="catalogue.quality_rules",
    summary="质量规则",
)
def list_rules(request: HttpRequest) -> list[Any]:  # noqa: ARG001
    """The rules in force."""
    return list(rules().values())


@router.get(
    "catalogue/quality", response=list[QualityOut], operation_id="catalogue.quality", summary="目录质量"
)
def get_quality(
    request: HttpRequest, by: Literal["fonds", "year", "agency"] = "fonds", fonds: UUID | None = None
) -> list[dict[str, Any]]:
    """Scores by fonds, year or agency of the fonds the caller may see, or of one."""
    seen = selectors.fonds_seen_by(actor_of(request))
    ids = list((seen.filter(id=fonds) if fonds else seen).values_list("id", flat=True))
    return [selectors.line_as_json(line) for line in selectors.quality_of(by, fonds_ids=ids)]


@router.get(
    "catalogue/quality/{fonds_id}/{rule}", response=FailurePage, operation_id="catalogue.quality_failures",
    summary="不合规则的档案",
)  # fmt: skip
def list_failures(request: HttpRequest, fonds_id: UUID, rule: str, at: str = "") -> dict[str, Any]:  # noqa: ARG001
    """The records of a fonds that fail a rule, fifty a page."""
    if rule not in rules():
        raise NotFound(_("没有这条质量规则。"), subject=rule)
    rows = selectors.failures_of(fonds_id, rule, actor_of(request))
    page = keyset_page(rows, request, ("record_id", "id"))
    items = [
        {
            "record": row.record_id, "reference_code": row.record.reference_code, "title": row.record.title,
            "detail": row.detail,
        }
        for row in page.items
    ]  # fmt: skip
    return {"items": items, "next": page.next}
