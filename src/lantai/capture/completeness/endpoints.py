"""The completeness API: an office system tells what it closed and asks what is still missing."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema

from lantai.core.errors import Forbidden
from lantai.core.language import gettext as _
from lantai.institutions.api import Organisation, actor_of

from . import selectors
from .models import ClosedMatter, Expectation
from .register import MatterDraft, register_matters

router = Router(tags=["capture"])


class MatterIn(Schema):
    """One closed matter."""

    number: str = Field(max_length=100, description="办件号或发文字号；同号再报为更正。")
    title: str = Field(max_length=500)
    closed_on: date = Field(description="办结日期。")
    department: str = Field("", description="承办部门的代码或名称，可不填。")
    category: str = Field("", max_length=8, description="门类，可不填。")
    documents: list[str] = Field([], max_length=500, description="应归文件的名称；不填时至少应有一份。")
    classification: str = Field("", description="密级；涉密事项不得登记。")


class MattersIn(Schema):
    """A piece of the register."""

    matters: list[MatterIn] = Field(min_length=1, max_length=1000)


class RegisteredOut(Schema):
    """What the register brought."""

    created: int
    changed: int
    unchanged: int
    owed: int = Field(description="登记以后，本单位尚未归档、也没有说明的项数。")


class ExpectationOut(Schema):
    """One thing that is expected."""

    id: UUID
    ground: str = Field(
        description="matter 办结未归、gap 断号、pattern 少于去年同期、scope 归档范围、roster 收集范围、quiet 久未归档。"
    )
    number: str
    title: str
    due_on: date
    expected: int
    came: int
    state: str = Field(description="open 未到期、overdue 逾期、explained 已说明、met 已归。")
    decision: str = Field(description="档案馆对说明的意见：accepted、refused，空为待审。")


class ExpectationsOut(Schema):
    """Expectations, the oldest due first."""

    expectations: list[ExpectationOut]
    next: UUID | None = Field(None, description="还有更多时，作为下一次请求的 after。")


@router.post(
    "/closed-matters",
    operation_id="capture.register_matters",
    summary="报送办结登记",
    description=(
        "业务系统每办结一批就报一次，一次最多 1000 项；重复报送不重复登记，同号内容不同为更正。"
        "平台据此核对该归的是否都已归档。"
    ),
    response=RegisteredOut,
)
def register(request: HttpRequest, body: MattersIn) -> dict[str, Any]:
    """Takes a piece of the register in."""
    agency = _agency(request)
    drafts = [
        MatterDraft(**{**matter.dict(), "documents": tuple(matter.documents)}) for matter in body.matters
    ]
    found = register_matters(
        agency=agency, matters=drafts, source=ClosedMatter.Source.API, actor=actor_of(request)
    )
    owed = selectors.owed_by(actor_of(request)).count()
    return {"created": found.created, "changed": found.changed, "unchanged": found.unchanged, "owed": owed}


@router.get(
    "/expectations",
    operation_id="capture.expectations",
    summary="查询应归未归",
    description="本单位应归的各项；`state` 可多给，缺省为 overdue 和 open。每次最多 500 项，最早到期的在前。",
    response=ExpectationsOut,
)
def expectations(
    request: HttpRequest, state: str = "overdue,open", after: UUID | None = None
) -> dict[str, Any]:
    """What is expected, by key."""
    _agency(request)
    rows = (
        selectors.own_expectations(actor_of(request))
        .filter(state__in=state.split(","))
        .order_by("due_on", "id")
    )
    last = Expectation.objects.filter(id=after).first() if after else None
    if last:
        rows = rows.filter(due_on__gte=last.due_on).exclude(due_on=last.due_on, id__lte=last.id)
    found = list(rows[:501])
    return {"expectations": found[:500], "next": found[499].id if len(found) > 500 else None}


def _agency(request: HttpRequest) -> Organisation:
    agency = Organisation.objects.filter(id=actor_of(request).organisation_id or UUID(int=0)).first()
    if agency is None:
        raise Forbidden(_("这个账号或密钥不属于任何立档单位。"))
    return agency
