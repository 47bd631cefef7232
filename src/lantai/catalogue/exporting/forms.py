"""What an export asks of a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.records.api import Fonds, categories

from .entries import Choice
from .layouts import choices


class ExportForm(forms.Form):
    """Which entries, as what."""

    fonds = forms.ModelChoiceField(queryset=Fonds.objects.none(), label=_("全宗"), empty_label=None)
    layout = forms.ChoiceField(label=_("格式"))
    year_from = forms.IntegerField(label=_("年度起"), required=False, min_value=1500, max_value=2100)
    year_to = forms.IntegerField(label=_("年度止"), required=False, min_value=1500, max_value=2100)
    category = forms.ChoiceField(label=_("门类"), required=False)

    def __init__(self, *args: Any, fonds: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fonds"].queryset = fonds  # type: ignore[attr-defined]
        self.fields["layout"].choices = choices()  # type: ignore[attr-defined]
        self.fields["category"].choices = [("", _("全部")), *categories().items()]  # type: ignore[attr-defined]

    def choice(self) -> Choice:
        """The entries chosen."""
        values = self.cleaned_data
        return Choice(values["year_from"], values["year_to"], values["category"])
