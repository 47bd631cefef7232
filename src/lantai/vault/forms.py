"""What people fill in about the vault."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.records.api import Fonds

from .policy import PolicyTerms
from .stores import copy_places
from .watch.plans import AuditTerms

_WORDS = forms.Textarea(attrs={"rows": 3})


class PolicyForm(forms.Form):
    """A rule on copies, for everything, one fonds, one class, or a class of one fonds."""

    fonds = forms.ModelChoiceField(
        label=_("全宗"), queryset=Fonds.objects.none(), required=False, empty_label=_("全部全宗")
    )
    category = forms.CharField(
        label=_("门类代码"), max_length=8, required=False, help_text=_("如 WS（文书）；不写为全部门类。")
    )
    copies = forms.IntegerField(label=_("共几份"), min_value=1, max_value=9, help_text=_("含使用的一份。"))
    elsewhere = forms.IntegerField(label=_("其中异地几份"), min_value=0, max_value=9, initial=0)
    other_medium = forms.IntegerField(label=_("其中异质几份"), min_value=0, max_value=9, initial=0)
    within_days = forms.IntegerField(
        label=_("入库后几日内备齐"), min_value=0, max_value=3650, initial=0, help_text=_("0 为当日。")
    )
    recheck_days = forms.IntegerField(
        label=_("几日内须重新校验"),
        min_value=0,
        max_value=3650,
        initial=0,
        help_text=_("0 为按校验方案的周期。"),
    )
    sites = forms.MultipleChoiceField(
        label=_("这些地点各须有一份"), required=False, widget=forms.CheckboxSelectMultiple
    )
    carriers = forms.MultipleChoiceField(
        label=_("这些介质各须有一份"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fonds"].queryset = Fonds.objects.order_by("code")  # type: ignore[attr-defined]
        places = copy_places()
        for name, told in (("sites", [p.site for p in places]), ("carriers", [p.medium for p in places])):
            choices = [(word, word) for word in dict.fromkeys(told)]
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def terms(self) -> PolicyTerms:
        """What was filled in."""
        return PolicyTerms.read({**self.cleaned_data, "media": self.cleaned_data["carriers"]})


class AuditPlanForm(forms.Form):
    """How one store is re-read."""

    period_days = forms.IntegerField(label=_("几日内全部重读一遍"), min_value=1, max_value=3650)
    rate_mib_s = forms.FloatField(
        label=_("读取速度上限"),
        min_value=0.01,
        max_value=100_000,
        help_text=_("MiB/秒。不影响使用的速度即可。"),
    )
    starts_at = forms.TimeField(
        label=_("每天几时起"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends_at = forms.TimeField(
        label=_("每天几时止"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("可过零点，如 22:00 到 06:00；两个都不写为全天。"),
    )  # fmt: skip
    mends = forms.BooleanField(
        label=_("发现损坏后自动修复"),
        required=False,
        help_text=_("用校验完好的副本重做，坏的移到隔离处备查。"),
    )

    @property
    def terms(self) -> AuditTerms:
        """What was filled in."""
        return AuditTerms(**{name: self.cleaned_data[name] for name in AuditTerms.__slots__})


class ClosingForm(forms.Form):
    """What was found and done about an incident."""

    words = forms.CharField(label=_("原因和处置情况"), max_length=2000, widget=_WORDS)


class MigrationForm(forms.Form):
    """Why a family of formats is to be converted."""

    family = forms.CharField(widget=forms.HiddenInput)
    converter = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("为什么转换"), max_length=1000, widget=_WORDS)
