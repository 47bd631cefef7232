"""Importing an agency's retention schedule from its spreadsheet: look first, then make the draft."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from lantai.core.errors import NotFound
from lantai.institutions.api import actor_of
from lantai.records.api import RetentionSchedule, import_schedule

from ..tables.views import TableField, VersionMeta, import_page
from .reading import ScheduleTable, read_schedule


class ScheduleFileForm(forms.ModelForm[RetentionSchedule]):
    """The file, and which version it is."""

    file = TableField(
        label=_("归档范围和保管期限表"),
        help_text=_("XLSX、XLS、ET、ODS 或 CSV；一行里要有“归档文件材料名称”和“保管期限”两个列名。"),
    )

    class Meta(VersionMeta):
        model = RetentionSchedule

    field_order = ("file", *VersionMeta.fields)


@require_http_methods(["GET", "HEAD", "POST"])
def import_table(request: HttpRequest) -> HttpResponse:
    """Reads a table; one without bad rows becomes a draft, one with them is shown row by row."""
    actor = actor_of(request)
    agency_id = actor.organisation_id
    if agency_id is None:
        raise NotFound(gettext("您不属于任何单位，没有可导入的表。"))
    today = timezone.localdate()
    first = {"name": gettext("归档范围和保管期限表"), "version": str(today.year), "effective_from": today}
    schedule = RetentionSchedule(agency_id=agency_id)
    form = ScheduleFileForm(request.POST or None, request.FILES or None, instance=schedule, initial=first)

    def take(table: ScheduleTable) -> HttpResponse:
        import_schedule(schedule=form.instance, rules=table.rules, actor=actor)
        messages.success(request, _told(table))
        return redirect("records:schedule", form.instance.id)

    return import_page(
        request,
        "capture/schedules/import.html",
        form=form,
        read=lambda path: read_schedule(path, agency_id),
        take=take,
    )


def _told(table: ScheduleTable) -> str:
    told = {"count": len(table.rules)}
    if table.guessed:
        return gettext("已导入 %(count)s 条，成为草案。匹配词是从材料名称里取的，请逐条核对后报批。") % told
    return gettext("已导入 %(count)s 条，成为草案，核对后报批。") % told
