"""What forms of capture are made of: fields that understand dates and terms, rows that may be added to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.records.api import retention_term

_MOST_ROWS = 500


class SeveralFiles(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files as a list."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each file by itself."""
        files = data if isinstance(data, (list, tuple)) else [data] if data else []
        if not files and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(FilesField, self).clean(file, initial) for file in files]


class DateField(forms.CharField):
    """A date in words the platform understands: 2026-06-02, 2026年6月, 民国三十八年."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": _("日期"), "max_length": 40, **options})

    def clean(self, value: Any) -> str:
        """The words, if they name a date."""
        text = str(super().clean(value))
        if text:
            try:
                parse_date(text)
            except Invalid as error:
                raise forms.ValidationError(str(error)) from error
        return text


class TermField(forms.CharField):
    """A retention term, as its code; empty where the schedule is to propose one."""

    def __init__(self, **options: Any) -> None:
        told = {"required": False, "help_text": _("如 永久、30年；不填时按保管期限表建议。")}
        super().__init__(**{"label": _("保管期限"), "max_length": 10, **told, **options})

    def clean(self, value: Any) -> str:
        """The term's code."""
        text = str(super().clean(value))
        if not text:
            return ""
        try:
            return retention_term(text).code
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error


class ClassificationField(forms.ChoiceField):
    """密级, of which only what may come to this platform can be chosen."""

    def __init__(self, **options: Any) -> None:
        offered = [("公开", _("公开")), ("限制", _("限制（内部）"))]
        super().__init__(**{"label": _("密级"), "choices": offered, "initial": "公开", **options})


class RowForm(forms.Form):
    """One row of several; left blank, or as it was preset, it says nothing."""

    use_required_attribute = False


class Rows(forms.BaseFormSet):  # type: ignore[type-arg]
    """Rows of which any number may be filled in.

    Attributes:
        presets: what stands in the first rows before anything is typed.
    """

    def __init__(
        self, *args: Any, presets: Sequence[Mapping[str, str]] = (), blank: int = 1, **options: Any
    ) -> None:
        self.presets = presets
        self.extra = len(presets) + blank
        super().__init__(*args, **options)

    def _construct_form(self, i: int, **options: Any) -> forms.Form:
        if i < len(self.presets):
            options["initial"] = self.presets[i]
        return super()._construct_form(i, **options)  # type: ignore[no-any-return,misc]

    def filled(self) -> list[dict[str, Any]]:
        """What was said, without blank rows."""
        return [row.cleaned_data for row in self.forms if row.has_changed()]


class KeyedForm(forms.Form):
    """A form that hands something in: the key keeps a repeated call from making it twice."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    row_forms: ClassVar[Mapping[str, type[RowForm]]] = {}
    """Rows that belong to the form, by their prefix."""

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        initial: Mapping[str, Any] | None = None,
        presets: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data, files, initial={"key": str(uuid4()), **(initial or {})}, **options)
        self.rows = {
            name: _rows_of(form)(data, files, prefix=name, presets=(presets or {}).get(name, ()))
            for name, form in self.row_forms.items()
        }

    def is_valid(self) -> bool:
        """Whether the form and every row of it is."""
        valid = [super().is_valid(), *(rows.is_valid() for rows in self.rows.values())]
        self._name_problems()
        return all(valid)

    @property
    def problems(self) -> list[tuple[str, Any, Any]]:
        """Every problem: id of its field, the field's label, what is wrong."""
        parts = (self, *(row for rows in self.rows.values() for row in rows.forms))
        loose = [("", "", problem) for part in parts for problem in part.non_field_errors()]
        return loose + [
            (field.id_for_label, field.label, problem)
            for part in parts
            for field in part
            for problem in field.errors
        ]

    def _name_problems(self) -> None:
        """Points each field at its problem, for those who hear the page."""
        for form in (self, *(row for rows in self.rows.values() for row in rows.forms)):
            for name in form.errors:
                if name in form.fields:
                    described = f"problem-{form.add_prefix(name)}"
                    attributes = {"aria-invalid": "true", "aria-describedby": described}
                    form.fields[name].widget.attrs |= attributes


def _rows_of(form: type[RowForm]) -> type[Rows]:
    made = forms.formset_factory(form, formset=Rows, max_num=_MOST_ROWS, absolute_max=_MOST_ROWS)
    return cast("type[Rows]", made)
