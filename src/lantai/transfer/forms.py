"""What an archivist is asked when handing over and when sending back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.records.api import Fonds

from .register import OPINIONS


class OpinionsForm(forms.Form):
    """The three opinions that go with a transfer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        helps = {
            "opening": _("满二十五年或可以提前开放的，写明意见；没有写“无”。"),
            "disclosure": _("哪些已主动公开、依申请公开、不公开；没有写“无”。"),
            "classification_changes": _("有无密级变更、解密；没有写“无”。"),
        }
        for name, label in OPINIONS.items():
            self.fields[name] = forms.CharField(
                label=label,
                help_text=helps[name],
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3}),
                error_messages={"required": _("还没有写；没有可说的，请写“无”。")},
            )


class PrepareForm(OpinionsForm):
    """Which records are handed over."""

    fonds = forms.ModelChoiceField(label=_("全宗"), queryset=Fonds.objects.none(), empty_label=None)
    year_from = forms.IntegerField(label=_("起始年度"), min_value=1800, max_value=2999)
    year_to = forms.IntegerField(label=_("终止年度"), min_value=1800, max_value=2999)
    title = forms.CharField(
        label=_("交接工作名称"), max_length=400, required=False, help_text=_("不填时按全宗和年度起名。")
    )

    def __init__(self, *args: Any, agency_id: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fonds"].queryset = Fonds.objects.filter(creator_id=agency_id).order_by("code")  # type: ignore[attr-defined]
        self.order_fields(["fonds", "year_from", "year_to", "title", *OPINIONS])

    def clean(self) -> dict[str, Any]:
        """Years in order."""
        values = super().clean() or {}
        if values.get("year_from", 0) > values.get("year_to", 9999):
            self.add_error("year_to", _("终止年度不能早于起始年度。"))
        return values


class SendBackForm(forms.Form):
    """Why a hand-over goes back."""

    reason = forms.CharField(
        label=_("退回原因"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明退回的原因，移交单位要照着改。")},
    )
