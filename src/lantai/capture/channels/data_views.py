"""The page on which a clerk hands in business data."""

from __future__ import annotations

from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid

from .. import intake
from ..forms import _name_problems
from ..views import _announced, _whose, actor_of
from .data import Data, receive_data

_TABLES = (".csv", ".xlsx", ".xls", ".et", ".ods")


class DataForm(forms.Form):
    """A table and what nobody can read off it."""

    table = forms.FileField(
        label=_("数据表"),
        help_text=_("CSV 或电子表格（第一张工作表），第一行是列名。"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(_TABLES)}),
        error_messages={"required": _("还没有选文件。"), "empty": _("这个文件是空的（0 字节）。")},
    )
    title = forms.CharField(label=_("题名"), max_length=500, help_text=_("如“2026年水库水位观测数据”。"))
    system = forms.CharField(label=_("来源系统"), max_length=200)
    date = forms.CharField(label=_("数据截止日期"), max_length=40)
    retention = forms.ChoiceField(
        label=_("保管期限"), choices=[("永久", _("永久")), ("30年", _("30年")), ("10年", _("10年"))]
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean_table(self) -> object:
        """A file whose ending is a table's."""
        table = self.cleaned_data["table"]
        if not table.name.lower().endswith(_TABLES):
            raise forms.ValidationError(_("只收 CSV 或电子表格。"))
        return table

    def clean_date(self) -> str:
        """A date the platform understands."""
        text = str(self.cleaned_data["date"])
        try:
            parse_date(text)
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error
        return text

    def name_problems(self) -> None:
        """Points each field at its problem, for those who hear the page."""
        _name_problems(self)


@csrf_exempt  # the length is looked at before the body is; the token right after
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest) -> HttpResponse:
    """Handing in business data."""
    intake.check_length(_announced(request))
    return _data(request)


@csrf_protect
def _data(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    agency, department = _whose(actor)
    if request.method == "POST":
        form = DataForm(request.POST, request.FILES)
        if form.is_valid():
            values = dict(form.cleaned_data)
            table, key = values.pop("table"), values.pop("key")
            try:
                received = receive_data(
                    data=Data(**values),
                    table=table,
                    agency=agency,
                    key=key,
                    actor=actor,
                    department=department,
                )
            except Invalid as error:
                form.add_error("table", f"{error.message} {error.remedy}".strip())
            else:
                return redirect("capture:submission", received.submission.id)
    else:
        form = DataForm(initial={"key": str(uuid4()), "date": f"{timezone.localdate():%Y-%m-%d}"})
    form.name_problems()
    return render(request, "capture/channels/data.html", {"form": form}, status=422 if form.errors else 200)
