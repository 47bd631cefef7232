"""Printing: a page that lists what can be printed, and each form as PDF."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.errors import Conflict, NotFound
from lantai.core.numerals import read_count
from lantai.core.ports import allows
from lantai.institutions.api import actor_of
from lantai.records import api as records
from lantai.records.api import Record, Scheme, Volume
from lantai.ui.api import keyset_page

from .arrangement import scope_of_scheme
from .arrangement_views import scheme_for
from .boxing import ACT as PACK
from .boxing import pack
from .prints import sheets
from .prints.stamp import stamped_copy
from .prints.typesetting import measures, typeset
from .reference_note import note_of, refuse_unexplained, said_of

DEFAULT_THICKNESS_MM = 30


@require_safe
def prints(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """What can be printed of a class and year."""
    scheme = scheme_for(request, scheme_id)
    thickness = _thickness(request)
    classes = [
        (name, len(rows), sheets.boxes_of(rows, thickness))
        for name, rows in sheets.by_class(sheets.numbered(scheme, year)).items()
    ]
    context = {
        "scheme": scheme,
        "year": year,
        "classes": classes,
        "page": keyset_page(_volumes(scheme, year), request, ("retention", "reference_code", "id")),
        "thickness": thickness,
        "may_pack": allows(actor_of(request), PACK, scope_of_scheme(scheme)),
        "thicknesses": measures("spine")["thicknesses"],
    }
    return render(request, "capture/arrange/prints.html", context)


@require_POST
def pack_class(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """Writes down in which box each record of a class lies."""
    scheme, thickness = scheme_for(request, scheme_id), _thickness(request)
    count = pack(
        scheme=scheme, year=year, class_code=request.POST.get("class", ""), thickness_mm=thickness,
        actor=actor_of(request),
    )  # fmt: skip
    messages.success(request, _("%(count)s 件已记下盒号。") % {"count": count})
    return redirect(f"{reverse('capture:prints', args=[scheme.id, year])}?thickness={thickness}")


@require_safe
def print_class(request: HttpRequest, scheme_id: UUID, year: int, form: str) -> HttpResponse:
    """A form of one lowest class (``?class=``), or of a whole year's volumes."""
    scheme = scheme_for(request, scheme_id)
    if form in {"volume_catalogue", "full_catalogue"}:
        sheet = getattr(sheets, form)(scheme, year, list(_volumes(scheme, year)))
    elif form == "note":
        sheet = _note(request, scheme, year)
    else:
        rows = _rows(request, scheme, year)
        more = (_thickness(request),) if form in {"spine", "box_cover"} else ()
        if form not in {"spine", "box_cover", "file_catalogue"}:
            raise NotFound(_("没有这种打印表式。"), subject=form)
        sheet = getattr(sheets, form)(scheme, year, rows, *more)
    return _pdf(typeset(form, sheet))


@require_safe
def print_volume(request: HttpRequest, volume_id: UUID, form: str) -> HttpResponse:
    """A form of one volume."""
    volume = Volume.objects.select_related("scheme__fonds").filter(id=volume_id).first()
    if volume is None or form not in {"item_catalogue", "volume_cover"}:
        raise NotFound(_("没有这个案卷，或者没有这种打印表式。"))
    scheme_for(request, volume.scheme_id)
    sheet = getattr(sheets, form)(volume)
    return _pdf(typeset(form, sheet))


@require_safe
def stamped(request: HttpRequest, record_id: UUID, document_id: UUID) -> HttpResponse:
    """A copy of a PDF with the filing stamp on its first page; the ledger notes the print."""
    actor = actor_of(request)
    document = records.document_for(record_id, document_id, actor, "record.print")
    record = records.record_for(record_id, actor)
    if document.media_type != "application/pdf":
        raise NotFound(_("只能在 PDF 上盖归档章。"), subject=document.original_name)
    copy = stamped_copy(records.document_path(document), record, record.page_count)
    records.note_use(record=record, act="record.print", actor=actor, reason=_("加盖归档章的副本"))
    return _pdf(copy)


def _note(request: HttpRequest, scheme: Scheme, year: int) -> sheets.Sheet:
    """The note; ``?final`` refuses one that is not finished."""
    name = request.GET.get("class", "")
    note = note_of(scheme, year, name)
    sheet = sheets.reference_note(note, said_of(scheme, year).get(name))
    if "final" in request.GET:
        refuse_unexplained(note)
        if sheet["draft"]:
            raise Conflict(
                _("备考表还没有人检查，不能定稿。"),
                subject=name,
                remedy=_("请先写情况说明，再请另一人检查。"),
            )
    return sheet


def _rows(request: HttpRequest, scheme: Scheme, year: int) -> list[Record]:
    name = request.GET.get("class", "")
    rows = sheets.by_class(sheets.numbered(scheme, year).select_related("department")).get(name)
    if not rows:
        raise NotFound(_("这个类目还没有编号的档案。"), subject=name)
    return rows


def _volumes(scheme: Scheme, year: int) -> QuerySet[Volume]:
    rows = Volume.objects.filter(scheme=scheme, year=year).select_related("scheme__fonds")
    return rows.order_by("retention", "number", "id")


def _thickness(request: HttpRequest) -> int:
    asked = request.POST if request.method == "POST" else request.GET
    given = read_count(asked.get("thickness", ""), 3)
    return given if given and given in measures("spine")["thicknesses"] else DEFAULT_THICKNESS_MM


def _pdf(content: bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = "inline"
    return answer
