"""The page on which a village's clerk photographs a paper: made for a phone, large type, few fields."""

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
from lantai.records import api as records

from .. import intake
from ..forms import FilesField, SeveralFiles, _name_problems
from ..views import _announced, _whose, actor_of
from .village import Paper, paper_kinds, receive_paper

_PICTURES = "image/jpeg,image/png"
"""Named one by one: a phone that stores HEIC hands over JPEG when it is asked for it."""


class PaperForm(forms.Form):
    """A paper in six answers, of which three have to be given."""

    photos = FilesField(
        label=_("照片"),
        widget=SeveralFiles(attrs={"accept": _PICTURES}),
        error_messages={
            "required": _("还没有照片。请把每一页各拍一张。"),
            "empty": _("有一张照片是空的，请重拍。"),
        },
    )
    title = forms.CharField(
        label=_("这是什么"), max_length=500, help_text=_("照着纸上的标题写，如“2026 年第三季度村务公开表”。")
    )
    date = forms.CharField(label=_("纸上的日期"), max_length=40, help_text=_("如 2026-11-02、2026年11月。"))
    kind = forms.ChoiceField(label=_("哪一类"), choices=[])
    persons = forms.CharField(
        label=_("涉及的人"), max_length=300, required=False, help_text=_("几个人之间用顿号隔开；没有就不填。")
    )
    note = forms.CharField(label=_("补充说明"), max_length=500, required=False)
    private = forms.BooleanField(label=_("里面有个人隐私，不对外公开"), required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: object, **values: object) -> None:
        super().__init__(*args, **values)  # type: ignore[arg-type]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", _("请选择")),
            *((kind.key, f"{kind.name}（{kind.retention}）") for kind in paper_kinds()),
        ]

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
def paper(request: HttpRequest) -> HttpResponse:
    """Photographing a paper."""
    intake.check_length(_announced(request))
    return _paper(request)


@csrf_protect
def _paper(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    agency, department = _whose(actor)
    if request.method == "POST":
        form = PaperForm(request.POST, request.FILES)
        if form.is_valid():
            values = dict(form.cleaned_data)
            photos, key = values.pop("photos"), values.pop("key")
            received = receive_paper(
                paper=Paper(**values),
                photos=photos,
                agency=agency,
                key=key,
                actor=actor,
                department=department,
            )
            return redirect("capture:submission", received.submission.id)
    else:
        form = PaperForm(initial={"key": str(uuid4()), "date": f"{timezone.localdate():%Y-%m-%d}"})
    form.name_problems()
    context = {
        "form": form,
        "pictures": _PICTURES,
        "whose": agency,
        "draft": f"{actor.id}",
        "unprepared": not records.can_file(agency.id),
    }
    return render(request, "capture/channels/village.html", context, status=422 if form.errors else 200)
