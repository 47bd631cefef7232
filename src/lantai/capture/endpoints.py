"""The capture API: an office system hands in packages and asks what became of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Status
from ninja.params.functions import Header, Query

from lantai.core.errors import Invalid
from lantai.core.numerals import read_count
from lantai.ui.api import keyset_page

from . import callbacks, intake, parties, selectors, services
from .channels.api_upload import FinishedUpload, finished_upload, settle
from .collecting.endpoints import router as collecting_router
from .completeness.endpoints import router as completeness_router
from .endpoints_callbacks import router as callback_router
from .endpoints_schemas import (
    ITEM_BODY,
    PACKAGE_BODY,
    FindingOut,
    ItemOut,
    ItemsOut,
    RefusalOut,
    SubmissionOut,
    SubmissionsOut,
)
from .endpoints_uploads import router as upload_router
from .models import Submission, Upload

router = Router(tags=["capture"])
router.add_router("", upload_router)
router.add_router("", callback_router)
router.add_router("", collecting_router)
router.add_router("", completeness_router)
ANSWERS = {
    200: SubmissionOut,
    202: SubmissionOut,
    401: RefusalOut,
    403: RefusalOut,
    404: RefusalOut,
    409: RefusalOut,
    422: RefusalOut,
    429: RefusalOut,
    503: RefusalOut,
}
RETRY_AFTER_S = 2
_KEY = Header(
    ..., min_length=1, max_length=200, description="由发送方产生，每个包一个。", example="oa-2024-000123"
)


@router.post(
    "/submissions",
    operation_id="capture.submit",
    summary="提交归档包",
    description=(
        "提交一个归档包：随表单上传（`package`），或写明断点续传已传完的标识（`upload`）。"
        "立即返回 202 和批次标识，检测与归档随后进行，用 `GET /submissions/{id}` 轮询结果，或登记回调。"
        "请求头 `Idempotency-Key` 标识这一次提交：网络中断后用同一标识重发同一个包，得到同一批次（200）；"
        "同一标识换了内容则拒绝（409）。"
    ),
    response=ANSWERS,
    openapi_extra=PACKAGE_BODY,
)
def submit(
    request: HttpRequest, response: HttpResponse, idempotency_key: str = _KEY
) -> Status[SubmissionOut]:
    """Takes a package in."""
    _check_length(request)
    given = _fields(request)
    agency, department = parties.sender(request, given.get("department", ""))
    upload = _upload(request, given)
    if upload is not None and upload.submission is not None:
        received = services.answer_again(upload.submission, idempotency_key)
    else:
        with FinishedUpload(upload) if upload else _package(request) as package:
            received = services.receive_package(
                file=package,
                agency=agency,
                channel=Submission.Channel.API,
                key=idempotency_key,
                actor=parties.actor(request),
                title=given.get("title", ""),
                department=department,
                previous=services.previous_submission(agency, given.get("previous", "")),
            )
    if upload is not None:
        settle(upload, received.submission.id)
    return _answer(request, received, response, given)


@router.post(
    "/items",
    operation_id="capture.submit_item",
    summary="提交一件",
    description="不便打包的系统用：一件的著录（JSON）和文件一次交来，平台代为组成归档包。其余与提交归档包相同。",
    response=ANSWERS,
    openapi_extra=ITEM_BODY,
)
def submit_item(
    request: HttpRequest, response: HttpResponse, idempotency_key: str = _KEY
) -> Status[SubmissionOut]:
    """Takes one record in."""
    _check_length(request)
    given = _fields(request)
    agency, department = parties.sender(request, given.get("department", ""))
    received = services.receive_item(
        metadata=_metadata(given.get("metadata", "")),
        files=request.FILES.getlist("files"),
        agency=agency,
        channel=Submission.Channel.API,
        key=idempotency_key,
        actor=parties.actor(request),
        department=department,
        previous=services.previous_submission(agency, given.get("previous", "")),
    )
    return _answer(request, received, response, given)


@router.get(
    "/submissions",
    operation_id="capture.submissions",
    summary="归档批次列表",
    description="本单位的批次，新的在前，每次最多 100 批；把应答中的 `next` 作为下一次请求的 `at`，直到它为空。",
    response={200: SubmissionsOut, 401: RefusalOut, 422: RefusalOut},
)
def submissions(
    request: HttpRequest,
    state: str = Query("", description="只要这种状态的，如 returned。"),
    key: str = Query("", description="只要这个提交标识（Idempotency-Key）的。"),
    at: str = Query("", description="上一页应答中的 next。"),  # noqa: ARG001 - keyset_page reads it
) -> SubmissionsOut:
    """The agency's submissions, by key."""
    rows = selectors.submissions_for(parties.actor(request))
    if state:
        rows = rows.filter(state=state)
    if key:
        rows = rows.filter(idempotency_key=key)
    page = keyset_page(rows, request, order=("-received_at", "-id"), size=100)
    shown = [_shown(row, returned=False) for row in page.items]
    return SubmissionsOut(submissions=shown, next=page.next)


@router.get(
    "/submissions/{submission_id}",
    operation_id="capture.submission",
    summary="查询一批",
    description=(
        "批次的状态、退回的件与改法；办结后附签章回执。处理中时应答头 `Retry-After` 是建议的轮询间隔（秒）；"
        "带 `If-None-Match` 而没有变化时返回 304。"
    ),
    response={200: SubmissionOut, 401: RefusalOut, 404: RefusalOut},
)
def submission(request: HttpRequest, response: HttpResponse, submission_id: UUID) -> SubmissionOut:
    """One submission."""
    found = selectors.submission_for(parties.actor(request), submission_id)
    if not found.is_finished:
        response["Retry-After"] = str(RETRY_AFTER_S)
    return _shown(found)


@router.get(
    "/submissions/{submission_id}/items",
    operation_id="capture.items",
    summary="一批中的各件",
    description="按目录次序，每次最多 500 件。",
    response={200: ItemsOut, 401: RefusalOut, 404: RefusalOut},
)
def items(request: HttpRequest, submission_id: UUID, after: int = 0) -> ItemsOut:
    """Every item of a submission, by key."""
    found = selectors.submission_for(parties.actor(request), submission_id)
    rows = list(found.items.filter(sequence__gt=after).order_by("sequence")[:501])
    more = rows[499].sequence if len(rows) > 500 else None
    return ItemsOut(items=[_item(row) for row in rows[:500]], next=more)


def _check_length(request: HttpRequest) -> None:
    intake.check_length(read_count(request.META.get("CONTENT_LENGTH") or "0", digits=18) or 0)


def _fields(request: HttpRequest) -> Mapping[str, str]:
    """The fields of a form, or of a JSON object where that is what came."""
    if request.content_type != "application/json":
        return {name: str(value) for name, value in request.POST.items()}
    return _metadata(request.body.decode("utf-8", "replace"), subject="")


def _upload(request: HttpRequest, given: Mapping[str, str]) -> Upload | None:
    text = given.get("upload", "")
    return finished_upload(parties.actor(request), text) if text else None


def _package(request: HttpRequest) -> UploadedFile[Any]:
    package = request.FILES.get("package")
    if package is None:
        raise Invalid(
            _("没有收到归档包。"),
            subject="package",
            remedy=_("请用表单字段 package 上传 ZIP 或 TAR，或用字段 upload 写明已传完的上传标识。"),
        )
    return package


def _answer(
    request: HttpRequest, received: services.Received, response: HttpResponse, given: Mapping[str, str]
) -> Status[SubmissionOut]:
    callbacks.expect(received.submission, parties.actor(request), given.get("callback", ""))
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
        idempotency_key=found.idempotency_key,
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


def _metadata(text: str, subject: str = "metadata") -> dict[str, str]:
    try:
        values = json.loads(text)
        json.dumps(values, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or not all(isinstance(v, (str, int)) for v in values.values()):
        raise Invalid(
            _("著录不是可读的 JSON 对象。") if subject else _("请求体不是可读的 JSON 对象。"),
            subject=subject,
            remedy=_('键写目录列名，值写文字，如 {"题名": "关于……的通知"}。') if subject else "",
        )
    return {str(name): str(value) for name, value in values.items()}
