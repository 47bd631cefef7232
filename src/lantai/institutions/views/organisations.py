"""Organisations (机构): the tree of divisions with who stands in each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core.errors import LantaiError

from ..forms import DepartmentForm, OrganisationForm, RegionForm
from ..models import Organisation, Region
from ..selectors import actor_of
from ..services.organisations import create_department, create_organisation, create_region


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """The tree: every division, indented by its depth, with its organisations."""
    listed = Organisation.objects.select_related("archive").order_by("kind", "code")
    regions = Region.objects.prefetch_related(Prefetch("organisations", queryset=listed))
    above: list[str] = []
    rows: list[tuple[int, Region]] = []
    for region in regions:  # ordered by path: every division comes right after those above it
        while above and not region.path.startswith(above[-1]):
            above.pop()
        rows.append((len(above), region))
        above.append(region.path)
    counts = dict(Organisation.objects.values_list("kind").annotate(number=Count("id")))
    kinds = [(label, counts.get(kind, 0)) for kind, label in Organisation.Kind.choices]
    return render(request, "institutions/organisations.html", {"rows": rows, "kinds": kinds})


@require_safe
def organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """One organisation: its departments, whom it hands over to, who hands over to it."""
    related = Organisation.objects.select_related("region", "archive", "parent")
    shown = get_object_or_404(related, id=organisation_id)
    facts = [
        (_("机构代码"), shown.code),
        (_("类型"), shown.get_kind_display()),
        (_("行政区域"), f"{shown.region.name}（{shown.region.division_code}）"),
        (_("上级单位"), shown.parent),
        (_("进馆档案馆"), shown.archive),
    ]
    context = {
        "organisation": shown,
        "facts": facts,
        "departments": shown.departments.all(),
        "sources": shown.sources.all(),
        "people_count": shown.people.filter(active=True).count(),
    }
    return render(request, "institutions/organisation.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add_region(request: HttpRequest) -> HttpResponse:
    """Adds a division."""
    form = RegionForm(request.POST or None)
    if _made(request, form, create_region):
        return redirect("institutions:organisations")
    return _form(request, form, _("登记行政区域"))


@require_http_methods(["GET", "HEAD", "POST"])
def add_organisation(request: HttpRequest) -> HttpResponse:
    """Registers an organisation."""
    form = OrganisationForm(request.POST or None)
    if made := _made(request, form, create_organisation):
        return redirect("institutions:organisation", made.id)
    return _form(request, form, _("登记机构"))


@require_http_methods(["GET", "HEAD", "POST"])
def add_department(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Adds a department."""
    owner = get_object_or_404(Organisation, id=organisation_id)
    form = DepartmentForm(request.POST or None)
    if _made(request, form, create_department, organisation=owner):
        return redirect("institutions:organisation", owner.id)
    return _form(request, form, _("登记{name}的处室").format(name=owner.name))


def _made(request: HttpRequest, form: forms.Form, create: Any, **more: Any) -> Any:
    """What the service made of the form; nothing while the form has something to correct."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        made = create(**form.cleaned_data, **more, actor=actor_of(request))
    except LantaiError as error:
        form.add_error(None, str(error))
        return None
    messages.success(request, _("已登记“{name}”。").format(name=made.name))
    return made


def _form(request: HttpRequest, form: forms.Form, heading: str) -> HttpResponse:
    context = {"form": form, "heading": heading}
    return render(request, "institutions/register.html", context, status=422 if form.errors else 200)
