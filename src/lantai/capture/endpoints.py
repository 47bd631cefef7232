"""The capture API: an office system hands in packages and asks what became of them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status
from ninja.params.functions import Header

from lantai.core.actors import Actor
from lantai.core.errors import Forbidden, Invalid
from lantai.institutions.api import Department, Organisation

from . import intake, selectors, services
from .models import Submission

router = Router(tags=["capture"])


class FindingOut(Schema):
    """One finding of the inspection."""

    code: str = Field(description="检测项编号，如 GD-1-1（DA/T 70-2018）。")
    key: str = Field(description="检测项的稳定标识，供程序判断。")
    subject: str = Field(description="哪个文件或哪一项。")
    outcome: str = Field(description="fail 不通过，warn 提示，awaiting 待人工确认。")
    expected: str
    observed: str
    remedy: str = Field(description="怎么改，用文书的话写成。")


class ItemOut(Schema):
    """One item of the package."""

    sequence: int = Field(description="在目录中的序号，从 1 起。")
    title: str
    state: str = Field(description="accepted 已归档，returned 已退回。")
    record: UUID | None = Field(None, description="归档后的档案标识。")
    findings: list[FindingOut]


class SubmissionOut(Schema):
    """A submission and what became of it."""

    id: UUID
    title: str
    state: str = Field(
        description="received、processing、accepted、partly_accepted、returned、failed；后四种之前请继续轮询。"
    )
    finished: bool
    received_at: datetime
    finished_at: datetime | None
    sha256: str = Field(description="收到的包的 SHA-256，可与发送方核对。")
    sm3: str
    counts: dict[str, Any]
    previous: UUID | None
    report: UUID | None
    verdict: str = Field(description="检测结论：pass、fail、awaiting；未检测时为空。")
    receipt: dict[str, Any] | None = Field(description="办结后的签章回执：facts 与 seal。")
    returned: list[ItemOut] = Field(description="退回的件及原因，最多 1000 件；其余见 /items。")


class ItemsOut(Schema):
    """Items of a submission, in order."""

    items: list[ItemOut]
    next: int | None = Field(description="还有更多时，作为下一次请求的 after。")


class SubmissionsOut(Schema):
    """Submissions, newest first."""

    submissions: list[SubmissionOut]


class ProblemOut(Schema):
    """Why a call was refused."""

    message: str
    subject: str
    remedy: str


_PACKAGE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["package"],
                    "properties": {
                        "package": {
                            "type": "string",
                            "format": "binary",
                            "description": "归档包：ZIP 或 TAR，内有“目录.xlsx”或“目录.csv”和各件的文件。",
                        },
                        "title": {"type": "string", "description": "批次名称；不填时用文件名。"},
                        "department": {"type": "string", "description": "部门代码，可不填。"},
                        "previous": {"type": "string", "format": "uuid", "description": "所接续的退回批次。"},
                    },
                }
            }
        },
    }
}
_ITEM_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["metadata", "files"],
                    "properties": {
                        "metadata": {
                            "type": "string",
                            "description": '一件的著录，JSON 对象，键为目录列名，如 {"题名": "…", "责任者": "…"}。',
                        },
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "文件，按次序；第一个是正文。",
                        },
                        "department": {"type": "string"},
                        "previous": {"type": "string", "format": "uuid"},
                    },
                }
            }
        },
    }
}
_ANSWERS = {200: SubmissionOut, 202: SubmissionOut, 409: ProblemOut, 422: ProblemOut, 503: ProblemOut}


@router.post(
    "/submissions",
    operation_id="capture.submit",
    summary="提交归档包",
    description=(
        "提交一个归档包。立即返回 202 和批次标识，检测与归档随后进行，用 `GET /submissions/{id}` 轮询结果。"
        "请求头 `Idempotency-Key` 标识这一次提交：网络中断后用同一标识重发同一个包，得到同一批次（200）；"
        "同一标识换了内容则拒绝（409）。"
    ),
    response=_ANSWERS,
    openapi_extra=_PACKAGE_BODY,
)
def submit(
    request: HttpRequest,
    response: HttpResponse,
    idempotency_key: str = Header(
        ..., min_length=1, max_length=200, description="由发送方产生，每个包一个。"
    ),
) -> Status[SubmissionOut]:
    """Takes a package in."""
    intake.check_length(int(request.META.get("CONTENT_LENGTH") or 0))
    package = request.FILES.get("package")
    if package is None:
        raise Invalid(
            _("没有收到归档包。"), subject="package", remedy=_("请用表单字段 package 上传 ZIP 或 TAR。")
        )
    agency, department = _whose(request)
    received = services.receive_package(
        file=package,
        agency=agency,
        channel=Submission.Channel.API,
        key=idempotency_key,
        actor=_actor(request),
        title=request.POST.get("title", ""),
        department=department,
        previous=services.previous_submission(agency, request.POST.get("previous", "")),
    )
    return _answer(request, received, response)


@router.post(
    "/items",
    operation_id="capture.submit_item",
    summary="提交一件",
    description="不便打包的系统用：一件的著录（JSON）和文件一次交来，平台代为组成归档包。其余与提交归档包相同。",
    response=_ANSWERS,
    openapi_extra=_ITEM_BODY,
)
def submit_item(
    request: HttpRequest,
    response: HttpResponse,
    idempotency_key: str = Header(..., min_length=1, max_length=200),
) -> Status[SubmissionOut]:
    """Takes one record in."""
    intake.check_length(int(request.META.get("CONTENT_LENGTH") or 0))
    agency, department = _whose(request)
    received = services.receive_item(
        metadata=_metadata(request.POST.get("metadata", "")),
        files=request.FILES.getlist("files"),
        agency=agency,
        channel=Submission.Channel.API,
        key=idempotency_key,
        actor=_actor(request),
        department=department,
        previous=services.previous_submission(agency, request.POST.get("previous", "")),
    )
    return _answer(request, received, response)


@router.get(
    "/submissions",
    operation_id="capture.submissions",
    summary="归档批次列表",
    description="本单位最近的批次，新的在前，最多 100 批；`before` 给出上一页最后一批的收到时间可继续向前。",
    response=SubmissionsOut,
)
def submissions(request: HttpRequest, before: datetime | None = None, state: str = "") -> SubmissionsOut:
    """The agency's submissions."""
    rows = selectors.submissions_for(_actor(request)).order_by("-received_at", "-id")
    if before is not None:
        rows = rows.filter(received_at__lt=before)
    if state:
        rows = rows.filter(state=state)
    return SubmissionsOut(submissions=[_shown(row, returned=False) for row in rows[:100]])


@router.get(
    "/submissions/{submission_id}",
    operation_id="capture.submission",
    summary="查询一批",
    description="批次的状态、退回的件与改法；办结后附签章回执。",
    response={200: SubmissionOut, 404: ProblemOut},
)
def submission(request: HttpRequest, submission_id: UUID) -> SubmissionOut:
    """One submission."""
    return _shown(selectors.submission_for(_actor(request), submission_id))


@router.get(
    "/submissions/{submission_id}/items",
    operation_id="capture.items",
    summary="一批中的各件",
    description="按目录次序，每次最多 500 件。",
    response={200: ItemsOut, 404: ProblemOut},
)
def items(request: HttpRequest, submission_id: UUID, after: int = 0) -> ItemsOut:
    """Every item of a submission, by key."""
    found = selectors.submission_for(_actor(request), submission_id)
    rows = list(found.items.filter(sequence__gt=after).order_by("sequence")[:501])
    more = rows[499].sequence if len(rows) > 500 else None
    return ItemsOut(items=[_item(row) for row in rows[:500]], next=more)


def _answer(
    request: HttpRequest, received: services.Received, response: HttpResponse
) -> Status[SubmissionOut]:
    base = request.path.rsplit("/", 1)[0]
    response["Location"] = f"{base}/submissions/{received.submission.id}"
    return Status(202 if received.created else 200, _shown(received.submission))


def _shown(found: Submission, *, returned: bool = True) -> SubmissionOut:
    rows = selectors.returned_items(found)[:1000] if returned and found.is_finished else []
    return SubmissionOut(
        id=found.id,
        title=found.title,
        state=found.state,
        finished=found.is_finished,
        received_at=found.received_at,
        finished_at=found.finished_at,
        sha256=found.sha256,
        sm3=found.sm3,
        counts=found.counts,
        previous=found.previous_id,
        report=found.report_id,
        verdict=found.report.verdict if found.report else "",
        receipt=found.receipt,
        returned=[_item(row) for row in rows],
    )


def _item(row: Any) -> ItemOut:
    return ItemOut(
        sequence=row.sequence,
        title=row.title,
        state=row.state,
        record=row.record_id,
        findings=[FindingOut(**finding) for finding in row.findings],
    )


def _metadata(text: str) -> dict[str, str]:
    try:
        values = json.loads(text)
        json.dumps(values, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or not all(isinstance(v, (str, int)) for v in values.values()):
        raise Invalid(
            _("著录不是可读的 JSON 对象。"),
            subject="metadata",
            remedy=_('键写目录列名，值写文字，如 {"题名": "关于……的通知"}。'),
        )
    return {str(name): str(value) for name, value in values.items()}


def _whose(request: HttpRequest) -> tuple[Organisation, Department | None]:
    own = _actor(request).organisation_id
    agency = Organisation.objects.filter(id=own).first() if own else None
    if agency is None:
        raise Forbidden(_("这个账号或密钥不属于任何立档单位。"))
    code = request.POST.get("department", "").strip()
    if not code:
        return agency, None
    department = Department.objects.filter(organisation=agency, code=code).first()
    if department is None:
        raise Invalid(_("本单位没有这个部门。"), subject=code, remedy=_("请填写部门代码，或不填。"))
    return agency, department


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
