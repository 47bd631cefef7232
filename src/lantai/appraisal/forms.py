"""What people are asked when they appraise."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

_REASON = forms.Textarea(attrs={"rows": 3})


class ProposalForm(forms.Form):
    """Which records are laid before the appraisal group, and why."""

    records = forms.TypedMultipleChoiceField(required=False)
    every = forms.BooleanField(required=False)
    title = forms.CharField(
        label=_("名称"), max_length=200, help_text=_("如“2026 年到期档案鉴定（第一批）”。")
    )
    reason = forms.CharField(label=_("理由"), max_length=2000, widget=_REASON)


class PurgeForm(forms.Form):
    """Which record must never have come in."""

    record = forms.UUIDField(label=_("档案的标识"), help_text=_("见档案页的地址。"))
    title = forms.CharField(label=_("名称"), max_length=200, help_text=_("长期留存，不得写出档案内容。"))
    reason = forms.CharField(
        label=_("理由"), max_length=2000, widget=_REASON, help_text=_("长期留存，不得写出档案内容。")
    )


class OpinionForm(forms.Form):
    """What one member holds."""

    agrees = forms.TypedChoiceField(
        label=_("是否同意"),
        choices=[("yes", _("同意")), ("no", _("不同意"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(label=_("意见"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ExtensionForm(forms.Form):
    """Which records are kept on."""

    records = forms.TypedMultipleChoiceField(required=False)
    retention = forms.CharField(
        label=_("新的保管期限"), max_length=8, help_text=_("永久、30年，或其他年数。")
    )
    note = forms.CharField(label=_("延长的理由"), max_length=300)


class ApprovalForm(forms.Form):
    """Under which number it is approved."""

    number = forms.CharField(label=_("批准文号"), max_length=60)


class RefusalForm(forms.Form):
    """Why it is not approved."""

    reason = forms.CharField(label=_("不批准的理由"), max_length=300)
