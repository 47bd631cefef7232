"""Pages of the collecting scope: versions, one roster, importing it, the supervisor's answer; specialised records."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import NotFound
from lantai.core.ports import Scope, allows
from lantai.institutions.api import Organisation, actor_of
from lantai.ui.api import disposition, keyset_page

from ..tables.views import TableField, VersionMeta, import_page
from . import coverage, export, selectors, services
from .models import CollectingScope
from .scope_table import ScopeTable, read_scope

STANDINGS = {
    "none": _("应收未收"),
    "waiting": _("单位已归，未进馆"),
    "come": _("已进馆"),
    "unasked": _("有档案，未列入范围"),
    "absent": _("未列入，也没有"),
}
"""How a kind of specialised records is collected, the most urgent first."""


class ScopeFileForm(forms.ModelForm[CollectingScope]):
    """The file, and which version it is."""

    file = TableField(
        label=_("收集范围与进馆名册"),
        help_text=_("XLSX、XLS、ET、ODS 或 CSV；一行里要有“单位名称”和“门类”（或“专业档案”）两个列名。"),
    )

    class Meta(VersionMeta):
        model = CollectingScope

    field_order = ("file", *VersionMeta.fields)

    def validate_unique(self) -> None:
        """A draft of the same version is replaced; the service refuses any other."""


@require_safe
def scopes(request: HttpRequest) -> HttpResponse:
    """The versions the reader may see, the one that began last first."""
    actor = actor_of(request)
    rows = selectors.scopes_for(actor)
    context = {
        "page": keyset_page(rows, request, order=("-effective_from", "-id")),
        "waiting": selectors.waiting_for(actor).count(),
        "may_import": _may_import(request),
        "today": timezone.localdate(),
    }
    return render(request, "capture/collecting/scopes.html", context)


@require_safe
def scope(request: HttpRequest, scope_id: UUID) -> HttpResponse:
    """One version: every body, its classes, and what there is of each."""
    actor = actor_of(request)
    found = selectors.scope_for(actor, scope_id)
    units = found.units.select_related("agency")
    absent = request.GET.get("show") == "elsewhere"
    page = keyset_page(
        units.filter(agency=None) if absent else units, request, order=("number", "id"), size=50
    )
    context = {
        "scope": found,
        "page": page,
        "lines": coverage.roster(found, page.items),
        "elsewhere": units.filter(agency=None).count(),
        "only_elsewhere": absent,
        "in_force": selectors.scope_in_force(found.archive_id) == found,
        "may_submit": services.may_draft(found, actor),
        "may_decide": services.may_approve(found, actor),
    }
    return render(request, "capture/collecting/scope.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def import_scope(request: HttpRequest) -> HttpResponse:
    """Reads a roster; one without bad rows becomes a draft, one with them is shown row by row."""
    actor = actor_of(request)
    archive = Organisation.objects.filter(id=actor.organisation_id or UUID(int=0), kind="archive").first()
    if archive is None:
        raise NotFound(gettext("您不属于任何档案馆，没有可导入的收集范围。"))
    today = timezone.localdate()
    first = {"name": gettext("收集范围与进馆名册"), "version": str(today.year), "effective_from": today}
    scope = CollectingScope(archive=archive)
    form = ScopeFileForm(request.POST or None, request.FILES or None, instance=scope, initial=first)

    def take(table: ScopeTable) -> HttpResponse:
        made = services.draft_scope(scope=form.instance, roster=table.units, actor=actor)
        told = {"units": len(table.units), "classes": table.classes}
        messages.success(
            request, gettext("已导入 %(units)s 个单位、%(classes)s 项，成为草案，核对后报批。") % told
        )
        return redirect("capture:collecting_scope", made.id)

    return import_page(
        request,
        "capture/collecting/import.html",
        form=form,
        read=lambda path: read_scope(path, archive),
        take=take,
    )


@require_POST
def submit(request: HttpRequest, scope_id: UUID) -> HttpResponse:
    """Sends a draft to the supervisor."""
    actor = actor_of(request)
    services.submit_scope(scope=selectors.scope_for(actor, scope_id), actor=actor)
    messages.success(request, gettext("已报主管部门审核，批准以前仍按现行的一版。"))
    return redirect("capture:collecting_scope", scope_id)


@require_POST
def decide(request: HttpRequest, scope_id: UUID) -> HttpResponse:
    """Approves what was sent, or gives it back."""
    actor = actor_of(request)
    found = selectors.scope_for(actor, scope_id)
    if request.POST.get("decision") == "approve":
        number = request.POST.get("approval_number", "")
        services.approve_scope(scope=found, approval_number=number, actor=actor)
        messages.success(request, gettext("已批准，自生效日起按这一版催收和排移交计划。"))
        return redirect("capture:collecting_scope", scope_id)
    services.return_scope(scope=found, reason=request.POST.get("reason", ""), actor=actor)
    messages.success(request, gettext("已退回，理由已告诉档案馆。"))
    return redirect("capture:collecting_scopes")


@require_safe
def export_scope(request: HttpRequest, scope_id: UUID) -> HttpResponse:
    """The roster as a spreadsheet."""
    found = selectors.scope_for(actor_of(request), scope_id)
    lines = coverage.roster(found, found.units.select_related("agency").order_by("number"))
    return _file(export.roster_xlsx(found, lines), f"{found}-{found.archive.name}.xlsx")


@require_safe
def specialised(request: HttpRequest) -> HttpResponse:
    """Every kind of specialised records: who has to hand it over, who files it, what has come."""
    archive, lines = _specialised(request)
    shown = request.GET.get("show", "")
    counts = {key: sum(line.standing == key for line in lines) for key in STANDINGS}
    tabs = [{"value": "", "label": gettext("全部"), "count": len(lines), "current": shown not in STANDINGS}]
    tabs += [
        {"value": key, "label": label, "count": counts[key], "current": key == shown}
        for key, label in STANDINGS.items()
    ]
    context = {
        "archive": archive,
        "archives": _archives(request),
        "shown": shown,
        "lines": [(line, STANDINGS[line.standing]) for line in lines if shown in {"", line.standing}],
        "tabs": tabs,
        "scope": selectors.scope_in_force(archive.id),
    }
    return render(request, "capture/collecting/specialised.html", context)


@require_safe
def export_specialised(request: HttpRequest) -> HttpResponse:
    """The same as a spreadsheet."""
    archive, lines = _specialised(request)
    names = {key: str(label) for key, label in STANDINGS.items()}
    return _file(export.specialised_xlsx(lines, names), f"{gettext('专业档案')}-{archive.name}.xlsx")


def _specialised(request: HttpRequest) -> tuple[Organisation, list[coverage.SpecialisedLine]]:
    archives = _archives(request)
    wanted = request.GET.get("archive", "")
    archive = next((row for row in archives if row.code == wanted), archives[0] if archives else None)
    if archive is None:
        raise NotFound(gettext("这里没有您能看的档案馆。"))
    return archive, coverage.specialised(archive.id, selectors.scope_in_force(archive.id))


def _archives(request: HttpRequest) -> list[Organisation]:
    return selectors.archives_for(actor_of(request))


def _may_import(request: HttpRequest) -> bool:
    actor = actor_of(request)
    return allows(actor, services.DRAFT, Scope(custodian_id=actor.organisation_id))


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=export.MEDIA_TYPE)
    response["Content-Disposition"] = disposition("attachment", name)
    return response
