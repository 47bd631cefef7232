"""Forms of the opening desk."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Ground

CASES = [(ground.value, ground.label) for ground in Ground if ground.article_8]


class DecisionForm(forms.Form):
    """What is decided on the chosen records, and why."""

    records = forms.TypedMultipleChoiceField(required=False)
    decision = forms.ChoiceField(choices=[("open", _("开放")), ("postpone", _("延期开放"))])
    ground = forms.ChoiceField(
        label=_("延期情形（开放办法第八条）"), choices=CASES, required=False, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("理由"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("延期开放必须写明；开放可以不写。"),
    )  # fmt: skip

    def clean(self) -> dict[str, object]:
        """Postponing needs a case and a reason."""
        values: dict[str, object] = super().clean() or {}
        if values.get("decision") == "postpone":
            if not values.get("ground"):
                self.add_error("ground", _("请选择延期的情形。"))
            if not values.get("note"):
                self.add_error("note", _("请写明延期的理由，供主管部门审核。"))
        return values


class WithdrawalForm(forms.Form):
    """Why a decision is taken back."""

    reason = forms.CharField(label=_("撤回的理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
