"""What a clerk is asked about mail, captured pages and posts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid

from ..forms import FilesField, SeveralFiles, _name_problems, _term
from .crawling import Bounds
from .web import Post

_EMPTY = {"required": _("还没有选文件。"), "empty": _("有文件是空的（0 字节），请检查原文件。")}


class DescribedForm(forms.Form):
    """What no message and no page says of itself."""

    title = forms.CharField(label=_("批次名称"), max_length=200, required=False)
    retention = forms.CharField(
        label=_("保管期限"),
        max_length=10,
        required=False,
        help_text=_("如 永久、30年；不填时按保管期限表建议。"),
    )
    classification = forms.ChoiceField(
        label=_("密级"), choices=[("公开", _("公开")), ("限制", _("限制（内部）"))]
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean_retention(self) -> str:
        """A term the platform understands, or none."""
        return _term(str(self.cleaned_data["retention"]))

    def described(self) -> dict[str, str]:
        """By DA/T 46 code or name, as :mod:`.completing` wants it."""
        values = {"M12": self.cleaned_data["retention"], "M38": self.cleaned_data["classification"]}
        return {name: value for name, value in values.items() if value}

    def name_problems(self) -> None:
        """Points each field at its problem, for those who hear the page."""
        _name_problems(self)


class MailForm(DescribedForm):
    """Messages and boxes of them."""

    files = FilesField(  # type: ignore[assignment]
        label=_("邮件文件"),
        widget=SeveralFiles(attrs={"accept": ".eml,.mbox,.mbx,.zip,message/rfc822,application/mbox"}),
        help_text=_("EML、mbox，或装有它们的 ZIP；可一次选多个。"),
        error_messages=_EMPTY,
    )
    field_order = ("files", "title", "retention", "classification")


class WebForm(DescribedForm):
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
        error_messages=_EMPTY,
    )
    platform = forms.CharField(
        label=_("发布平台"), max_length=60, required=False, help_text=_("如 微信公众号、微博、抖音。")
    )
    account = forms.CharField(label=_("发布账号"), max_length=120, required=False)
    account_id = forms.CharField(label=_("账号标识"), max_length=120, required=False)
    author = forms.CharField(label=_("作者"), max_length=120, required=False)
    published_at = forms.CharField(
        label=_("发布时间"), max_length=40, required=False, help_text=_("如 2026-06-02 09:30。")
    )

    def clean_published_at(self) -> str:
        """A date the platform understands, or none."""
        text = str(self.cleaned_data["published_at"]).strip()
        if text:
            try:
                parse_date(text)
            except Invalid as error:
                raise forms.ValidationError(str(error)) from error
        return text

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
