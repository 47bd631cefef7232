"""Pages of the records desk."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core.errors import Conflict, Invalid, NotFound
from lantai.core.labels import act_label
from lantai.core.ports import allows
from lantai.institutions.api import actor_names, actor_of
from lantai.ledger.api import Entry
from lantai.ui.api import Page, date_in_words, keyset_page, range_response

from . import selectors, services
from .characters import describe_flag
from .elements import metadata_elements
from .forms import DescriptionForm, FilterForm
from .models import Document, Record, Volume
from .ports import document_path
from .terms import retention_term
from .vocabulary import DocumentRole, NumberState

VOLUMES_A_PAGE = 100


@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """The list: newest first, or by code within a class or volume, with the tree beside it."""
    actor = actor_of(request)
    form = FilterForm(request.GET)
    chosen = form.chosen()
    in_class = "volume" in chosen or {"scheme", "year"} <= chosen.keys()
    rows = selectors.search_records(
        actor, fonds_id=chosen.get("fonds"), scheme_id=chosen.get("scheme"), volume_id=chosen.get("volume"),
        year=chosen.get("year"), state=chosen.get("state", ""), reference_code=chosen.get("code", ""),
        newest_first=not in_class,
    )  # fmt: skip
    page = keyset_page(rows, request, ("reference_code", "id") if in_class else ("-created_at", "id"))
    tree = selectors.tree_of_fonds(actor)
    opened = next((node for node in tree if node.opens == str(chosen.get("fonds", ""))), None)
    in_year = opened and {"scheme", "year"} <= chosen.keys()
    place = (chosen["fonds"], chosen["scheme"], chosen["year"]) if in_year else None
    context = {
        "page": page,
        "form": form,
        "chosen": chosen,
        "tree": tree,
        "opened": opened,
        "classes": selectors.open_fonds(chosen["fonds"]) if opened else [],
        "volumes": _volumes(request, place) if place else None,
        "volume_total": selectors.volumes_of(*place).count() if place else 0,
    }
    return render(request, "records/list.html", context)


def _volumes(request: HttpRequest, place: tuple[UUID, UUID, int]) -> Page[Volume]:
    """The volumes of a class and year; the list of records below has a page of its own."""
    return keyset_page(
        selectors.volumes_of(*place), request, ("place", "id"), VOLUMES_A_PAGE, parameter="volumes_at"
    )


@require_safe
def record(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """One record: description, documents, copies, history."""
    actor = actor_of(request)
    found = selectors.record_for(record_id, actor)
    scope = selectors.scope_of(found)
    may_edit = allows(actor, "records.edit", scope)
    context = {
        "record": found,
        "facts": _facts(found),
        "elements": _element_values(found),
        "stamp": _stamp(found),
        "flags": [describe_flag(flag) for flag in found.flags],
        "documents": found.documents.order_by("sequence"),
        "history": _history(found),
        "may_edit": may_edit and not services.is_handed_over(found, actor),
        "may_isolate": may_edit,
        "may_read": allows(actor, "record.original", scope),
        "may_print": allows(actor, "record.print", scope),
        "may_download": allows(actor, "record.download", scope),
    }
    return render(request, "records/record.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, record_id: UUID) -> HttpResponse:
    """Changes a description; of two editors the second sees what the first wrote."""
    actor = actor_of(request)
    found = selectors.record_for(record_id, actor)
    services.refuse_handed_over(found, actor)
    form = DescriptionForm(request.POST or None, record=found)
    if request.method == "POST" and form.is_valid():
        try:
            expected = datetime.fromisoformat(form.cleaned_data["changed_at"])
        except ValueError as error:
            raise Invalid(_("这个表单已经失效。"), remedy=_("请重新打开著录页面。")) from error
        try:
            services.update_description(
                record_id=found.id, changes=form.changes(), expected_changed_at=expected, actor=actor
            )
        except Conflict as conflict:
            form.meet(Record.objects.get(id=found.id), conflict)
        except Invalid as invalid:
            form.add_error(None, str(invalid))
        else:
            messages.success(request, _("著录已保存，并记入存证。"))
            return redirect("records:record", found.id)
    status = 422 if form.is_bound else 200
    return render(request, "records/edit.html", {"record": found, "form": form}, status=status)


@require_safe
def document(request: HttpRequest, record_id: UUID, document_id: UUID) -> HttpResponseBase:
    """A document's file, or one page image (``?page=2``); ``?download=1`` asks for a copy to keep."""
    download = request.GET.get("download") == "1"
    act = "record.download" if download else "record.original"
    found = selectors.document_for(record_id, document_id, actor_of(request), act)
    path = _page_of(found, document_path(found), request.GET.get("page", "1"))
    if _begins(request):
        services.note_use(record=found.record, act=act, actor=actor_of(request))
    return range_response(
        request, path, media_type=found.media_type or "application/octet-stream", attachment=download,
        filename=path.name if found.role == DocumentRole.PAGE_IMAGES else found.original_name,
    )  # fmt: skip


def _begins(request: HttpRequest) -> bool:
    """Whether this request opens the file, and does not read on in it: one use, one ledger line."""
    asked = request.headers.get("Range", "").replace(" ", "")
    return request.method == "GET" and (not asked or asked.startswith("bytes=0-"))


def _page_of(document: Document, path: Path, page: str) -> Path:
    if document.role != DocumentRole.PAGE_IMAGES or path.is_file():
        return path
    number = int(page) if page.isascii() and page.isdigit() else 0
    for file in path.glob(f"{number:04d}.*"):
        return file
    raise NotFound(
        _("没有第 %(page)s 页。") % {"page": page}, subject=document.title,
        remedy=_("本件共 %(count)s 页。") % {"count": document.page_count},
    )  # fmt: skip


def _facts(record: Record) -> list[tuple[str, object]]:
    term = retention_term(record.retention) if record.retention else None
    return [
        (_("档号"), record.reference_code),
        (_("编号状态"), NumberState(record.number_state).label),
        (_("责任者"), record.responsible),
        (_("文号"), record.document_number),
        (_("日期"), _date(record)),
        (_("年度"), record.year),
        (_("保管期限"), _(term.name) if term else ""),
        (_("机构或问题"), record.unit_code),
        (_("全宗"), record.fonds),
        (_("分类方案"), record.scheme),
        (_("案卷"), record.volume),
        (_("形成单位"), record.agency),
        (_("形成部门"), record.department),
        (_("保管单位"), record.custodian),
        (_("密级"), f"{record.classification} {record.secrecy_period}".strip()),
        (_("公开属性"), record.disclosure),
        (_("页数"), record.page_count or ""),
    ]


def _date(record: Record) -> str:
    """The date as people read it, with what is written on the record beside it."""
    words = date_in_words(record.date_text)
    if words == record.date_text:
        return words
    return _("%(date)s（原件写作 %(written)s）") % {"date": words, "written": record.date_text}


def _element_values(record: Record) -> list[tuple[str, object]]:
    """Elements kept in the metadata, named as the standard names them; those with a field are above."""
    elements = metadata_elements()
    return [
        (f"{elements[code].name}（{code}）" if code in elements else code, value)
        for code, value in sorted(record.metadata.items())
        if value and not (code in elements and elements[code].field)
    ]


def _stamp(record: Record) -> dict[str, object]:
    return {
        "fonds": record.fonds.code,
        "year": record.year,
        "number": record.item_number,
        "unit": record.unit_code,
        "retention": record.retention,
        "pages": record.page_count or "",
    }


def _history(record: Record) -> list[dict[str, object]]:
    entries: list[Entry] = list(selectors.history_of(record))
    names = actor_names({entry.actor for entry in entries})
    return [
        {
            "text": act_label(entry.act),
            "at": entry.at,
            "who": names.get(entry.actor, ""),
            "sealed": hasattr(entry, "leaf"),
        }
        for entry in reversed(entries)
    ]
