"""The page on which a clerk has pages captured, or files what was captured elsewhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from lantai.core.errors import LantaiError

from ..entry import Sender, entry_page, measured, sender_of
from ..fields import DateField
from ..models import Submission
from ..services import receive_package
from .completing_forms import CompletingForm
from .crawling import Bounds
from .web import Post, start_capture


class WebForm(CompletingForm):
    """Addresses to capture, or an archive captured elsewhere; and what is known of a post."""

    seeds = forms.CharField(
        label=_("网址"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("每行一个，以 http:// 或 https:// 开头。"),
    )
    depth = forms.TypedChoiceField(
        label=_("采集范围"),
        choices=[
            (0, _("只采集这些网页")),
            (1, _("连同它们链接到的同站网页")),
            (2, _("同站网页，链接两层")),
            (3, _("同站网页，链接三层")),
        ],
        coerce=int,
        initial=0,
        required=False,
    )
    files = forms.IntegerField(  # type: ignore[assignment]
        label=_("最多采集几个文件"), min_value=1, max_value=20_000, initial=500, required=False
    )
    heed_robots = forms.BooleanField(label=_("遵守网站的 robots.txt"), required=False, initial=True)
    package = forms.FileField(
        label=_("已有的归档文件"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".warc,.gz,.wacz,.arc"}),
        help_text=_("WARC 或 WACZ。选了文件就不再采集网址。"),
        error_messages={"empty": _("这个文件是空的（0 字节），请检查原文件。")},
    )
    platform = forms.CharField(
        label=_("发布平台"), max_length=60, required=False, help_text=_("如 微信公众号、微博、抖音。")
    )
    account = forms.CharField(label=_("发布账号"), max_length=120, required=False)
    account_id = forms.CharField(label=_("账号标识"), max_length=120, required=False)
    author = forms.CharField(label=_("作者"), max_length=120, required=False)
    published_at = DateField(label=_("发布时间"), required=False, help_text=_("如 2026-06-02 09:30。"))

    def clean(self) -> dict[str, Any]:
        """One of the two is given; a post names its platform and its account."""
        values = super().clean() or {}
        if not values.get("seeds", "").strip() and not values.get("package") and "package" not in self.errors:
            self.add_error("seeds", _("请填写网址，或选一个归档文件。"))
        if self.post(values).described() and not (values.get("platform") and values.get("account")):
            self.add_error("platform", _("社交媒体的帖文请同时写明发布平台和发布账号。"))
        return values

    def post(self, values: dict[str, Any]) -> Post:
        """What was said of a post."""
        names = ("platform", "account", "account_id", "author", "published_at")
        return Post(**{name: values.get(name) or "" for name in names})

    def bounds(self) -> Bounds:
        """How far the capture goes."""
        values = self.cleaned_data
        return Bounds(
            depth=values["depth"] or 0, files=values["files"] or 500, heed_robots=values["heed_robots"]
        )

    def described(self) -> dict[str, str]:
        """As of any, with what is known of the post; posts are a category of their own."""
        post = self.post(self.cleaned_data).described()
        return {**super().described(), **({"门类": "MT", **post} if post else {})}


@measured
@require_http_methods(["GET", "HEAD", "POST"])
def web(request: HttpRequest) -> HttpResponse:
    """Capturing addresses, or filing what was captured elsewhere."""
    sender = sender_of(request)
    form = WebForm(request.POST or None, request.FILES or None)
    if form.is_valid() and (answer := _answer(form, sender)):
        return answer
    return entry_page(request, "capture/channels/web.html", {"form": form}, refused=bool(form.errors))


def _answer(form: WebForm, sender: Sender) -> HttpResponse | None:
    """Where what was asked for is under way; ``None`` where an address was refused."""
    values = form.cleaned_data
    if values["package"]:
        received = receive_package(
            file=values["package"],
            agency=sender.agency,
            channel=Submission.Channel.WEB,
            key=values["key"],
            actor=sender.actor,
            title=values["title"],
            department=sender.department,
            described=form.described(),
        )
        return redirect("capture:submission", received.submission.id)
    try:
        job = start_capture(
            seeds=values["seeds"].splitlines(),
            bounds=form.bounds(),
            described=form.described(),
            agency=sender.agency,
            actor=sender.actor,
            title=values["title"],
            department=sender.department,
        )
    except LantaiError as error:
        form.add_error("seeds", " ".join(filter(None, [error.subject, error.message, error.remedy])))
        return None
    return redirect("core:job", job.id)
