"""What people fill in about offline volumes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.records.api import Fonds

from .making import SERIES, SHARE_PERCENT
from .media import media


class MakeForm(forms.Form):
    """What volumes are to be made."""

    medium = forms.ChoiceField(label=_("载体"), choices=[])
    series = forms.RegexField(
        rf"^{SERIES}$", label=_("套别"), initial="A", help_text=_("每套各存一份，如 A、B、C。")
    )
    fonds = forms.ModelChoiceField(
        label=_("全宗"), queryset=Fonds.objects.none(), required=False, empty_label=_("全部全宗")
    )
    share = forms.FloatField(
        label=_("纠错数据占比（%）"), min_value=2, max_value=50, initial=SHARE_PERCENT,
        help_text=_("坏块不超过这个比例都能恢复。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.fields["medium"].choices = [(row.key, row.name) for row in media()]  # type: ignore[attr-defined]
        self.fields["medium"].initial = "bd25"
        self.fields["fonds"].queryset = Fonds.objects.order_by("code")  # type: ignore[attr-defined]


class PlaceForm(forms.Form):
    """Where a carrier lies and who answers for it."""

    place = forms.CharField(label=_("存放位置"), max_length=120, help_text=_("如 3 号柜 2 层 05。"))
    site = forms.CharField(
        label=_("所在地点"),
        max_length=80,
        required=False,
        help_text=_("与存储登记的地点同一写法；异地由此比较。"),
    )
    holder = forms.CharField(label=_("保管人"), max_length=60)
    note = forms.CharField(label=_("备注"), max_length=300, required=False, help_text=_("如检验证书号。"))


class DestroyForm(forms.Form):
    """That a carrier was destroyed before a witness."""

    witness = forms.CharField(label=_("监销人"), max_length=60)
    note = forms.CharField(label=_("销毁方式"), max_length=300, required=False, help_text=_("如粉碎、消磁。"))
