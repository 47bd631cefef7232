"""Pages of the tree: a level, and moving what hangs there."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.core.errors import Invalid, LantaiError
from lantai.core.ports import allows
from lantai.institutions.api import actor_of
from lantai.records.api import fonds_scope
from lantai.ui.api import keyset_page

from ..models import Branch
from . import selectors
from .moving import MOVE, add_group, move_branch, way_up


@require_safe
def tree(request: HttpRequest) -> HttpResponse:
    """The fonds."""
    page = keyset_page(selectors.roots(actor_of(request)), request, ("place", "id"))
    return render(request, "catalogue/tree.html", {"page": page})


@require_safe
def branch(request: HttpRequest, branch_id: UUID) -> HttpResponse:
    """One branch: what hangs below it, or the records it holds."""
    actor = actor_of(request)
    found = selectors.branch_for(branch_id, actor)
    children = selectors.children_of(found)
    holds = bool(found.own) and (found.kind == Branch.Kind.VOLUME or not children.exists())
    rows = selectors.records_of(found, actor) if holds or request.GET.get("own") else None
    page = keyset_page(children, request, ("place", "id")) if rows is None else None
    context = {
        "branch": found,
        "path": way_up(found),
        "page": page or keyset_page(rows, request, ("reference_code", "id")),  # type: ignore[arg-type]
        "lists_records": page is None,
        "may_move": allows(actor, MOVE, fonds_scope(found.fonds)),
        "places": selectors.places_for(found),
    }
    return render(request, "catalogue/branch.html", context)


@require_POST
def move(request: HttpRequest, branch_id: UUID) -> HttpResponse:
    """Moves a branch."""
    actor = actor_of(request)
    found = selectors.branch_for(branch_id, actor)
    try:
        move_branch(branch_id=found.id, to_id=_key(request.POST.get("to", "")), actor=actor)
    except LantaiError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已移动，共 %(count)s 件。") % {"count": found.records})
    return redirect("catalogue:branch", found.id)


@require_POST
def group(request: HttpRequest, branch_id: UUID) -> HttpResponse:
    """Makes a group below a branch."""
    actor = actor_of(request)
    found = selectors.branch_for(branch_id, actor)
    try:
        add_group(parent_id=found.id, title=request.POST.get("title", ""), actor=actor)
    except LantaiError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("分组已建立，可以把别的分支移到它下面。"))
    return redirect("catalogue:branch", found.id)


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid(_("请选要移到的位置。")) from error
