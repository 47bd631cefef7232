"""The grid: a page, its rows as JSON, saving cells and undoing the last save."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.errors import Invalid, LantaiError
from lantai.core.ports import allows
from lantai.institutions.api import actor_of
from lantai.records import api as records

from . import grid
from .arrangement import scope_of_scheme
from .arrangement_models import GridEdit
from .arrangement_views import scheme_for


@require_safe
def page(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """The page; its rows are fetched by the script, or shown as links where there is none."""
    scheme = scheme_for(request, scheme_id)
    urls = {
        name: reverse(f"capture:grid_{name}", args=[scheme_id, year]) for name in ("rows", "save", "undo")
    }
    context = {
        "scheme": scheme,
        "year": year,
        "count": grid.grid_rows(scheme, year).count(),
        "settings": json.dumps({"urls": urls, "columns": _columns(), "words": _words()}),
        "may_edit": allows(actor_of(request), grid.EDIT, scope_of_scheme(scheme)),
    }
    return render(request, "capture/arrange/grid.html", context)


@require_safe
def rows(request: HttpRequest, scheme_id: UUID, year: int) -> JsonResponse:
    """A page of rows; ``?after=`` the last record of the page before."""
    scheme = scheme_for(request, scheme_id)
    after = _key(request.GET["after"]) if request.GET.get("after") else None
    found = list(grid.grid_rows(scheme, year, after)[: grid.AT_ONCE + 1])
    last = grid.last_edit(scheme, year)
    return JsonResponse(
        {
            "rows": [grid.row_of(record) for record in found[: grid.AT_ONCE]],
            "more": len(found) > grid.AT_ONCE,
            "last": _edit(last),
        }
    )


@require_POST
def save(request: HttpRequest, scheme_id: UUID, year: int) -> JsonResponse:
    """Saves cells; answers the rows saved and the problems by record and column."""
    scheme = scheme_for(request, scheme_id)
    try:
        body = json.loads(request.body)
        edits = [
            grid.RowEdit(UUID(row["id"]), str(row["seen"]), {str(k): str(v) for k, v in row["cells"].items()})
            for row in body["rows"]
        ]
        reason = str(body.get("reason", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(_("收到的表格内容读不懂。"), remedy=_("请刷新本页再保存。")) from error
    saved = grid.save_cells(scheme=scheme, year=year, edits=edits, reason=reason, actor=actor_of(request))
    return JsonResponse(
        {
            "rows": saved.rows,
            "problems": {str(key): found for key, found in saved.problems.items()},
            "last": _edit(grid.last_edit(scheme, year)),
        }
    )


@require_POST
def undo(request: HttpRequest, scheme_id: UUID, year: int) -> JsonResponse:
    """Undoes the last saved batch."""
    scheme = scheme_for(request, scheme_id)
    edit_id = _key(request.POST.get("edit", ""))
    try:
        again = grid.undo_edit(scheme=scheme, year=year, edit_id=edit_id, actor=actor_of(request))
    except LantaiError as error:
        return JsonResponse({"problem": str(error)}, status=409)
    return JsonResponse({"rows": again, "last": _edit(grid.last_edit(scheme, year))})


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid(_("这个地址认不出来。"), remedy=_("请刷新本页。")) from error


def _edit(edit: GridEdit | None) -> dict[str, str] | None:
    return {"id": str(edit.id), "by": edit.made_by_name} if edit else None


def _columns() -> list[dict[str, Any]]:
    labels = {
        "title": _("题名"), "responsible": _("责任者"), "date_text": _("日期"), "document_number": _("文号"),
        "retention": _("保管期限"), "unit_code": _("机构或问题"), "page_count": _("页数"),
        "disclosure": _("公开属性"), "note": _("附注"),
    }  # fmt: skip
    choices = {
        "retention": [term.name for term in records.retention_terms().values()],
        "disclosure": ["主动公开", "依申请公开", "不予公开"],
    }
    return [
        {
            "key": name,
            "label": labels[name],
            "choices": choices.get(name, []),
            "placing": name in grid.PLACING,
        }
        for name in grid.COLUMNS
    ]


def _words() -> dict[str, str]:
    """What the script says; the page says nothing of its own."""
    return {
        "code": _("档号"),
        "unsaved": _("有 {count} 格未保存。"),
        "saving": _("正在保存……"),
        "saved": _("已保存 {count} 件。"),
        "clean": _("全部已保存。"),
        "wrong": _("有 {count} 格没有保存，请改正。"),
        "failed": _("没有保存成功，内容还在本页，请稍后再按保存。"),
        "undone": _("已撤回最近一次保存，共 {count} 件。"),
        "restored": _("已恢复上次没有保存的 {count} 格。"),
        "loaded": _("共 {count} 件。"),
        "more": _("再显示一些"),
        "fixed": _("已定号，期限和机构不能再改"),
        "empty": _("（没有题名）"),
    }
