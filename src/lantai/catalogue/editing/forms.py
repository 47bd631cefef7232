"""What an edit asks of a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lantai.core.language import gettext
from lantai.records.api import Fonds

from ..description.models import Vocabulary
from .models import BulkEdit
from .operations import editable


class EditForm(forms.Form):
    """Which records, which element, what is done."""

    codes = forms.CharField(
        label=_("档号"), required=False, max_length=5_000_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("一行一个，可从表格粘贴。写了档号，下面的条件就不用填。"),
    )  # fmt: skip
    query = forms.CharField(
        label=_("检索式"), required=False, max_length=500, help_text=_("与检索框的写法相同。")
    )
    fonds = forms.ModelChoiceField(queryset=Fonds.objects.none(), label=_("全宗"), required=False)
    year = forms.IntegerField(label=_("年度"), required=False, min_value=0, max_value=2200)
    code = forms.CharField(label=_("档号开头"), required=False, max_length=120)
    rule = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    element = forms.ChoiceField(label=_("改哪一项"))
    operation = forms.ChoiceField(label=_("怎么改"), choices=BulkEdit.Operation.choices)
    find = forms.CharField(
        label=_("要替换的文字"), required=False, max_length=1000, strip=False, help_text=_("“替换文字”时写。")
    )
    value = forms.CharField(
        label=_("填入、换成或追加的文字"), required=False, max_length=4000, strip=False,
        help_text=_("“填入”时空着，是把原有的值去掉。"),
    )  # fmt: skip
    vocabulary = forms.ModelChoiceField(
        queryset=Vocabulary.objects.none(), label=_("词表"), required=False, help_text=_("“按词表规范”时选。")
    )

    CHOOSING = ("codes", "query", "fonds", "year", "code", "rule")

    def __init__(
        self, *args: Any, fonds: QuerySet[Fonds], vocabularies: QuerySet[Vocabulary], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fonds"].queryset = fonds  # type: ignore[attr-defined]
        self.fields["vocabulary"].queryset = vocabularies  # type: ignore[attr-defined]
        self.fields["element"].choices = [(each.name, gettext(each.name)) for each in editable()]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """Which records, as the service takes it."""
        values = {name: self.cleaned_data.get(name) for name in self.CHOOSING}
        if values["fonds"]:
            values["fonds"] = values["fonds"].id
        return {name: value for name, value in values.items() if value not in (None, "")}

    def operation_values(self) -> dict[str, Any]:
        """What is done, as the service takes it."""
        return {
            name: self.cleaned_data[name] for name in ("element", "operation", "find", "value", "vocabulary")
        }
