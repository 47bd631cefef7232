"""What a clerk is asked about a package, loose files, and a record that is arranged."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .fields import ClassificationField, DateField, FilesField, KeyedForm, TermField


class PackageForm(KeyedForm):
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
    previous = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """The package comes with the form, or came before it, piece by piece."""
        values = super().clean() or {}
        if not values.get("package") and not values.get("upload") and "package" not in self.errors:
            self.add_error("package", str(self.fields["package"].error_messages["required"]))
        return values


class LooseForm(KeyedForm):
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
    date = DateField(help_text=_("如 2026-06-02、2026年6月、民国三十八年。"))
    document_number = forms.CharField(label=_("文号"), max_length=100, required=False)
    retention = TermField()
    classification = ClassificationField()
    previous = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """One record needs a title."""
        values = super().clean() or {}
        if values.get("together") and not values.get("title", "").strip():
            self.add_error("title", _("请写题名，例如“关于召开防汛工作会议的通知”。"))
        return values


class ClassifyForm(forms.Form):
    """What a clerk may overrule before a number is fixed."""

    retention = TermField(required=True, help_text="")
    unit_code = forms.CharField(label=_("机构或问题"), max_length=20, required=False)
    reason = forms.CharField(label=_("与建议不同的理由"), max_length=300, required=False)


class ReasonForm(forms.Form):
    """Why a number is withdrawn; it stands in the 备考表."""

    reason = forms.CharField(
        label=_("撤销原因"),
        max_length=300,
        error_messages={"required": _("请写明原因，它会印在备考表上。")},
    )
