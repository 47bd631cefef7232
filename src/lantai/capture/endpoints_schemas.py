"""What the capture API takes and answers, as its OpenAPI document tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema


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
    idempotency_key: str = Field("", description="提交时的标识。")
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
    next: str | None = Field(None, description="还有更多时，作为下一次请求的 at。")


class RefusalOut(Schema):
    """Why a call was refused."""

    message: str = Field(description="发生了什么。", examples=["没有收到归档包。"])
    subject: str = Field(description="对哪一项；可为空。", examples=["package"])
    remedy: str = Field(description="怎么办；可为空。", examples=["请用表单字段 package 上传 ZIP 或 TAR。"])


_CALLBACK = {"type": "string", "format": "uri", "description": "这一批办结时通知的地址；不填时用登记的地址。"}
PACKAGE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "package": {
                            "type": "string",
                            "format": "binary",
                            "description": "归档包：ZIP 或 TAR，内有“目录.xlsx”或“目录.csv”和各件的文件。",
                        },
                        "upload": {
                            "type": "string",
                            "format": "uuid",
                            "description": "断点续传的上传标识；与 package 二者取一，这时请求体也可以是 JSON。",
                        },
                        "title": {"type": "string", "description": "批次名称；不填时用文件名。"},
                        "callback": _CALLBACK,
                        "department": {"type": "string", "description": "部门代码，可不填。"},
                        "previous": {"type": "string", "format": "uuid", "description": "所接续的退回批次。"},
                    },
                }
            }
        },
    }
}
ITEM_BODY = {
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
                        "callback": _CALLBACK,
                        "department": {"type": "string"},
                        "previous": {"type": "string", "format": "uuid"},
                    },
                }
            }
        },
    }
}
