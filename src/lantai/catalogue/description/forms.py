"""What describing asks of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lantai.core.language import gettext

from .models import Vocabulary
from .templates import Row
from .units import Unit

PREFIX = "element-"


class DescriptionForm(forms.Form):
    """The elements of a unit's template, in their order; those set elsewhere are shown and not asked."""

    changed_at = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None = None, *, unit: Unit, words: Mapping[str, list[str]]) -> None:
        self.unit = unit
        self.words = words
        initial = {"changed_at": unit.changed_at.isoformat() if unit.changed_at else ""}
        super().__init__(data, initial=initial)
        self.asked = [row for row in unit.asked.rows if row.name not in unit.fixed]
        for number, row in enumerate(self.asked):
            self.fields[f"{PREFIX}{number}"] = _field(
                row, unit, f"words-{number}" if row.vocabulary in words else ""
            )

    def rows(self) -> list[tuple[Row, forms.BoundField, list[str]]]:
        """Each element asked for, its field, and the words its vocabulary offers."""
        return [
            (row, self[f"{PREFIX}{number}"], self.words.get(row.vocabulary, []))
            for number, row in enumerate(self.asked)
        ]

    def changes(self) -> dict[str, str]:
        """What was typed, by name of the element."""
        return {row.name: self.cleaned_data[f"{PREFIX}{number}"] for number, row in enumerate(self.asked)}


def _field(row: Row, unit: Unit, words: str) -> forms.CharField:
    demand = {"mandatory": gettext("必著"), "if_any": gettext("有则必著")}.get(row.obligation, "")
    notes = [part for part in (demand, gettext(row.element.note) if row.element.note else "") if part]
    long = row.element.type == "long" or row.element.field == "title"
    attributes: dict[str, Any] = {"rows": 4 if row.element.type == "long" else 2} if long else {}
    if words and not row.element.repeatable:
        attributes["list"] = words
    return forms.CharField(
        label=gettext(row.name), required=False, help_text=" · ".join(notes),
        initial=unit.values[row.name] or row.default,
        widget=forms.Textarea(attrs=attributes) if long else forms.TextInput(attrs=attributes),
    )  # fmt: skip


class VocabularyForm(forms.ModelForm[Vocabulary]):
    """A vocabulary's name, source and strictness."""

    class Meta:
        model = Vocabulary
        fields = ("name", "key", "source", "closed")


class TermForm(forms.Form):
    """One word."""

    word = forms.CharField(label=_("词"), max_length=200)
    code = forms.CharField(label=_("代码"), max_length=40, required=False)
    preferred = forms.CharField(
        label=_("用"), max_length=200, required=False, help_text=_("这个词不是正式词时，写应当用的词。")
    )
    broader = forms.CharField(label=_("属"), max_length=200, required=False, help_text=_("上位词。"))
    note = forms.CharField(label=_("注释"), max_length=300, required=False)


class TermsFileForm(forms.Form):
    """A table of words."""

    file = forms.FileField(
        label=_("CSV 文件"), help_text=_("首行写列名：词、代码、用、属、注释；后四列可以没有。")
    )
