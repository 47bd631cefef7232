"""What an import asks of a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantai.core.errors import Invalid
from lantai.records.api import Fonds, categories

from ..models import Import
from .charsets import CHARSETS
from .fields import fields, require_columns
from .scans import SOURCE as SCANS


class UploadForm(forms.Form):
    """A file, and the fonds its entries belong to."""

    file = forms.FileField(
        label=_("目录文件"),
        help_text=_(
            "XLSX、XLS、ODS、CSV、DBF、Access、SQLite、SQL 转储或网页表格；首行（或其上几行标题之后）是列名。"
            "也可交来扫描件的压缩包，文件夹或文件以档号命名。"
        ),
    )
    fonds = forms.ModelChoiceField(queryset=Fonds.objects.none(), label=_("全宗"), empty_label=None)
    table = forms.CharField(
        label=_("工作表或数据表"),
        required=False,
        max_length=200,
        help_text=_("不填取第一个有档号和题名的表。"),
    )
    charset = forms.ChoiceField(
        label=_("文字编码"), required=False, choices=[("", _("自动识别")), *((name, name.upper()) for name in CHARSETS)]
    )  # fmt: skip
    beside = forms.ModelChoiceField(
        queryset=Import.objects.none(), label=_("扫描件所属的目录"), required=False, empty_label=_("已导入的条目"),
        help_text=_("交来扫描件而目录只试导入、还没有导入时选。"),
    )  # fmt: skip
    title = forms.CharField(
        label=_("批次名称"), required=False, max_length=200, help_text=_("不填时用文件名。")
    )

    def __init__(self, *args: Any, choices: Any, tables: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fonds"].queryset = choices  # type: ignore[attr-defined]
        self.fields["beside"].queryset = tables  # type: ignore[attr-defined]
        if not tables.exists():
            del self.fields["beside"]


class ColumnsForm(forms.Form):
    """What each column means, and what becomes of codes that are there already."""

    known = forms.ChoiceField(label=_("档号已有时"), choices=Import.Known)
    category = forms.ChoiceField(label=_("门类（档号里没有时）"), required=False)

    def __init__(self, *args: Any, batch: Import, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.batch = batch
        if batch.source == SCANS:
            self.fields.clear()
            return
        self.fields["known"].initial = batch.known
        self.fields["category"].initial = batch.category
        self.fields["category"].choices = [("", _("以档号为准")), *categories().items()]  # type: ignore[attr-defined]
        meanings = [("", _("不导入")), *((field.key, field.label) for field in fields().values())]
        for place, (heading, key) in enumerate(zip(batch.headings, batch.columns, strict=True)):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=heading or _("第 %(place)s 列（无列名）") % {"place": place + 1},
                choices=meanings, required=False, initial=key,
            )  # fmt: skip

    @property
    def columns(self) -> list[Any]:
        """The fields of the columns, in their order."""
        return [self[f"column-{place}"] for place in range(len(self.batch.headings)) if self.fields]

    def clean(self) -> dict[str, Any]:
        """The columns as a list; what must be there is there, once."""
        values = super().clean() or {}
        values["columns"] = [values.get(f"column-{place}", "") for place in range(len(self.batch.headings))]
        if self.batch.source == SCANS:
            return {**values, "known": "", "category": None}
        try:
            require_columns(values["columns"])
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error
        return values
