"""Set-up pages (全宗与方案): fonds, their schemes, retention schedules, and binding into volumes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import Conflict, Invalid, LantaiError
from lantai.institutions.api import Organisation, actor_of
from lantai.ui.api import keyset_page

from . import binding, schedules, setting_up
from . import setup_selectors as selectors
from .approval import may_approve
from .codes import template_segments
from .models import Fonds, RetentionRule, RetentionSchedule, Scheme
from .setup_forms import AdoptForm, BindForm, FondsForm, RuleForm, ScheduleForm, SchemeForm
from .terms import retention_term
from .vocabulary import VersionState

AT_ONCE = 200
"""Loose items shown for one volume; a volume of more would fill no box."""


@require_safe
def setup(request: HttpRequest) -> HttpResponse:
    """The fonds one may set up, and who still has none."""
    actor = actor_of(request)
    page = keyset_page(selectors.own_fonds(actor).prefetch_related("schemes"), request, ("code", "id"))
    waiting = selectors.creators_without_fonds(actor)
    context = {
        "page": page,
        "waiting": waiting[:10],
        "waiting_count": waiting.count(),
        "unregistered": not selectors.own_creators(actor).exists(),
    }
    return render(request, "records/setup/fonds_list.html", context)


@require_safe
def fonds(request: HttpRequest, fonds_id: UUID) -> HttpResponse:
    """One fonds: what stands, and what is to be done next."""
    found = selectors.fonds_for(fonds_id, actor_of(request))
    schemes = [(scheme, _example(scheme), binding.loose_years(scheme)) for scheme in found.schemes.all()]
    context = {
        "fonds": found,
        "facts": [
            (_("立档单位"), found.creator),
            (_("进馆档案馆"), found.archive),
            (_("起始日期"), found.started),
            (_("终止日期"), found.ended),
            (_("历史沿革"), found.history),
        ],
        "schemes": schemes,
        "schedules": found.creator.retention_schedules.annotate(size=Count("rules")),
    }
    return render(request, "records/setup/fonds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add_fonds(request: HttpRequest) -> HttpResponse:
    """Sets up a fonds; ``?creator=`` names the agency it is for."""
    actor = actor_of(request)
    first = {"creator": request.GET.get("creator", "")}
    form = FondsForm(
        request.POST or None, instance=Fonds(), initial=first, creators=selectors.own_creators(actor)
    )
    if request.method == "POST" and form.is_valid():
        creator: Organisation = form.instance.creator
        form.instance.archive = creator.archive or creator
        if _kept(form, lambda: setting_up.create_fonds(fonds=form.instance, actor=actor)):
            messages.success(request, _("全宗已建立，接着建立分类方案。"))
            return redirect("records:add_scheme", form.instance.id)
    return _form_page(request, form, _("建立全宗"), reverse("records:setup"))


@require_http_methods(["GET", "HEAD", "POST"])
def edit_fonds(request: HttpRequest, fonds_id: UUID) -> HttpResponse:
    """Changes a fonds."""
    actor = actor_of(request)
    found = selectors.fonds_for(fonds_id, actor)
    form = FondsForm(request.POST or None, instance=found, creators=selectors.own_creators(actor))
    if _kept(form, lambda: setting_up.change_fonds(fonds=form.instance, actor=actor)):
        messages.success(request, _("已保存，并记入存证。"))
        return redirect("records:fonds", found.id)
    return _form_page(request, form, _("修改全宗"), reverse("records:fonds", args=[found.id]))


@require_http_methods(["GET", "HEAD", "POST"])
def add_scheme(request: HttpRequest, fonds_id: UUID) -> HttpResponse:
    """Sets up a scheme of a fonds."""
    actor = actor_of(request)
    scheme = Scheme(fonds=selectors.fonds_for(fonds_id, actor))
    form = SchemeForm(request.POST or None, instance=scheme, initial=_first_scheme())
    if _kept(form, lambda: setting_up.create_scheme(scheme=form.instance, actor=actor)):
        messages.success(request, _("分类方案已建立，可以收这些年度的档案了。"))
        return redirect("records:fonds", fonds_id)
    return _scheme_page(request, form, _("建立分类方案"))


@require_http_methods(["GET", "HEAD", "POST"])
def edit_scheme(request: HttpRequest, scheme_id: UUID) -> HttpResponse:
    """Changes a scheme."""
    actor = actor_of(request)
    scheme = selectors.scheme_for(scheme_id, actor)
    form = SchemeForm(request.POST or None, instance=scheme)
    if _kept(form, lambda: setting_up.change_scheme(scheme=form.instance, actor=actor)):
        messages.success(request, _("已保存，并记入存证。"))
        return redirect("records:fonds", scheme.fonds_id)
    return _scheme_page(request, form, _("修改分类方案"))


@require_safe
def scheme_example(request: HttpRequest, fonds_id: UUID) -> HttpResponse:
    """A fragment: the code that a scheme being written would make, or what is still missing."""
    scheme = Scheme(fonds=selectors.fonds_for(fonds_id, actor_of(request)))
    form = SchemeForm(request.GET, instance=scheme)
    form.is_valid()
    return render(request, "records/setup/example.html", {"example": _example(form.instance)})


@require_http_methods(["GET", "HEAD", "POST"])
def adopt_schedule(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    """Gives an agency the reference schedule as its own."""
    actor = actor_of(request)
    agency = selectors.creator_for(agency_id, actor)
    first = {"name": _("文件材料归档范围和文书档案保管期限表"), "version": str(timezone.localdate().year)}
    form = AdoptForm(request.POST or None, instance=RetentionSchedule(agency=agency), initial=first)

    def adopt() -> None:
        form.instance = schedules.adopt_reference_schedule(
            agency_id=agency.id, **form.cleaned_data, actor=actor
        )

    if _kept(form, adopt):
        messages.success(request, _("已采用参考表，请逐条核对，改成本单位经审查同意的样子。"))
        return redirect("records:schedule", form.instance.id)
    return _form_page(request, form, _("采用参考保管期限表"), reverse("records:setup"), agency.name)


@require_safe
def schedule(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """A schedule with its rules."""
    shown = selectors.schedule_for(schedule_id, actor_of(request))
    rules = [
        (rule, retention_term(rule.retention).name)
        for rule in shown.rules.select_related("department").order_by("number")
    ]
    context = {
        "schedule": shown,
        "rules": rules,
        "may_edit": shown.state == VersionState.DRAFT,
        "may_decide": may_approve(shown, actor_of(request)),
    }
    return render(request, "records/setup/schedule.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_schedule(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Changes a schedule's name, version, approval number and dates."""
    actor = actor_of(request)
    shown = selectors.schedule_for(schedule_id, actor)
    form = ScheduleForm(request.POST or None, instance=shown)
    if _kept(form, lambda: schedules.change_schedule(schedule=form.instance, actor=actor)):
        messages.success(request, _("已保存，并记入存证。"))
        return redirect("records:schedule", shown.id)
    return _form_page(request, form, _("修改保管期限表"), reverse("records:schedule", args=[shown.id]))


@require_http_methods(["GET", "HEAD", "POST"])
def add_rule(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    """Adds a rule to a schedule."""
    shown = selectors.schedule_for(schedule_id, actor_of(request))
    return _rule(request, RetentionRule(schedule=shown), _("增加条款"))


@require_http_methods(["GET", "HEAD", "POST"])
def edit_rule(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Changes a rule."""
    return _rule(request, selectors.rule_for(rule_id, actor_of(request)), _("修改条款"))


@require_POST
def remove_rule(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Takes a rule out of its schedule."""
    rule = selectors.rule_for(rule_id, actor_of(request))
    schedules.remove_rule(rule=rule, actor=actor_of(request))
    messages.success(request, _("已删去第 %(number)s 条。") % {"number": rule.number})
    return redirect("records:schedule", rule.schedule_id)


@require_http_methods(["GET", "HEAD", "POST"])
def bind(request: HttpRequest, scheme_id: UUID, year: int) -> HttpResponse:
    """Binds a year's loose items of one retention term into a volume."""
    actor = actor_of(request)
    scheme = selectors.scheme_for(scheme_id, actor)
    loose = binding.loose_items(scheme, year)
    terms = loose.values("retention").annotate(number=Count("id")).order_by("retention")
    chosen = request.GET.get("retention", terms[0]["retention"] if terms else "")
    page = keyset_page(loose.filter(retention=chosen), request, ("document_number", "id"), AT_ONCE)
    ticked = set(request.POST.getlist("record"))
    writes_project = any(part.name == "project" for part in template_segments(scheme.code_template))
    form = BindForm(request.POST or None, project=writes_project)
    if _kept(form, lambda: _bind(request, scheme, year, form)):
        messages.success(request, _("案卷“%(title)s”已建立。") % {"title": form.cleaned_data["title"]})
        return redirect("records:bind", scheme.id, year)
    context = {
        "scheme": scheme,
        "year": year,
        "form": form,
        "page": page,
        "rows": [(record, not ticked or str(record.id) in ticked) for record in page],
        "tabs": [
            (f"{_term(row['retention'])} {row['number']}", f"?retention={row['retention']}", row["retention"] == chosen)
            for row in terms
        ],
        "volumes": selectors.unnumbered_volumes(scheme, year),
    }  # fmt: skip
    return render(request, "records/setup/bind.html", context, status=422 if form.errors else 200)


@require_POST
def unbind(request: HttpRequest, volume_id: UUID) -> HttpResponse:
    """Takes a volume apart."""
    volume = selectors.volume_for(volume_id, actor_of(request))
    scheme_id, year = volume.scheme_id, volume.year or 0
    number = binding.unbind_volume(volume=volume, actor=actor_of(request))
    messages.success(request, _("已拆卷，%(number)s 件回到未组卷。") % {"number": number})
    return redirect("records:bind", scheme_id, year)


def _rule(request: HttpRequest, rule: RetentionRule, heading: str) -> HttpResponse:
    form = RuleForm(request.POST or None, instance=rule)
    if _kept(form, lambda: schedules.save_rule(rule=form.instance, actor=actor_of(request))):
        messages.success(request, _("已保存，并记入存证。"))
        return redirect("records:schedule", rule.schedule_id)
    stored = None if rule._state.adding else rule
    return _form_page(
        request, form, heading, reverse("records:schedule", args=[rule.schedule_id]), rule=stored
    )


def _bind(request: HttpRequest, scheme: Scheme, year: int, form: BindForm) -> None:
    try:
        ids = [UUID(text) for text in request.POST.getlist("record")]
    except ValueError as error:
        raise Invalid(_("选中的件认不出来。"), remedy=_("请刷新本页再选。")) from error
    binding.bind_volume(
        scheme=scheme, year=year, record_ids=ids, **form.cleaned_data, actor=actor_of(request)
    )


def _kept(form: BaseForm, keep: Callable[[], object]) -> bool:
    """Whether the form was sent, is written well, and the service took it; what it refused is shown."""
    if not form.is_bound or not form.is_valid():
        return False
    try:
        keep()
    except (Conflict, Invalid) as error:
        form.add_error(None, str(error))
        return False
    return True


def _example(scheme: Scheme) -> dict[str, str]:
    try:
        return {"code": setting_up.example_code(scheme)}
    except LantaiError as error:
        return {"problem": str(error)}


def _first_scheme() -> dict[str, Any]:
    return {
        "name": _("文书档案"), "category": "WS", "year_from": timezone.localdate().year,
        "code_template": "dat22.item.unit", "number_width": 4,
    }  # fmt: skip


def _term(code: str) -> str:
    return retention_term(code).name if code else _("期限未定")


def _form_page(
    request: HttpRequest, form: BaseForm, heading: str, back: str, lede: str = "", **more: object
) -> HttpResponse:
    context = {"form": form, "heading": heading, "back": back, "lede": lede, **more}
    return render(request, "records/setup/form.html", context, status=422 if form.errors else 200)


def _scheme_page(request: HttpRequest, form: SchemeForm, heading: str) -> HttpResponse:
    scheme = form.instance
    if not form.is_bound and not scheme.code_template:
        for name, value in _first_scheme().items():
            setattr(scheme, name, value)
        scheme.arrangement = "item"
    context = {"form": form, "heading": heading, "fonds": scheme.fonds, "example": _example(scheme)}
    return render(request, "records/setup/scheme.html", context, status=422 if form.errors else 200)
