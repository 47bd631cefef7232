"""The HTTP API of villages' backups: send, list, receipt, take back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status
from ninja.params.functions import Header

from lantai.core.errors import Invalid
from lantai.institutions.api import actor_of

from . import services, views
from .models import VillageBackup
from .receipt import receipt_pdf

router = Router(tags=["village backups"])
_MOST = 200
_KEY = Header(..., min_length=1, max_length=200, description="由发送方产生，每份备份一个。")


class BackupOut(Schema):
    """A backup and its receipt."""

    id: UUID
    village: str = Field(description="村（社区）代码。")
    title: str
    state: str = Field(description="kept 保存中，withdrawn 已撤回。")
    received_at: datetime
    size_bytes: int
    files: list[dict[str, Any]] = Field(description="每个文件的 name、size_bytes、sha512、sm3。")
    copies_good: int = Field(description="上次核对时完好的份数。")
    checked_at: datetime | None
    receipt: dict[str, Any] = Field(description="签章回执：facts 与 seal。")


class BackupsOut(Schema):
    """Backups of the caller's village or of a town's villages, newest first, and what room is left."""

    items: list[BackupOut]
    next: UUID | None = Field(description="还有更早的备份时，取其后各份所用的 `after`。")
    room_left_bytes: int = Field(description="还能存多少；几个村的，取最少的。")


class RefusalOut(Schema):
    """Why something was not done."""

    message: str
    subject: str
    remedy: str


_REFUSED = dict.fromkeys((401, 403, 404, 409, 422, 503), RefusalOut)
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "title": {"type": "string", "description": "内容，如“2026 年村务公开资料”。"},
                        "village": {
                            "type": "string",
                            "description": "村（社区）代码；乡镇代几个村上传时填。",
                        },
                    },
                }
            }
        },
    }
}


def _out(row: VillageBackup) -> BackupOut:
    files = [{name: file[name] for name in ("name", "size_bytes", "sha512", "sm3")} for file in row.files]
    return BackupOut(
        id=row.id, village=row.village.code, title=row.title, state=row.state, received_at=row.received_at,
        size_bytes=row.size_bytes, files=files, copies_good=row.copies_good, checked_at=row.checked_at, receipt=row.receipt,
    )  # fmt: skip


@router.post(
    "/village-backups",
    operation_id="vault.keep_village_backup",
    summary="上传村社备份",
    description=(
        "村、社区（或其乡镇代办）把自己保管的档案另存一份：随表单上传 `files`（可多个）。"
        "平台写到每个备份存储并逐字节核对后返回 201 "
        "和签章回执；同一 `Idempotency-Key` 重发得到同一份（200）。备份不入馆藏目录，别人查不到。"
    ),
    response={200: BackupOut, 201: BackupOut, **_REFUSED},
    openapi_extra=_BODY,
)
def keep(request: HttpRequest, idempotency_key: str = _KEY) -> Status[BackupOut]:
    """Takes a backup in."""
    views.check_length(request)
    uploads = request.FILES.getlist("files")
    if not uploads:
        raise Invalid(_("请求里没有文件。"), remedy=_("请用表单字段 files 上传。"))
    backup, new = services.receive_backup(
        files=views.given_files(uploads),
        size_bytes=sum(upload.size or 0 for upload in uploads),
        title=str(request.POST.get("title", ""))[:200],
        key=idempotency_key,
        actor=actor_of(request),
        village_code=str(request.POST.get("village", ""))[:40],
    )
    return Status(201 if new else 200, _out(backup))


@router.get(
    "/village-backups",
    operation_id="vault.village_backups",
    summary="本村的备份",
    description="本村的备份，新的在先，每次最多 200 份；`next` 不空时，以它作 `after` 取其后的。",
    response={200: BackupsOut, **_REFUSED},
)
def listed(request: HttpRequest, after: UUID | None = None) -> BackupsOut:
    """The backups of the caller's villages, by key."""
    actor = actor_of(request)
    villages = services.villages_for(actor)
    rows = services.backups_for(actor).filter(village__in=villages).order_by("-received_at", "-id")
    if last := rows.filter(id=after).first() if after else None:
        rows = rows.filter(received_at__lte=last.received_at)
        rows = rows.exclude(received_at=last.received_at, id__gte=last.id)
    found = list(rows[: _MOST + 1])
    return BackupsOut(
        items=[_out(row) for row in found[:_MOST]],
        next=found[_MOST - 1].id if len(found) > _MOST else None,
        room_left_bytes=min((services.room_left(village) for village in villages), default=0),
    )


@router.get(
    "/village-backups/{backup_id}/receipt.pdf",
    operation_id="vault.village_receipt",
    summary="备份回执",
    description="签章回执，PDF/A-2b。",
    response={200: None, **_REFUSED},
)
def receipt(request: HttpRequest, backup_id: UUID) -> HttpResponse:
    """The receipt as PDF."""
    found = services.backup_for(backup_id, actor_of(request))
    return HttpResponse(receipt_pdf(found), content_type="application/pdf")


@router.get(
    "/village-backups/{backup_id}/files.zip",
    operation_id="vault.take_back_village_backup",
    summary="取回村社备份",
    description="一份备份的全部文件（ZIP），逐字节核对过；内附回执。",
    response={200: None, **_REFUSED},
)
def take_back(request: HttpRequest, backup_id: UUID) -> HttpResponseBase:
    """Everything of a backup."""
    actor = actor_of(request)
    return views.zip_response(services.backup_for(backup_id, actor), actor)
