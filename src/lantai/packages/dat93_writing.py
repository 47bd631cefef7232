"""Writing a transfer package of DA/T 93-2022, appendix B, from any other kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.language import gettext as _

from .catalogue_writing import CatalogueWriter, charset_of, write_declaration
from .dat46 import description_xml
from .losses import Losses
from .naming import Namer, safe_name
from .package import Package, PackageFile, PackageItem
from .placement import folder_for, place_content
from .xmlcatalogue import DECLARATION, OTHERS

METADATA = re.compile(r"^电子档案.*元数据\.XML$", re.IGNORECASE)
"""The name of an item's description (DA/T 93-2022 B)."""
METADATA_NAME = "电子档案元数据.XML"
FIELDS = {
    "档号": "M8",
    "责任者": "M32",
    "题名": "M22",
    "日期": "M33",
    "保管期限": "M12",
    "密级": "M38",
    "页数": "M43",
    "备注": "M75",
}
_OPTIONAL = frozenset({"页数"})
_COMPUTED = frozenset({"起止档号", "档案数量", "总件数", "件数", "信息包摘要", "包摘要", "数字摘要"})
_ENVIRONMENT = "通用操作系统；能打开 XML、文本及包内各格式文件的软件"


def write_dat93(package: Package, target: Path, options: Mapping[str, str]) -> list[str]:
    """Writes the package as a folder, or as one ZIP file when the target ends in ``.zip``.

    Args:
        package: of any kind.
        target: must not exist.
        options: ``encoding`` (utf-8, gb18030) of the catalogue and the declaration; any
            other name is a line of the declaration (移交单位, 软硬件环境, …).

    Returns:
        what could not be carried, in sentences.
    """
    charset = charset_of(options)
    with folder_for(target) as folder:
        writing = _Writing(folder, package)
        with CatalogueWriter(folder / "目录文件.XML", "文件目录", "文件", charset) as catalogue:
            for item in package:
                catalogue.write(writing.add(item))
        (folder / OTHERS).mkdir(exist_ok=True)
        lines = writing.declaration({name: value for name, value in options.items() if name != "encoding"})
        write_declaration(folder / DECLARATION, lines, charset, writing.losses)
    return writing.losses.sentences()


@dataclass(slots=True)
class _Writing:
    """A package being written, item by item."""

    folder: Path
    package: Package
    losses: Losses = field(default_factory=Losses)
    first: str = ""
    last: str = ""
    count: int = 0
    agency: str = ""
    codes: Namer = field(default_factory=Namer)

    def add(self, item: PackageItem) -> dict[str, str]:
        """Writes an item's folder; answers with its entry in the catalogue."""
        self.count += 1
        code = self._code(item)
        self.first, self.last = self.first or code, code
        self.agency = self.agency or item.metadata.get("M6", "").strip()
        home = self.folder.joinpath(*self._classes(item), code)
        files = place_content(item, home, self.losses, METADATA)
        if not files:
            self.losses.note(_("没有内容文件"), item.label)
        metadata = {**item.metadata, "M8": code}
        self._describe(home / METADATA_NAME, metadata, item.extra, files)
        values = {name: metadata.get(m_code, "") for name, m_code in FIELDS.items()}
        return {
            "顺序号": str(self.count),
            **{name: value for name, value in values.items() if value or name not in _OPTIONAL},
        }

    def _code(self, item: PackageItem) -> str:
        given = item.metadata.get("M8", "").strip()
        code = self.codes.name(given, f"{self.count:04d}")
        if not given:
            self.losses.note(_("没有档号，以顺序号代替"), item.label)
        elif code != given:
            self.losses.note(_("档号重复或不能作文件夹名，已改写"), f"{item.label} {given}")
        return code

    def _classes(self, item: PackageItem) -> list[str]:
        """The class folders above the reference code: 全宗, 门类, 年度."""
        declared = self.package.declaration
        fonds = item.metadata.get("M9", "").strip() or declared.fonds
        category = item.extra.get("门类", "").strip() or declared.category or "WS"
        year = item.metadata.get("M11", "").strip() or str(declared.year or "")
        return [safe_name(name, "_") for name in (fonds or "全宗", category, year) if name]

    def _describe(
        self, path: Path, metadata: Mapping[str, str], extra: Mapping[str, str], files: list[PackageFile]
    ) -> None:
        body = description_xml(metadata, extra, files)
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<电子档案元数据>\n{body}\n</电子档案元数据>\n'
        path.write_text(text, encoding="utf-8", newline="")

    def declaration(self, given: Mapping[str, str]) -> dict[str, str]:
        """The lines of 说明文件: what the package's own said, what is asked for, what was counted."""
        came = {name: value for name, value in self.package.declaration.values.items() if value}
        for name in ("信息包摘要", "包摘要", "数字摘要"):
            if name in came:
                self.losses.note(_("“%(name)s”是原包的，新包未写") % {"name": name}, DECLARATION)
        lines = {
            "移交单位": self.package.declaration.agency or self.agency,
            "内容描述": _("共 %(count)s 件电子档案") % {"count": self.count},
            "软硬件环境": _ENVIRONMENT,
            **{name: value for name, value in came.items() if name not in _COMPUTED},
            **given,
        }
        span = self.first if self.first == self.last else f"{self.first}～{self.last}"
        return {**lines, "起止档号": span, "档案数量": str(self.count)}
