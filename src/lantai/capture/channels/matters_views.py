"""The page on which a finished government-service matter is described, by its type."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from lantai.packages.api import Element, matter_types

from ..entry import Sender, measured
from ..fields import DateField, RowForm
from .described import Enclosure
from .described_views import DescribedForm, describe_page
from .matters import describe_matter


class StepForm(RowForm):
    """One step (环节); what was not taken is left without its time."""

    name = forms.CharField(label=_("环节"), max_length=60)
    at = forms.DateTimeField(
        label=_("办理时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    office = forms.CharField(label=_("办理机构"), max_length=200, required=False)
    person = forms.CharField(label=_("办理人"), max_length=60, required=False)
    opinion = forms.CharField(label=_("意见"), max_length=500, required=False)


class PaperForm(RowForm):
    """One paper (材料)."""

    name = forms.CharField(label=_("材料"), max_length=200)
    file = forms.FileField(
        label=_("文件"),
        error_messages={"required": _("这一份还没有选文件。"), "empty": _("这个文件是空的（0 字节）。")},
    )


class MatterForm(DescribedForm):
    """A finished matter."""

    row_forms = {"steps": StepForm, "papers": PaperForm}

    name = forms.CharField(label=_("事项名称"), max_length=200, help_text=_("如“取水许可”。"))
    code = forms.CharField(label=_("事项编码"), max_length=60)
    case_number = forms.CharField(label=_("办件编号"), max_length=60)
    applicant_kind = forms.ChoiceField(
        label=_("申请人类型"),
        choices=[("自然人", _("自然人")), ("法人", _("法人")), ("其他组织", _("其他组织"))],
    )
    applicant = forms.CharField(label=_("申请人"), max_length=200)
    applicant_id = forms.CharField(label=_("证件号码"), max_length=40, required=False)
    result = forms.CharField(label=_("办理结果"), max_length=60, help_text=_("如“准予许可”。"))
    document_number = forms.CharField(label=_("结果文号"), max_length=100, required=False)
    date = DateField(label=_("办结日期"), help_text=_("如 2026-06-02。"))
    title = forms.CharField(
        label=_("题名"), max_length=500, required=False, help_text=_("不填时用“申请人＋事项名称”。")
    )

    def clean(self) -> dict[str, Any]:
        """A title, made of applicant and matter where none was given."""
        values = super().clean() or {}
        values["title"] = values.get("title") or f"{values.get('applicant', '')}{values.get('name', '')}"
        return values


@measured
@require_http_methods(["GET", "HEAD", "POST"])
def matters(request: HttpRequest) -> HttpResponse:
    """Describing a finished matter of one type (``?type=``)."""
    types = matter_types()
    kind = request.GET.get("type", "")
    kind = kind if kind in types else next(iter(types))
    steps, papers = types[kind]
    presets = {"steps": [{"name": name} for name in steps], "papers": [{"name": name} for name in papers]}
    form = MatterForm.of(request, presets=presets)

    def describe(form: MatterForm, sender: Sender) -> tuple[Element, list[Enclosure]]:
        values = {**form.cleaned_data, "kind": kind}
        return describe_matter(values, form.rows["steps"].filled(), form.rows["papers"].filled(), sender)

    tabs = [{"value": name, "label": name, "current": name == kind} for name in types]
    shown = {"name": _("政务服务办件归档"), "draft": f"matters.{kind}", "tabs": tabs}
    return describe_page(request, "capture/channels/matters.html", form, describe, **shown)
