"""The page on which a clerk hands in business data."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from lantai.core.errors import Invalid

from ..entry import entry_page, measured, sender_of
from ..fields import DateField, KeyedForm
from .data import Data, receive_data

_TABLES = (".csv", ".xlsx", ".xls", ".et", ".ods")


class DataForm(KeyedForm):
    """A table and what nobody can read off it."""

    table = forms.FileField(
        label=_("数据表"),
        help_text=_("CSV 或电子表格（第一张工作表），第一行是列名。"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(_TABLES)}),
        error_messages={"required": _("还没有选文件。"), "empty": _("这个文件是空的（0 字节）。")},
    )
    title = forms.CharField(label=_("题名"), max_length=500, help_text=_("如“2026年水库水位观测数据”。"))
    system = forms.CharField(label=_("来源系统"), max_length=200)
    date = DateField(label=_("数据截止日期"))
    retention = forms.ChoiceField(
        label=_("保管期限"), choices=[("永久", _("永久")), ("30年", _("30年")), ("10年", _("10年"))]
    )

    def clean_table(self) -> object:
        """A file whose ending is a table's."""
        table = self.cleaned_data["table"]
        if not table.name.lower().endswith(_TABLES):
            raise forms.ValidationError(_("只收 CSV 或电子表格。"))
        return table


@measured
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest) -> HttpResponse:
    """Handing in business data."""
    sender = sender_of(request)
    today = {"date": f"{timezone.localdate():%Y-%m-%d}"}
    form = DataForm(request.POST or None, request.FILES or None, initial=today)
    if form.is_valid():
        values = dict(form.cleaned_data)
        table, key = values.pop("table"), values.pop("key")
        try:
            received = receive_data(
                data=Data(**values),
                table=table,
                agency=sender.agency,
                key=key,
                actor=sender.actor,
                department=sender.department,
            )
        except Invalid as error:
            form.add_error("table", f"{error.message} {error.remedy}".strip())
        else:
            return redirect("capture:submission", received.submission.id)
    return entry_page(request, "capture/channels/data.html", {"form": form}, refused=bool(form.errors))
