"""What people fill in: a signature under a check (人工检测), who is to do one, a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lantai.core.findings import Outcome
from lantai.institutions.api import Person

from .plans import MAX_WEIGHT, Settings
from .registry import CheckRule
from .report import Stage


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
    evidence = forms.FileField(
        label=_("佐证文件（可不附）"),
        help_text=_("检测记录、照片或截图，不超过 8 MB。"),
        required=False,
        max_length=200,
    )


class AssignForm(forms.Form):
    """Who is to do a manual check."""

    key = forms.CharField(widget=forms.HiddenInput)
    assignee = forms.ModelChoiceField(label=_("检测人"), queryset=Person.objects.none())

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser = cast("forms.ModelChoiceField[Person]", self.fields["assignee"])
        chooser.queryset = people


class PlanForm(forms.Form):
    """A plan: for each check whether it is run, whether it blocks, what it weighs; and why it changes."""

    note = forms.CharField(label=_("为什么修改"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500)

    def __init__(self, *args: Any, rules: Sequence[CheckRule], stage: Stage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules, self.stage = rules, stage
        for rule in rules:
            self.fields[f"in_plan:{rule.key}"] = forms.BooleanField(
                label=_("检测"), required=False, initial=rule.in_plan
            )
            self.fields[f"blocking:{rule.key}"] = forms.BooleanField(
                label=_("阻断"), required=False, initial=stage in rule.blocking
            )
            self.fields[f"weight:{rule.key}"] = forms.IntegerField(
                label=_("权重"), min_value=0, max_value=MAX_WEIGHT, initial=rule.weight
            )

    def rows(self) -> list[tuple[CheckRule, str, list[forms.BoundField]]]:
        """Each check with its number and its three fields."""
        names = ("in_plan", "blocking", "weight")
        return [
            (rule, rule.codes[self.stage], [self[f"{name}:{rule.key}"] for name in names])
            for rule in self.rules
        ]

    def settings(self) -> Settings:
        """What was filled in, by key of the check."""
        given = self.cleaned_data
        return {
            rule.key: {name: given[f"{name}:{rule.key}"] for name in ("in_plan", "blocking", "weight")}
            for rule in self.rules
        }
