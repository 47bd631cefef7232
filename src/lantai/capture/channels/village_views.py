"""The page on which a village's clerk photographs a paper: made for a phone, with or without a network."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.core.errors import LantaiError

from ..entry import Sender, entry_page, measured, sender_of
from ..fields import DateField, FilesField, KeyedForm, SeveralFiles
from ..services import Received, answer_again
from .api_upload import FinishedUpload, finished_upload, settle
from .village import Paper, paper_kinds, receive_paper

_PICTURES = "image/jpeg,image/png"
"""Named one by one: a phone that stores HEIC hands over JPEG when it is asked for it."""


class PaperForm(KeyedForm):
    """A paper in six answers, of which three have to be given."""

    photos = FilesField(
        label=_("照片"),
        required=False,
        widget=SeveralFiles(attrs={"accept": _PICTURES}),
        error_messages={
            "required": _("还没有照片。请把每一页各拍一张。"),
            "empty": _("有一张照片是空的，请重拍。"),
        },
    )
    upload = forms.CharField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label=_("这是什么"), max_length=500, help_text=_("照着纸上的标题写，如“2026 年第三季度村务公开表”。")
    )
    date = DateField(label=_("纸上的日期"), help_text=_("如 2026-11-02、2026年11月。"))
    kind = forms.ChoiceField(label=_("哪一类"), choices=[])
    persons = forms.CharField(
        label=_("涉及的人"), max_length=300, required=False, help_text=_("几个人之间用顿号隔开；没有就不填。")
    )
    note = forms.CharField(label=_("补充说明"), max_length=500, required=False)
    private = forms.BooleanField(label=_("里面有个人隐私，不对外公开"), required=False)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", _("请选择")),
            *((kind.key, f"{kind.name}（{kind.retention}）") for kind in paper_kinds()),
        ]

    def clean(self) -> dict[str, Any]:
        """The photographs come with the form, or came before it, piece by piece."""
        values = super().clean() or {}
        if not values.get("photos") and not values.get("upload") and "photos" not in self.errors:
            self.add_error("photos", str(self.fields["photos"].error_messages["required"]))
        return values

    def paper(self) -> Paper:
        """What was said of it."""
        names = ("title", "date", "kind", "persons", "note", "private")
        return Paper(**{name: self.cleaned_data[name] for name in names})


@measured
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: HttpRequest) -> HttpResponse:
    """Photographing a paper; a phone that asks for JSON is answered in it."""
    sender = sender_of(request)
    today = {"date": f"{timezone.localdate():%Y-%m-%d}"}
    form = PaperForm(request.POST or None, request.FILES or None, initial=today)
    if request.headers.get("Accept") == "application/json" and form.is_bound:
        return _answer_phone(form, sender)
    if form.is_valid():
        return redirect("capture:submission", _receive(form, sender).submission.id)
    context = {"form": form, "pictures": _PICTURES, "draft": f"{sender.actor.id}"}
    return entry_page(request, "capture/channels/village.html", context, refused=form.is_bound)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script that opens the page without a network; it rules this page alone, not the platform."""
    context = {"page": reverse("capture:village")}
    response = render(request, "capture/channels/village_worker.js", context, content_type="text/javascript")
    patch_cache_control(response, no_cache=True)
    return response


def _answer_phone(form: PaperForm, sender: Sender) -> JsonResponse:
    """Where the paper went, or what is wrong with it; a phone tells it beside the paper that waits."""
    if not form.is_valid():
        told = [f"{label}：{problem}" for _id, label, problem in form.problems]
        return JsonResponse({"problems": told}, status=422)
    try:
        received = _receive(form, sender)
    except LantaiError as error:
        return JsonResponse({"problems": [str(error)]}, status=error.http_status)
    return JsonResponse({"submission": reverse("capture:submission", args=[received.submission.id])})


def _receive(form: PaperForm, sender: Sender) -> Received:
    values = form.cleaned_data
    upload = finished_upload(sender.actor, values["upload"]) if values["upload"] else None
    if upload is not None and upload.submission is not None:
        return answer_again(upload.submission, values["key"])
    with FinishedUpload(upload) if upload else nullcontext() as held:
        received = receive_paper(
            paper=form.paper(),
            photos=[held] if held else values["photos"],
            agency=sender.agency,
            key=values["key"],
            actor=sender.actor,
            department=sender.department,
        )
    if upload is not None:
        settle(upload, received.submission.id)
    return received
