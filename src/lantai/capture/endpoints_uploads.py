"""Resumable upload: tus 1.0.0 with creation, creation-with-upload, checksum, expiration, termination."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from ninja import Router, Schema

from lantai.core import settings as configuration
from lantai.core.errors import LantaiError
from lantai.core.numerals import read_count

from . import parties
from .channel_models import Upload
from .channels import api_upload as uploads
from .errors import LengthRequired, Malformed, WrongType, WrongVersion

router = Router(tags=["uploads"])
VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
PIECE = "application/offset+octet-stream"
Endpoint = Callable[..., HttpResponse]


class UploadProblem(Schema):
    """Why a call was refused."""

    message: str
    subject: str
    remedy: str


_PROBLEMS = {404: UploadProblem, 410: UploadProblem, 412: UploadProblem}
_HEADER = {"in": "header", "schema": {"type": "string"}}
_TUS = {"name": "Tus-Resumable", "required": True, **_HEADER, "example": VERSION}
_OFFSET = {"name": "Upload-Offset", "required": True, "in": "header", "schema": {"type": "integer"}}
_SUM = {
    "name": "Upload-Checksum",
    **_HEADER,
    "description": "这一段的摘要：算法（sha1、sha256、sha512、sm3）、空格、Base64；不符则整段不收（460）。",
    "example": "sha256 n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
}
_BODY = {"content": {PIECE: {"schema": {"type": "string", "format": "binary"}}}}


def _tus(endpoint: Endpoint) -> Endpoint:
    """Holds calls to our version of tus, and has every answer name it."""

    @wraps(endpoint)
    def answer(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        try:
            if request.headers.get("Tus-Resumable") != VERSION:
                raise WrongVersion(
                    _("断点续传协议的版本不对。"),
                    subject="Tus-Resumable",
                    remedy=_("请在请求头写 Tus-Resumable: 1.0.0。"),
                )
            response = endpoint(request, *given, **named)
        except LantaiError as error:
            body = {"message": error.message, "subject": error.subject, "remedy": error.remedy}
            response = JsonResponse(body, status=error.http_status, json_dumps_params={"ensure_ascii": False})
            if isinstance(error, WrongVersion):
                response["Tus-Version"] = VERSION
        response["Tus-Resumable"] = VERSION
        response["Cache-Control"] = "no-store"
        return response

    return answer


@router.api_operation(
    ["OPTIONS"],
    "/uploads",
    operation_id="capture.upload_options",
    summary="断点续传的能力",
    description="协议版本、扩展、一次上传的上限与摘要算法，都在应答头里（tus 1.0.0）。",
    response={204: None},
)
def options(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - ninja names arguments
    """What this server can do."""
    response = HttpResponse(status=204)
    response["Tus-Resumable"] = response["Tus-Version"] = VERSION
    response["Tus-Extension"] = EXTENSIONS
    response["Tus-Max-Size"] = str(configuration.MAX_UPLOAD_BYTES.read())
    response["Tus-Checksum-Algorithm"] = ",".join(uploads.CHECKSUMS)
    return response


@router.post(
    "/uploads",
    operation_id="capture.create_upload",
    summary="开始上传",
    description=(
        "按 tus 1.0.0 开始一次可以中断、续传的上传。应答头 `Location` 是续传地址，最后一段即上传标识；"
        "传完后在 `POST /submissions` 里用 `upload` 交来归档。请求体可以带上第一段（creation-with-upload）。"
    ),
    response={201: None, 400: UploadProblem, 412: UploadProblem, 413: UploadProblem, 503: UploadProblem},
    openapi_extra={
        "parameters": [
            _TUS,
            {"name": "Upload-Length", "in": "header", "required": True, "schema": {"type": "integer"},
             "description": "全长，字节。", "example": 1048576},
            {"name": "Upload-Metadata", **_HEADER, "description": "键与 Base64 值，逗号分隔；认得 filename、filetype。",
             "example": "filename 5YWt5pyI5YWs5paHLnppcA=="},
            _SUM,
        ],
        "requestBody": {"required": False, **_BODY},
    },
)  # fmt: skip
@_tus
def create(request: HttpRequest) -> HttpResponse:
    """Begins an upload."""
    agency, _department = parties.sender(request)
    if "Upload-Defer-Length" in request.headers:
        raise Malformed(_("开始上传时须给出全长。"), subject="Upload-Defer-Length")
    first = request.content_type == PIECE
    if first:
        _announced(request)
    upload = uploads.create_upload(
        agency=agency,
        length_bytes=_number(request, "Upload-Length"),
        metadata=_metadata(request.headers.get("Upload-Metadata", "")),
        actor=parties.actor(request),
    )
    offset = 0
    if first:
        offset = uploads.append_piece(upload=upload, offset=0, source=request, checksum=_checksum(request))
    response = _standing(upload, offset, status=201)
    response["Location"] = request.build_absolute_uri(f"{request.path}/{upload.id}")
    return response


@router.api_operation(
    ["HEAD"],
    "/uploads/{upload_id}",
    operation_id="capture.upload",
    summary="查询上传到哪里",
    description="应答头 `Upload-Offset` 是已经收妥的字节数，从那里接着传。",
    response={200: None, **_PROBLEMS},
    openapi_extra={"parameters": [_TUS]},
)
@_tus
def standing(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """How far an upload has come."""
    upload = uploads.upload_for(parties.actor(request), upload_id)
    response = _standing(upload, uploads.offset_of(upload), status=200)
    response["Upload-Length"] = str(upload.length_bytes)
    if upload.metadata:
        pairs = ((name, base64.b64encode(text.encode()).decode()) for name, text in upload.metadata.items())
        response["Upload-Metadata"] = ",".join(f"{name} {text}".strip() for name, text in pairs)
    return response


@router.patch(
    "/uploads/{upload_id}",
    operation_id="capture.append",
    summary="接着上传",
    description="从 `Upload-Offset` 起追加一段。中断时已到的部分保留；位置不对返回 409，摘要不符返回 460。",
    response={204: None, 409: UploadProblem, 413: UploadProblem, 415: UploadProblem, **_PROBLEMS},
    openapi_extra={"parameters": [_TUS, _OFFSET, _SUM], "requestBody": {"required": True, **_BODY}},
)
@_tus
def append(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Goes on with an upload."""
    if request.content_type != PIECE:
        raise WrongType(_("内容类型不对。"), subject="Content-Type", remedy=f"Content-Type: {PIECE}")
    _announced(request)
    upload = uploads.upload_for(parties.actor(request), upload_id)
    offset = uploads.append_piece(
        upload=upload,
        offset=_number(request, "Upload-Offset"),
        source=request,
        checksum=_checksum(request),
    )
    upload.refresh_from_db()
    return _standing(upload, offset, status=204)


@router.delete(
    "/uploads/{upload_id}",
    operation_id="capture.terminate_upload",
    summary="放弃上传",
    description="清除已经收到的部分。",
    response={204: None, 409: UploadProblem, **_PROBLEMS},
    openapi_extra={"parameters": [_TUS]},
)
@_tus
def terminate(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Gives an upload up."""
    uploads.terminate(upload=uploads.upload_for(parties.actor(request), upload_id))
    return HttpResponse(status=204)


@router.post(
    "/uploads/{upload_id}",
    operation_id="capture.override",
    summary="接着上传（不能发 PATCH 的环境）",
    description="请求头 `X-HTTP-Method-Override` 写明 PATCH、DELETE 或 HEAD，其余与相应的调用相同。",
    response={204: None, 400: UploadProblem, 409: UploadProblem, **_PROBLEMS},
    openapi_extra={"parameters": [_TUS, {"name": "X-HTTP-Method-Override", "required": True, **_HEADER}]},
)
def override(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """The same for those whose proxies let only GET and POST pass."""
    meant: dict[str, Endpoint] = {"PATCH": append, "DELETE": terminate, "HEAD": standing}
    return meant.get(request.headers.get("X-HTTP-Method-Override", "").upper(), _unmeant)(request, upload_id)


@_tus
def _unmeant(_request: HttpRequest, _upload_id: UUID) -> HttpResponse:
    raise Malformed(
        _("没有写明要做什么。"), subject="X-HTTP-Method-Override", remedy=_("应为 PATCH、DELETE 或 HEAD。")
    )


def _standing(upload: Upload, offset: int, *, status: int) -> HttpResponse:
    response = HttpResponse(status=status)
    response["Upload-Offset"] = str(offset)
    if upload.submission_id is None:
        response["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    return response


def _announced(request: HttpRequest) -> None:
    if not request.META.get("CONTENT_LENGTH"):
        raise LengthRequired(_("没有写明这一段的长度。"), subject="Content-Length")


def _number(request: HttpRequest, name: str) -> int:
    number = read_count(request.headers.get(name, ""), digits=18)
    if number is None:
        raise Malformed(_("请求头缺少字节数，或不是数字。"), subject=name)
    return number


def _metadata(text: str) -> dict[str, str]:
    """``Upload-Metadata``: keys and Base64 values."""
    values: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in text.split(","))):
        name, _space, encoded = pair.partition(" ")
        try:
            value = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise Malformed(_("上传的说明不是 Base64 编码的文字。"), subject=name[:40]) from error
        if name in values or "\0" in value or not name.isascii():
            raise Malformed(_("上传的说明有误。"), subject=name[:40])
        values[name] = value[:1000]
    return values


def _checksum(request: HttpRequest) -> tuple[str, bytes] | None:
    text = request.headers.get("Upload-Checksum", "")
    if not text:
        return None
    algorithm, _space, encoded = text.partition(" ")
    if algorithm not in uploads.CHECKSUMS:
        raise Malformed(_("不支持的摘要算法。"), subject=algorithm[:40], remedy="、".join(uploads.CHECKSUMS))
    try:
        return algorithm, base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(_("摘要不是 Base64。"), subject="Upload-Checksum") from error
