"""The page on which a table is handed in: read first; taken in when every row can be used."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from lantai.core.errors import LantaiError

from .reading import HeadedTable

SUFFIXES = (".xlsx", ".xls", ".et", ".ods", ".csv")
Table = TypeVar("Table", bound=HeadedTable)


class TableField(forms.FileField):
    """A table, and not a large one."""

    default_error_messages = {
        "required": _("还没有选文件。"),
        "kind": _("请选表格文件：%(kinds)s。"),
        "large": _("文件超过 %(most)s MiB，请只留要导入的表，或分几次导入。"),
    }

    def __init__(self, *, most_mib: int = 10, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most_mib = most_mib
        self.widget.attrs["accept"] = ",".join(SUFFIXES)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Holds the file to its kind and size."""
        file = super().clean(data, initial)
        if Path(file.name).suffix.lower() not in SUFFIXES:
            told = {"kinds": "、".join(SUFFIXES)}
            raise forms.ValidationError(self.error_messages["kind"], params=told)
        if file.size > self.most_mib * 2**20:
            told = {"most": str(self.most_mib)}
            raise forms.ValidationError(self.error_messages["large"], params=told)
        return file


class VersionMeta:
    """Which of its fields a version is handed in with, beside its table."""

    fields = ("name", "version", "effective_from")
    widgets = {"effective_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


def import_page(
    request: HttpRequest,
    template: str,
    *,
    form: forms.BaseForm,
    read: Callable[[Path], Table],
    take: Callable[[Table], HttpResponse],
) -> HttpResponse:
    """Shows the form; of a table handed in, the answer of ``take``, or its bad rows."""
    table: Table | None = None
    if request.method == "POST" and form.is_valid():
        try:
            table = _read(form.cleaned_data["file"], read)
            if not table.problems:
                return take(table)
        except LantaiError as error:
            form.add_error(None, str(error))
    refused = bool(form.errors or (table and table.problems))
    context = {"form": form, "table": table}
    return render(request, template, context, status=422 if refused else 200)


def _read(file: Any, read: Callable[[Path], Table]) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table{Path(file.name).suffix.lower()}"
        path.write_bytes(file.read())
        return read(path)
