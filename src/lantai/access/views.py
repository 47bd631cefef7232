"""Pages of the public portal: find, read, and know that it is genuine."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.capture.api import is_site
from lantai.core.errors import Forbidden, Invalid, NotFound
from lantai.core.numerals import read_count
from lantai.institutions.api import actor_of
from lantai.ledger import api as ledger
from lantai.records.api import OpeningMark, document_path, history_of, note_use
from lantai.search.api import Results
from lantai.ui.api import disposition, range_response

from . import genuineness, pages
from .finding import Asked, answer
from .rates import ration
from .reading import opened_at, reading
from .remembering import answered
from .selectors import Sight, document_of, on_desk, shown, sight_of, stamp_of

PROOF_BYTES = 1 << 20
REASON_CHARACTERS = 200


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What is there, and what of it may be seen."""
    asked, reader = Asked.of(request.GET), actor_of(request)

    def draw() -> tuple[HttpResponse, Results | None]:
        context = answer(asked, reader)
        return render(request, "access/search.html", context), context.get("results")

    return draw()[0] if asked.is_empty else answered(request, reader, draw)


@require_safe
def record(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """One record: read it first, then what is known about it."""
    reader = actor_of(request)
    sight = sight_of(record_id, reader)
    if not sight.entry:
        return render(request, "access/not_open.html", {"record": sight.record}, status=403)
    documents = [shown(document) for document in sight.record.documents.order_by("sequence")]
    return render(
        request,
        "access/record.html",
        {
            "sight": sight,
            "record": sight.record,
            "documents": documents,
            "stamp": stamp_of(sight.record),
            "on_desk": on_desk(sight.record, reader),
            "site": sight.original and is_site(sight.record),
            **reading(sight, opened_at(sight, documents, request.GET)),
        },
    )


@require_safe
def document(request: HttpRequest, record_id: UUID, document_id: UUID) -> HttpResponseBase:
    """A document's bytes, whole or in part; ``?page=`` draws one page image; ``?save`` offers saving."""
    sight = sight_of(record_id, actor_of(request))
    found = document_of(sight, document_id)
    path = document_path(found)
    number = read_count(request.GET.get("page", ""))
    if number is not None:
        ration(request)
        draw = pages.pdf_page_jpeg if shown(found).form == "pdf" else pages.page_jpeg
        drawn = draw(path, number)
        return range_response(
            request,
            lambda: io.BytesIO(drawn),
            len(drawn),
            "image/jpeg",
            f"{number}.jpg",
            etag=f"{found.sha256[:32]}-{number}-{pages.LONG_SIDE_PX}",
        )
    if not path.is_file():
        raise NotFound(_("这份文稿由多页图像组成。"), remedy=_("请在档案页上逐页阅读。"))
    save = "save" in request.GET
    if not sight.download and (save or shown(found).form not in {"pdf", "image"}):
        raise Forbidden(
            _("这份文稿可以在页面上阅读，不能保存。"),
            subject=shown(found).name,
            remedy=_("需要复制件的，可以向保管它的档案馆申请出证。"),
        )
    return range_response(
        request,
        path,
        found.size_bytes,
        found.media_type or "application/octet-stream",
        found.original_name,
        etag=found.sha512[:64],
        attachment=save,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def print_sheet(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """A record as a sheet to be printed.

    What is open is printed clean, by anyone. Of what is not, the reader says first what for; the
    sheet then names them, the time and the purpose, and the ledger keeps it.
    """
    reader = actor_of(request)
    sight = _readable(request, record_id)
    if not sight.printing:
        raise Forbidden(
            _("您不能打印这件档案。"),
            subject=sight.record.reference_code or sight.record.title,
            remedy=_("可以向保管它的档案馆申请打印权限或出证。"),
        )
    reason = request.POST.get("reason", "").strip()
    is_open = sight.record.opening_mark == OpeningMark.OPEN
    if not is_open:
        if not reason or len(reason) > REASON_CHARACTERS:
            refused = request.method == "POST"
            asked = {"record": sight.record, "most": REASON_CHARACTERS, "reason": reason, "refused": refused}
            return render(request, "access/print_reason.html", asked, status=422 if refused else 200)
        note_use(record=sight.record, act="record.print", actor=reader, reason=reason)
    documents = [shown(document) for document in sight.record.documents.order_by("sequence")]
    context = {"record": sight.record, "documents": documents, "stamp": stamp_of(sight.record)}
    printed = {} if is_open else {"reader": reader, "reason": reason, "at": timezone.now()}
    return render(request, "access/print.html", context | printed)


@require_safe
def genuine(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """How to know that a record is genuine: plain words first, the proof after them."""
    sight = _readable(request, record_id)
    if sight.original:
        ration(request, cost=10)
    looked = genuineness.genuineness_of(sight.record, with_bytes=sight.original)
    return render(request, "access/genuine.html", {"record": sight.record, "looked": looked, "sight": sight})


@require_safe
def proof(request: HttpRequest, record_id: UUID, entry_id: UUID) -> HttpResponse:
    """The proof of one act on a record, as a file that is checked without this site."""
    sight = _readable(request, record_id)
    if entry_id not in {entry.id for entry in history_of(sight.record)}:
        raise NotFound(_("这件档案没有这条存证。"), remedy=_("请从“如何证明它是真的”一页下载。"))
    response = HttpResponse(
        ledger.proof_of(entry_id).as_json(), content_type="application/json; charset=utf-8"
    )
    response["Content-Disposition"] = disposition("attachment", f"存证证明-{entry_id}.json")
    return response


def _readable(request: HttpRequest, record_id: UUID) -> Sight:
    sight = sight_of(record_id, actor_of(request))
    if not sight.entry:
        raise NotFound(_("这件档案还没有开放。"), remedy=_("可以向保管它的档案馆申请查阅。"))
    return sight


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Checks a proof file somebody was given; nothing of it is kept."""
    context: dict[str, Any] = {}
    if request.method == "POST":
        file = request.FILES.get("proof")
        try:
            if file is None or not file.size:
                raise Invalid(_("还没有选择证明文件。"), remedy=_("请选择扩展名为 .json 的存证证明。"))
            if file.size > PROOF_BYTES:
                raise Invalid(
                    _("这个文件太大，不会是存证证明。"),
                    subject=str(file.name),
                    remedy=_("存证证明一般只有几 KB。"),
                )
            context = genuineness.check_proof(file.read()) | {"name": file.name}
        except Invalid as error:
            context = {"problem": error}
    return render(request, "access/verify.html", context, status=422 if "problem" in context else 200)
