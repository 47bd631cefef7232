"""The page on which a recording is described, and clips are marked while it plays."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from lantai.packages.api import Element

from ..entry import Sender, measured
from ..fields import DateField, RowForm
from .described import Enclosure
from .described_views import DescribedForm, describe_page
from .recordings import describe_recording

_EMPTY = {"required": _("还没有选文件。"), "empty": _("这个文件是空的（0 字节），请检查原文件。")}


class ClipForm(RowForm):
    """A part of the recording."""

    title = forms.CharField(label=_("片段题名"), max_length=300)
    begin = forms.CharField(
        label=_("起"), max_length=13, widget=forms.TextInput(attrs={"placeholder": "00:01:05"})
    )
    end = forms.CharField(
        label=_("止"), max_length=13, widget=forms.TextInput(attrs={"placeholder": "00:02:30"})
    )
    persons = forms.CharField(label=_("人物"), max_length=300, required=False)
    summary = forms.CharField(label=_("内容"), max_length=1000, required=False)


class RecordingForm(DescribedForm):
    """What is said of a recording."""

    row_forms = {"clips": ClipForm}

    title = forms.CharField(label=_("题名"), max_length=500, help_text=_("如“2026年防汛会商会录音”。"))
    master = forms.FileField(
        label=_("原件"),
        widget=forms.FileInput(attrs={"accept": "audio/*,video/*,.mxf,.wav"}),
        help_text=_("设备录下的原始文件。"),
        error_messages=_EMPTY,
    )
    viewing = forms.FileField(
        label=_("利用件"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "audio/*,video/*"}),
        help_text=_("便于播放的小文件，如 MP4、MP3；没有就不选。"),
        error_messages=_EMPTY,
    )
    occasion = forms.CharField(label=_("事由"), max_length=500)
    date = DateField(label=_("时间"), help_text=_("如 2026-06-02、2026年6月。"))
    place = forms.CharField(label=_("地点"), max_length=200)
    persons = forms.CharField(label=_("人物"), max_length=500, help_text=_("主要人物；没有就写“无”。"))
    recorder = forms.CharField(label=_("摄录者"), max_length=120)


@measured
@require_http_methods(["GET", "HEAD", "POST"])
def recordings(request: HttpRequest) -> HttpResponse:
    """Describing a recording."""
    form = RecordingForm.of(request)
    shown = {"name": _("录音录像归档"), "draft": "recordings"}
    return describe_page(request, "capture/channels/recordings.html", form, _describe, **shown)


def _describe(form: RecordingForm, sender: Sender) -> tuple[Element, list[Enclosure]]:
    return describe_recording(form.cleaned_data, form.rows["clips"].filled(), sender)
