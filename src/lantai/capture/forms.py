"""What a clerk is asked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.records.api import retention_term


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


def _name_problems(form: forms.Form) -> None:
    """Points each field at its problem, for those who hear the page."""
    for name in form.errors:
        if name in form.fields:
            form.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"problem-{name}"}


class PackageForm(forms.Form):
    """A whole package."""

    package = forms.FileField(
        label=_("归档包"),
        required=False,
        help_text=_("ZIP 或 TAR，里面有“目录.xlsx”（或“目录.csv”）和各件的文件。"),
        error_messages={
            "required": _("还没有选文件。"),
            "empty": _("这个文件是空的（0 字节），请检查原文件。"),
        },
    )
    upload = forms.CharField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label=_("批次名称"), max_length=200, required=False, help_text=_("不填时用文件名。")
    )
    key = forms.CharField(widget=forms.HiddenInput)
    previous = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """The package comes with the form, or came before it, piece by piece."""
        values = super().clean() or {}
        if not values.get("package") and not values.get("upload") and "package" not in self.errors:
            self.add_error("package", str(self.fields["package"].error_messages["required"]))
        return values

    def name_problems(self) -> None:
        """See :func:`_name_problems`."""
        _name_problems(self)


class LooseForm(forms.Form):
    """Loose files and the few things a catalogue would say about them."""

    files = FilesField(  # type: ignore[assignment]
        label=_("文件"),
        help_text=_("可一次选多个。第一个是正文，其余是附件。"),
        error_messages={
            "required": _("还没有选文件。"),
            "empty": _("有文件是空的（0 字节），请检查原文件。"),
        },
    )
    together = forms.TypedChoiceField(
        label=_("这些文件"),
        choices=[("1", _("是一件（正文与附件）")), ("", _("每个文件是一件，题名用文件名"))],
        coerce=bool,
        empty_value="",
        required=False,
        initial="1",
        widget=forms.RadioSelect,
    )
    title = forms.CharField(label=_("题名"), max_length=500, required=False)
    responsible = forms.CharField(label=_("责任者"), max_length=200)
    date = forms.CharField(
        label=_("日期"), max_length=40, help_text=_("如 2026-06-02、2026年6月、民国三十八年。")
    )
    document_number = forms.CharField(label=_("文号"), max_length=100, required=False)
    retention = forms.CharField(
        label=_("保管期限"),
        max_length=10,
        required=False,
        help_text=_("如 永久、30年；不填时按保管期限表建议。"),
    )
    classification = forms.ChoiceField(
        label=_("密级"), choices=[("公开", _("公开")), ("限制", _("限制（内部）"))], initial="公开"
    )
    key = forms.CharField(widget=forms.HiddenInput)
    previous = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_date(self) -> str:
        """A date the platform understands."""
        text = str(self.cleaned_data["date"])
        try:
            parse_date(text)
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error
        return text

    def clean_retention(self) -> str:
        """A term the platform understands, or none."""
        return _term(str(self.cleaned_data["retention"]))

    def clean(self) -> dict[str, Any]:
        """One record needs a title."""
        values = super().clean() or {}
        if values.get("together") and not values.get("title", "").strip():
            self.add_error("title", _("请写题名，例如“关于召开防汛工作会议的通知”。"))
        return values

    def name_problems(self) -> None:
        """See :func:`_name_problems`."""
        _name_problems(self)


class ClassifyForm(forms.Form):
    """What a clerk may overrule before a number is fixed."""

    retention = forms.CharField(label=_("保管期限"), max_length=10)
    unit_code = forms.CharField(label=_("机构或问题"), max_length=20, required=False)
    reason = forms.CharField(label=_("与建议不同的理由"), max_length=300, required=False)

    def clean_retention(self) -> str:
        """A term the platform understands."""
        return _term(str(self.cleaned_data["retention"]))


class ReasonForm(forms.Form):
    """Why a number is withdrawn; it stands in the 备考表."""

    reason = forms.CharField(
        label=_("撤销原因"),
        max_length=300,
        error_messages={"required": _("请写明原因，它会印在备考表上。")},
    )


def _term(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return retention_term(text).code
    except Invalid as error:
        raise forms.ValidationError(str(error)) from error
