"""Forms of the records pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from lantai.core.errors import LantaiError

from .elements import Element, metadata_elements
from .models import Record
from .terms import disclosures
from .vocabulary import State

PLAIN = ("title", "responsible", "document_number", "date_text", "disclosure", "secrecy_period", "page_count")
LONG = 200
"""Elements whose values may be longer than this get a box of several lines."""


class FilterForm(forms.Form):
    """What narrows the list of records; nonsense in the address narrows nothing."""

    fonds = forms.UUIDField(required=False, widget=forms.HiddenInput)
    scheme = forms.UUIDField(required=False, widget=forms.HiddenInput)
    volume = forms.UUIDField(required=False, widget=forms.HiddenInput)
    year = forms.IntegerField(label=_("年度"), required=False, min_value=0, max_value=2200)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *State.choices])
    code = forms.CharField(label=_("档号开头"), required=False, max_length=120)

    def chosen(self) -> dict[str, Any]:
        """The filters that were understood."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class DescriptionForm(forms.Form):
    """A record's description; elements of the content description come from the metadata table."""

    title = forms.CharField(label=_("题名"), widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)
    responsible = forms.CharField(label=_("责任者"), required=False, max_length=300)
    document_number = forms.CharField(label=_("文号"), required=False, max_length=100)
    date_text = forms.CharField(
        label=_("日期"), required=False, max_length=60,
        help_text=_("可写 20240601、民国三十八年、1958.3；考证日期写在方括号里，如 [19450815]。"),
    )  # fmt: skip
    disclosure = forms.ChoiceField(label=_("公开属性"), required=False)
    secrecy_period = forms.CharField(label=_("保密期限"), required=False, max_length=20)
    page_count = forms.IntegerField(label=_("页数"), min_value=0, max_value=100_000)
    personal_data = forms.BooleanField(
        label=_("含个人信息"), required=False, help_text=_("勾选后不得开放，直到核实并去掉。")
    )
    changed_at = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, record: Record) -> None:
        self.record = record
        self.elements = content_elements()
        initial = {name: getattr(record, name) for name in (*PLAIN, "personal_data")}
        initial |= {code: record.metadata.get(code, "") for code in self.elements}
        initial["changed_at"] = record.changed_at.isoformat()
        super().__init__(data, initial=initial)
        choices = [("", _("未记载")), *((name, name) for name in disclosures())]
        self.fields["disclosure"] = forms.ChoiceField(label=_("公开属性"), required=False, choices=choices)
        for code, element in self.elements.items():
            self.fields[code] = _field(element)

    def main_fields(self) -> list[forms.BoundField]:
        """The fields everybody fills."""
        return [self[name] for name in (*PLAIN, "personal_data")]

    def more_fields(self) -> list[forms.BoundField]:
        """The elements few records have."""
        return [self[code] for code in self.elements]

    def changes(self) -> dict[str, Any]:
        """New values as the service takes them; elements left blank are taken out."""
        values = {name: self.cleaned_data[name] for name in (*PLAIN, "personal_data")}
        given = {code: self.cleaned_data[code] for code in self.elements}
        metadata = {code: value for code, value in self.record.metadata.items() if code not in given}
        values["metadata"] = metadata | {code: value for code, value in given.items() if value}
        return values

    def meet(self, current: Record, error: LantaiError) -> None:
        """After a conflict: says what stands now beside what was typed, and lets it be saved again."""
        self.add_error(None, str(error))
        for name in PLAIN:
            if str(getattr(current, name)) != str(self.cleaned_data.get(name, "")):
                self.add_error(name, _("现为：%(value)s") % {"value": getattr(current, name) or _("未记载")})
        self.data = {**self.data, "changed_at": current.changed_at.isoformat()}


def content_elements() -> dict[str, Element]:
    """The simple elements of the content description (M21) that are no field of a record."""
    return {
        code: element
        for code, element in metadata_elements().items()
        if element.parent == "M21" and element.kind == "simple" and not element.field
    }


def _field(element: Element) -> forms.Field:
    long = element.max_length > LONG
    return forms.CharField(
        label=f"{element.name}（{element.code}）",
        required=False,
        max_length=element.max_length or None,
        help_text=element.note,
        widget=forms.Textarea(attrs={"rows": 2}) if long else forms.TextInput(),
    )
