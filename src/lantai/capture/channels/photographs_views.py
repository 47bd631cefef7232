"""The page on which photographs are described by group, and people are marked in the picture."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from lantai.packages.api import Element

from ..entry import Sender, measured
from ..fields import DateField, RowForm
from .described import Enclosure
from .described_views import DescribedForm, describe_page
from .photographs import describe_photographs

PICTURES = "image/jpeg,image/tiff,image/png"


class PhotographForm(RowForm):
    """One picture of the group; what is left blank is as in the group."""

    file = forms.FileField(
        label=_("照片"),
        widget=forms.FileInput(attrs={"accept": PICTURES}),
        error_messages={"required": _("这一张还没有选文件。"), "empty": _("这张照片是空的（0 字节）。")},
    )
    title = forms.CharField(label=_("题名"), max_length=300, required=False)
    taken = DateField(label=_("拍摄时间"), required=False)
    photographer = forms.CharField(label=_("摄影者"), max_length=60, required=False)
    persons = forms.CharField(
        label=_("画面中的人物"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_("每行一人：姓名，职务，左 上 宽 高（占画面的百分数，可不写）。"),
    )


class GroupForm(DescribedForm):
    """What is said of the whole group."""

    row_forms = {"photographs": PhotographForm}

    title = forms.CharField(label=_("题名"), max_length=500, help_text=_("如“2026年下沙塘闸防汛演练”。"))
    occasion = forms.CharField(label=_("事由"), max_length=500, help_text=_("为什么事拍的。"))
    date = DateField(label=_("时间"), help_text=_("如 2026-06-02、2026年6月。"))
    place = forms.CharField(label=_("地点"), max_length=200)
    persons = forms.CharField(label=_("人物"), max_length=500, help_text=_("主要人物；没有就写“无”。"))
    background = forms.CharField(label=_("背景"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    photographer = forms.CharField(label=_("摄影者"), max_length=120)

    def clean(self) -> dict[str, Any]:
        """A group has a photograph."""
        values = super().clean() or {}
        if self.is_bound and not any(row.has_changed() for row in self.rows["photographs"].forms):
            self.add_error(None, _("还没有选照片。"))
        return values


@measured
@require_http_methods(["GET", "HEAD", "POST"])
def photographs(request: HttpRequest) -> HttpResponse:
    """Describing a group of photographs."""
    form = GroupForm.of(request)
    shown = {"name": _("照片归档"), "draft": "photographs", "pictures": PICTURES}
    return describe_page(request, "capture/channels/photographs.html", form, _describe, **shown)


def _describe(form: GroupForm, sender: Sender) -> tuple[Element, list[Enclosure]]:
    return describe_photographs(form.cleaned_data, form.rows["photographs"].filled(), sender)
