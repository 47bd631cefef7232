"""Pages of institutional reform: plan, look at what it would do, carry out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.actors import Actor
from lantai.core.errors import LantaiError, NotFound
from lantai.core.ports import Scope, allows
from lantai.institutions.api import Organisation, actor_of
from lantai.ui.api import keyset_page

from . import reforming
from .forms import FORMS
from .models import Reform
from .parties import parties_of
from .scope import fonds_for

State = Reform.State


@require_safe
def reforms(request: HttpRequest) -> HttpResponse:
    """What was planned and carried out, newest first."""
    actor = actor_of(request)
    context = {
        "page": keyset_page(_reforms_for(actor), request, ("-planned_at", "-id")),
        "may_plan": _archive(actor) is not None,
        "kinds": Reform.Kind.choices,
    }
    return render(request, "catalogue/fonds/reforms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_reform(request: HttpRequest, kind: str) -> HttpResponse:
    """A form for one kind; where departments go somewhere it asks first which agency's they are."""
    if kind not in FORMS:
        raise Http404
    actor = actor_of(request)
    archive = _archive(actor)
    if archive is None:
        raise NotFound(_("只有档案馆可以拟定机构改革。"))
    agencies = Organisation.objects.filter(archive=archive, active=True).order_by("code")
    predecessor = agencies.filter(code=request.GET.get("agency", "")).first()
    if kind in (Reform.Kind.SPLIT, Reform.Kind.CEDE) and predecessor is None:
        asked = {"agencies": agencies, "kind": Reform.Kind(kind).label}
        return render(request, "catalogue/fonds/which_agency.html", asked)
    form = FORMS[kind](request.POST or None, agencies=agencies, predecessor=predecessor)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = reforming.plan_reform(
                archive=archive, kind=kind, document=values["document"], effective_on=values["effective_on"],
                note=values["note"], parties=form.parties(), actor=actor,
            )  # fmt: skip
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            return redirect("catalogue:reform", made.id)
    context = {
        "form": form,
        "kind": Reform.Kind(kind).label,
        "predecessor": predecessor,
        "goes_on": kind == Reform.Kind.CEDE,
    }
    return render(request, "catalogue/fonds/plan_reform.html", context, status=422 if form.is_bound else 200)


@require_safe
def one_reform(request: HttpRequest, reform_id: UUID) -> HttpResponse:
    """What it would do, or what it did."""
    actor = actor_of(request)
    found = _reform_for(reform_id, actor)
    context: dict[str, Any] = {
        "reform": found,
        "parties": parties_of(found.parties),
        "facts": _facts(found),
        "may_see_files": "security_officer" not in actor.roles,
        "may_carry_out": found.state == State.PLANNED
        and allows(actor, reforming.CARRY_OUT)
        and found.planned_by != actor.id,
        "concerned": fonds_for(actor).filter(creator__in=found.result.get("organisations", ())),
        "may_write_guide": allows(actor, "catalogue.edit_guide", Scope(custodian_id=found.archive_id)),
        "may_withdraw": found.state == State.PLANNED
        and allows(actor, reforming.PLAN, Scope(custodian_id=found.archive_id)),
    }
    if found.state == State.PLANNED:
        try:
            context["preview"] = reforming.preview(found)
        except LantaiError as error:
            context["obstacle"] = str(error)
    return render(request, "catalogue/fonds/reform.html", context)


@require_POST
def carry_out(request: HttpRequest, reform_id: UUID) -> HttpResponse:
    """Has it take effect."""
    actor = actor_of(request)
    done = reforming.carry_out(reform=_reform_for(reform_id, actor), actor=actor)
    if done.kind == Reform.Kind.RENAME:
        messages.success(request, _("已生效。用旧名、新名都能检索到它的档案。"))
    elif done.kind == Reform.Kind.CEDE:
        messages.success(request, _("已生效。处室和人员已经划转，划入单位可以查阅这些处室形成的档案。"))
    else:
        messages.success(request, _("已生效。承继单位现在可以查阅、整理和移交原单位的档案。"))
    return redirect("catalogue:reform", reform_id)


@require_POST
def withdraw_reform(request: HttpRequest, reform_id: UUID) -> HttpResponse:
    """Gives up the plan."""
    actor = actor_of(request)
    reforming.withdraw_reform(reform=_reform_for(reform_id, actor), actor=actor)
    messages.success(request, _("已撤回，没有任何变动。"))
    return redirect("catalogue:reform", reform_id)


def _facts(found: Reform) -> list[tuple[str, Any]]:
    return [
        (_("种类"), found.get_kind_display()),
        (_("依据文件"), found.document),
        (_("生效日期"), found.effective_on),
        (_("说明"), found.note),
        (_("拟定人"), found.planned_by_name),
        (_("确认人"), found.decided_by_name if found.state == State.DONE else ""),
    ]


def _archive(actor: Actor) -> Organisation | None:
    """The archive the actor plans for."""
    if actor.organisation_id is None or not allows(
        actor, reforming.PLAN, Scope(custodian_id=actor.organisation_id)
    ):
        return None
    return Organisation.objects.filter(id=actor.organisation_id, kind=Organisation.Kind.ARCHIVE).first()


def _reforms_for(actor: Actor) -> QuerySet[Reform]:
    rows = Reform.objects.select_related("archive")
    if actor.roles & {"system", "security_officer"}:
        return rows
    own = actor.organisation_id
    return rows.filter(Q(archive=own) | Q(archive__sources=own)).distinct() if own else rows.none()


def _reform_for(reform_id: UUID, actor: Actor) -> Reform:
    found = _reforms_for(actor).filter(id=reform_id).first()
    if found is None:
        raise NotFound(_("没有这项机构改革。"), remedy=_("请从“机构改革”一页进入。"))
    return found
