"""HTTP API of imports: hand in a table or scans, settle columns, try, mend, import, take back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile as Upload
from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import Field, File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from ninja.params.functions import Query

from lantai.core.errors import Invalid, NotFound
from lantai.core.jobs import Job
from lantai.core.language import gettext as _
from lantai.institutions.api import actor_of
from lantai.ui.api import disposition, keyset_page

from ..models import Import, ImportProblem
from . import selectors, services
from .corrected import SHEET, write_corrected
from .problems import describe

router = Router(tags=["catalogue"])
AT = Query("", description="上一页应答中的 next。")


class Refusal(Schema):
    """Why a call was refused."""

    message: str
    subject: str
    remedy: str


REFUSALS = {401: Refusal, 403: Refusal, 404: Refusal, 409: Refusal, 422: Refusal}


class ImportIn(Schema):
    """What is said of a file that is handed in."""

    fonds: str = Field(description="全宗号。", max_length=40, examples=["Z109"])
    title: str = Field("", max_length=200, description="批次名称；不填时用文件名。")
    table: str = Field("", max_length=200, description="工作表或数据表；不填取第一个有档号和题名的表。")
    charset: str = Field("", max_length=20, description="文字编码；不填自动识别。")
    category: str = Field("", max_length=8, description="门类代码；档号里没有门类时用。")
    known: Import.Known = Field(Import.Known.REFUSE, description="档号已有时：refuse、skip 或 merge。")
    beside: UUID | None = Field(None, description="扫描件随附的目录（另一次导入，已试导入）。")


class Progress(Schema):
    """How far its job is."""

    state: str
    step: str
    done: int
    total: int | None
    eta_s: float | None
    error: str


class ImportOut(Schema):
    """An import as it stands."""

    id: UUID
    title: str
    fonds: str
    state: str
    file_name: str
    size_bytes: int
    sha256: str
    source: str
    table: str
    charset: str
    headings: list[str]
    columns: list[str]
    known: str
    category: str
    counts: dict[str, Any]
    created_at: datetime
    done_at: datetime | None
    job: Progress | None = None

    @staticmethod
    def resolve_fonds(batch: Import) -> str:
        """The fonds by its code."""
        return batch.fonds.code

    @staticmethod
    def resolve_job(batch: Import) -> Job | None:
        """The job that is, or was last, at it."""
        return Job.objects.filter(id=batch.job_id).first() if batch.job_id else None


class ImportLine(Schema):
    """An import in a list."""

    id: UUID
    title: str
    fonds: str
    state: str
    created_at: datetime

    @staticmethod
    def resolve_fonds(batch: Import) -> str:
        """The fonds by its code."""
        return batch.fonds.code


class ImportPage(Schema):
    """One page of a list; ``next`` is given back as ``at``."""

    items: list[ImportLine]
    next: str | None


class ColumnsIn(Schema):
    """What each column means, in their order; an empty text leaves a column out."""

    columns: list[str] = Field(max_length=512)
    known: Import.Known | None = None
    category: str | None = Field(None, max_length=8)


class ProblemOut(Schema):
    """One thing wrong with one row, counted as the spreadsheet counts; row 0 is the whole table."""

    row: int
    field: str
    kind: str
    stops: bool
    text: str

    @staticmethod
    def resolve_text(problem: ImportProblem) -> str:
        """In words, with what to do."""
        return describe(problem.kind, problem.details)


class ProblemPage(Schema):
    """One page of the problems, in the order of the rows."""

    items: list[ProblemOut]
    next: str | None


class LoadIn(Schema):
    """Whether the other rows are imported although some have problems."""

    accept: bool = False


@router.get(
    "catalogue/imports", response=ImportPage, operation_id="catalogue.imports", summary="导入批次列表"
)
def imports(request: HttpRequest, at: str = AT) -> dict[str, Any]:  # noqa: ARG001 - read by keyset_page
    """The imports into the caller's fonds, the newest first, fifty a page."""
    page = keyset_page(selectors.imports_for(actor_of(request)), request, ("-created_at", "-id"))
    return {"items": page.items, "next": page.next}


@router.post(
    "catalogue/imports",
    response={201: ImportOut, **REFUSALS},
    operation_id="catalogue.create_import",
    summary="交来目录或扫描件",
    description="表格、CSV、DBF、Access、SQLite、SQL 转储，或按档号命名的扫描件压缩包。应答里的 `columns` 是猜得的列义。",
)
def create_import(
    request: HttpRequest, response: HttpResponse, told: Form[ImportIn], file: File[UploadedFile]
) -> Status[Import]:
    """Takes a file in; nothing is checked or imported yet."""
    actor = actor_of(request)
    fonds = selectors.importable_fonds(actor).filter(code=told.fonds).first()
    if fonds is None:
        raise NotFound(_("没有这个全宗，或者您不能向它导入。"), subject=told.fonds)
    batch = services.receive_file(
        file=_named(file), fonds=fonds, actor=actor, title=told.title, table=told.table, charset=told.charset,
        category=told.category, known=told.known,
        beside=selectors.import_for(told.beside, actor) if told.beside else None,
    )  # fmt: skip
    response["Location"] = f"{request.path.rstrip('/')}/{batch.id}"
    return Status(201, batch)


@router.get(
    "catalogue/imports/{import_id}",
    response={200: ImportOut, **REFUSALS},
    operation_id="catalogue.get_import",
    summary="导入批次",
)
def get_import(request: HttpRequest, import_id: UUID) -> Import:
    """One import with its counts and the state of its job."""
    return selectors.import_for(import_id, actor_of(request))


@router.put(
    "catalogue/imports/{import_id}/columns",
    response={200: ImportOut, **REFUSALS},
    operation_id="catalogue.set_columns",
    summary="改定列的对应关系",
)
def set_columns(request: HttpRequest, import_id: UUID, told: ColumnsIn) -> Import:
    """Says what each column means, and remembers it for the next table with these headings."""
    actor = actor_of(request)
    batch = selectors.import_for(import_id, actor)
    services.confirm_columns(
        batch=batch, columns=told.columns, known=told.known or "", category=told.category, actor=actor
    )
    return batch


@router.post(
    "catalogue/imports/{import_id}/check",
    response={202: ImportOut, **REFUSALS},
    operation_id="catalogue.check_import",
    summary="试导入",
)
def check_import(request: HttpRequest, import_id: UUID) -> Status[Import]:
    """Has every row held to the rules; nothing is imported."""
    return _begun(request, import_id, services.start_check)


@router.get(
    "catalogue/imports/{import_id}/problems",
    response={200: ProblemPage, **REFUSALS},
    operation_id="catalogue.import_problems",
    summary="试导入查出的问题",
)
def import_problems(
    request: HttpRequest,
    import_id: UUID,
    kind: str = Query("", max_length=24, description="只要这一类的，如 duplicate。"),
    at: str = AT,  # noqa: ARG001 - read by keyset_page
) -> dict[str, Any]:
    """The problems in the order of the rows, fifty a page."""
    batch = selectors.import_for(import_id, actor_of(request))
    page = keyset_page(selectors.problems_of(batch, kind), request, ("row", "id"))
    return {"items": page.items, "next": page.next}


@router.get(
    "catalogue/imports/{import_id}/corrected",
    response={200: bytes, **REFUSALS},
    operation_id="catalogue.corrected_file",
    summary="待改正的行（XLSX）",
    openapi_extra={
        "responses": {200: {"content": {SHEET: {"schema": {"type": "string", "format": "binary"}}}}}
    },
)
def corrected_file(request: HttpRequest, import_id: UUID) -> FileResponse:
    """The rows with problems, to be mended and handed in again."""
    batch = selectors.import_for(import_id, actor_of(request))
    selectors.require_rows(batch)
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_corrected(batch, target)
    target.seek(0)
    response = FileResponse(target, content_type=SHEET)
    response["Content-Disposition"] = disposition("attachment", f"{batch.title}-{_('待改正')}.xlsx")
    return response


@router.post(
    "catalogue/imports/{import_id}/load",
    response={202: ImportOut, **REFUSALS},
    operation_id="catalogue.load_import",
    summary="确认导入",
)
def load_import(request: HttpRequest, import_id: UUID, told: LoadIn) -> Status[Import]:
    """Imports what was checked; rows with problems stay out."""
    return _begun(request, import_id, services.start_load, accept=told.accept)


@router.post(
    "catalogue/imports/{import_id}/undo",
    response={202: ImportOut, **REFUSALS},
    operation_id="catalogue.undo_import",
    summary="撤销导入",
    description="整批撤销；之后有改动的保留。文件已存入总库的不能随导入撤销。",
)
def undo_import(
    request: HttpRequest,
    import_id: UUID,
    accept: bool = Query(False, description="有文件已存入总库时，撤销其余的。"),
) -> Status[Import]:
    """Takes an import back as a whole; entries that were changed since stay."""
    return _begun(request, import_id, services.start_undo, accept=accept)


def _begun(
    request: HttpRequest, import_id: UUID, begin: Callable[..., Job | None], **given: bool
) -> Status[Import]:
    """The import, with the job that was begun for it."""
    actor = actor_of(request)
    batch = selectors.import_for(import_id, actor)
    begin(batch=batch, actor=actor, **given)
    return Status(202, batch)


def _named(file: Upload[Any]) -> Upload[Any]:
    """The upload, if it has a name: kinds of files go by its ending.

    Raises:
        Invalid: it has none.
    """
    if not PurePath(file.name or "").name:
        raise Invalid(_("上传的文件没有名称。"), subject="file", remedy=_("请在表单中写明文件名。"))
    return file
