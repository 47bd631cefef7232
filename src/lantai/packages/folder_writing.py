"""Writing a package of kind ``folder`` from any other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.language import gettext as _

from .columns import columns, declaration_fields, fold, guess_role
from .losses import Losses
from .naming import Namer
from .package import Package, PackageFile, PackageItem
from .writer import FileToWrite, ItemToWrite, write_folder_package

_COMPUTED = frozenset({"items", "bytes", "digest"})
_SEPARATORS = re.compile("[;；|]")
"""What stands between file names in the catalogue, and so in none of them."""
_OWN_COLUMNS = frozenset({"序号", "文件", "数字摘要", "字节数"})


def write_folder(package: Package, target: Path, options: Mapping[str, str]) -> list[str]:
    """Writes 目录.xlsx, 说明文件.TXT and a folder of files for each item; one ZIP where the target is one.

    Args:
        package: of any kind.
        target: must not exist.
        options: lines of 说明文件 (移交单位, 全宗号, …).
    """
    writing = _Writing()
    items = [writing.item(item) for item in package]
    for name in package.stray_files:
        writing.losses.note(_("不属于任何一件的文件"), name)
    lines = {
        name: value
        for name, value in package.declaration.values.items()
        if declaration_fields().get(fold(name), "items") not in _COMPUTED
    }
    if package.declaration.agency:
        lines.setdefault("移交单位", package.declaration.agency)
    write_folder_package(target, items, {**lines, **options})
    return writing.losses.sentences()


@dataclass(slots=True)
class _Writing:
    losses: Losses = field(default_factory=Losses)

    def item(self, item: PackageItem) -> ItemToWrite:
        """The item as a row of the catalogue, with its files in a folder of their own."""
        row: dict[str, str] = {}
        for column in columns():
            value = item.metadata.get(column.code, "") if column.code else item.extra.get(column.name, "")
            if value.strip() and column.name not in _OWN_COLUMNS:
                row[column.name] = value
        if item.announced_attachments is not None:
            row.setdefault("附件数", str(item.announced_attachments))
        codes = {column.code for column in columns()}
        self.losses.note_values(item, codes | {column.name for column in columns()})
        for source in item.embedded:
            self.losses.note(_("随件的另一份元数据（%(source)s）") % {"source": source}, item.label)
        for name in item.missing:
            self.losses.note(_("目录列出而包内没有的文件"), f"{item.label} {name}")
        base, namer = f"{item.number:06d}", Namer()
        folder, files = "", list[FileToWrite]()
        for place, file in enumerate(item.files):
            given = file.name.rstrip("/").rpartition("/")[2]
            name = namer.name(_SEPARATORS.sub("_", given), f"{place:04d}")
            if name != given:
                self.losses.note(_("文件名不能照用，已改名"), f"{item.label} {file.name}")
            if file.pages:
                folder = f"{base}/{name}"
            files += self._files(file, f"{base}/{name}")
            if file.role != (guess_role(name) or ("attachment" if place else "body")) and not file.pages:
                self.losses.note(_("文件在件中的角色"), f"{item.label} {file.name}")
        return ItemToWrite(row, tuple(files), folder)

    def _files(self, file: PackageFile, name: str) -> Iterator[FileToWrite]:
        if not file.pages:
            yield FileToWrite(file.path, name)
            return
        namer = Namer()
        for place, page in enumerate(file.pages, 1):
            yield FileToWrite(page, f"{name}/{namer.name(page.name, f'{place:04d}')}")
