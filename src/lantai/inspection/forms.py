"""What a person fills in to sign a check (人工检测)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.core.findings import Outcome


class SignForm(forms.Form):
    """A decision on one check, with a word on how it was made."""

    key = forms.CharField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("结论"),
        choices=[(Outcome.PASS.value, _("通过")), (Outcome.FAIL.value, _("不通过"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("怎样检测的"),
        help_text=_("写明工具、版本和结果，如：本机杀毒软件（病毒库 11 月 20 日）全部扫描，未发现病毒。"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
