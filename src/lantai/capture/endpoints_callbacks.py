"""The address an office system wants to be told at."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from lantai.core.errors import NotFound

from . import callbacks, parties
from .endpoints_schemas import RefusalOut

router = Router(tags=["capture"])


class CallbackIn(Schema):
    """Where to tell."""

    url: str = Field(
        max_length=2000,
        description="http 或 https 地址。内部网络的地址须由系统管理员在设置 OUTBOUND_ALLOWED 中放行。",
        examples=["https://oa.example.gov.cn/lantai/callback"],
    )


class CallbackOut(Schema):
    """Where is told, and the secret that signs."""

    url: str
    secret: str = Field("", description="签名密钥，只在登记时给出一次；重新登记即更换。")


@router.put(
    "/callback",
    operation_id="capture.register_callback",
    summary="登记回调地址",
    description=(
        "此后这个密钥提交的每一批办结时，平台向该地址 POST 一个 JSON：`event`、`delivery`、`submission`、"
        "`idempotency_key`、`title`、`state`、`counts`、`receipt`。请求头 `Lantai-Signature` 形如 "
        "`t=时间戳,sm3=…,sha256=…`，是以签名密钥对“时间戳.请求体”所作的 HMAC-SM3 与 HMAC-SHA256，核对其一即可；"
        "`Lantai-Delivery` 在重发时不变。对方应在 10 秒内以 2xx 应答，否则逐次延长间隔重发，约三天后停止。"
        "平台不跟随重定向。"
    ),
    response={200: CallbackOut, 401: RefusalOut, 403: RefusalOut, 422: RefusalOut, 503: RefusalOut},
)
def register(request: HttpRequest, given: CallbackIn) -> CallbackOut:
    """Registers the caller's address."""
    agency, _department = parties.sender(request)
    made = callbacks.register(url=given.url, agency=agency, actor=parties.actor(request))
    return CallbackOut(url=made.url, secret=made.secret)


@router.get(
    "/callback",
    operation_id="capture.callback",
    summary="查询回调地址",
    description="已登记的地址；不再给出签名密钥。",
    response={200: CallbackOut, 401: RefusalOut, 404: RefusalOut},
)
def registered(request: HttpRequest) -> CallbackOut:
    """The caller's address."""
    address = callbacks.address_of(parties.actor(request))
    if address is None:
        raise NotFound(_("还没有登记回调地址。"))
    return CallbackOut(url=address.url, secret="")


@router.delete(
    "/callback",
    operation_id="capture.withdraw_callback",
    summary="取消回调",
    description="此后不再通知，未送达的也不再送。",
    response={204: None, 401: RefusalOut},
)
def withdraw(request: HttpRequest) -> Status[None]:
    """Tells the caller nothing any more."""
    callbacks.withdraw(actor=parties.actor(request))
    return Status(204, None)
