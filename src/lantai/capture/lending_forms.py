"""What is asked of who borrows."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from .lending_models import Loan


class LoanForm(forms.Form):
    """A request for one record."""

    reference_code = forms.CharField(
        label=_("档号"), max_length=120, error_messages={"required": _("请填写要借的档号。")}
    )
    borrower_name = forms.CharField(label=_("借阅人"), max_length=120)
    borrower_unit = forms.CharField(label=_("单位、部门"), max_length=200)
    purpose = forms.ChoiceField(label=_("利用目的"), choices=Loan.Purpose.choices)
    note = forms.CharField(label=_("用途说明"), max_length=400, required=False)
    form = forms.ChoiceField(label=_("借阅方式"), choices=Loan.Form.choices)
    days = forms.IntegerField(
        label=_("天数"),
        min_value=1,
        max_value=30,
        initial=7,
        help_text=_("在线查阅最多15天，纸质原件最多30天。"),
    )
