"""Importing an agency's retention schedule from its spreadsheet: look first, then make the draft."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from lantai.core.errors import Conflict, Invalid, NotFound
from lantai.institutions.api import actor_of
from lantai.records.api import RetentionSchedule, import_schedule

from .schedule_table import ScheduleTable, read_schedule

SUFFIXES = (".xlsx", ".xls", ".et", ".ods", ".csv")
MOST_BYTES = 10 * 2**20


class ScheduleFileForm(forms.ModelForm[RetentionSchedule]):
    """The file, and which version it is."""

    file = forms.FileField(
        label=_("归档范围和保管期限表"),
        help_text=_("XLSX、XLS、ET、ODS 或 CSV；一行里要有“归档文件材料名称”和“保管期限”两个列名。"),
    )

    class Meta:
        model = RetentionSchedule
        fields = ("name", "version", "effective_from")
        widgets = {"effective_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    field_order = ("file", "name", "version", "effective_from")

    def clean_file(self) -> Any:
        """A table, and not a large one."""
        file = self.cleaned_data["file"]
        if Path(file.name).suffix.lower() not in SUFFIXES:
            raise forms.ValidationError(_("请选表格文件：%(kinds)s。"), params={"kinds": "、".join(SUFFIXES)})
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("文件超过 10 MiB，请只保留条款。"))
        return file


@require_http_methods(["GET", "HEAD", "POST"])
def import_table(request: HttpRequest) -> HttpResponse:
    """Reads a table; one without bad rows becomes a draft, one with them is shown row by row."""
    actor = actor_of(request)
    if actor.organisation_id is None:
        raise NotFound(gettext("您不属于任何单位，没有可导入的表。"))
    first = {"name": gettext("归档范围和保管期限表"), "version": str(timezone.localdate().year)}
    schedule = RetentionSchedule(agency_id=actor.organisation_id)
    form = ScheduleFileForm(request.POST or None, request.FILES or None, instance=schedule, initial=first)
    table: ScheduleTable | None = None
    if request.method == "POST" and form.is_valid():
        try:
            table = _read(form, actor.organisation_id)
            if not table.problems:
                import_schedule(schedule=form.instance, rules=table.rules, actor=actor)
                messages.success(request, _told(table))
                return redirect("records:schedule", form.instance.id)
        except (Conflict, Invalid) as error:
            form.add_error(None, str(error))
    context = {"form": form, "table": table}
    refused = bool(form.errors or (table and table.problems))
    return render(request, "capture/arrange/import_schedule.html", context, status=422 if refused else 200)


def _read(form: ScheduleFileForm, agency_id: Any) -> ScheduleTable:
    file = form.cleaned_data["file"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table{Path(file.name).suffix.lower()}"
        path.write_bytes(file.read())
        return read_schedule(path, agency_id)


def _told(table: ScheduleTable) -> str:
    count = len(table.rules)
    if table.guessed:
        return gettext("已导入 %(count)s 条，成为草案。匹配词是从材料名称里取的，请逐条核对后报批。") % {
            "count": count
        }
    return gettext("已导入 %(count)s 条，成为草案，核对后报批。") % {"count": count}
