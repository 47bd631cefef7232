"""Packages of kind ``carrier``: the layout of offline carriers (《电子档案移交与接收办法》, 2012, annex 2).

::

    说明文件.TXT   文件目录.XML or 案卷目录.XML   电子档案/<年度>/<类别>/<文件>   其他/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.findings import Finding
from lantai.core.language import gettext as _

from .catalogue_writing import CatalogueWriter, charset_of, write_declaration
from .columns import guess_role
from .kinds import Kind
from .listing import Entry, list_files
from .losses import Losses
from .naming import Namer, safe_name
from .package import Package, PackageFile, PackageItem
from .placement import folder_for, place_content
from .rules import Rules, kind_data, rules_of
from .xmlcatalogue import (
    DECLARATION,
    OTHERS,
    XmlCatalogue,
    files_of,
    fill_from_code,
    holds,
    normal,
    row_values,
)

KEY = "carrier"
CONTENT = "电子档案"
_SEPARATORS = re.compile(r"[;；\n\r|]+")
_TOLD = 20
_FIELDS = {"档号": "M8", "责任者": "M32", "题名": "M22", "日期": "M33", "密级": "M38"}
_ENVIRONMENT = "通用操作系统；能打开 XML、文本及包内各格式文件的软件"


def recognises(path: Path) -> bool:
    """Whether the folder holds a 文件目录.XML or 案卷目录.XML."""
    return holds(path, kind_data(KEY)["catalogue"]["names"])


def read(root: Path) -> Package:
    """Reads a carrier; what is wrong is in its findings and structure."""
    data = kind_data(KEY)["catalogue"]
    catalogue = XmlCatalogue.open(list_files(root), data["names"], data["entries"])
    content = Content.of(catalogue)
    items = Items(catalogue, content)
    stray = content.count_used(items)
    return Package(
        KEY,
        root,
        catalogue.declaration,
        items,
        stray,
        catalogue.findings(root, data["names"][0]),
        catalogue.listing.paths(without=catalogue.declaration_file),
        structure=lambda: check_structure(catalogue, content, items),
    )


@dataclass(slots=True)
class Content:
    """The files below 电子档案/, found by path, by name or by the folder they lie in."""

    prefix: str
    paths: dict[str, list[Entry]] = field(default_factory=dict)
    names: dict[str, list[Entry]] = field(default_factory=dict)
    folder_names: dict[str, set[str]] = field(default_factory=dict)
    used: Counter[bytes] = field(default_factory=Counter)
    outside: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, catalogue: XmlCatalogue) -> Content:
        """Indexes the files once."""
        content = cls(f"{catalogue.prefix}{CONTENT}/")
        own = {catalogue.file, catalogue.declaration_file}
        for entry in catalogue.listing.files.values():
            if entry.name.startswith(content.prefix):
                content._add(entry, normal(entry.name[len(content.prefix) :]))
            elif entry not in own and not entry.name.startswith(f"{catalogue.prefix}{OTHERS}/"):
                content.outside.append(entry.name)
        return content

    def _add(self, entry: Entry, name: str) -> None:
        parts = name.split("/")
        self.paths.setdefault(name, []).append(entry)
        for key in {parts[-1], parts[-1].rpartition(".")[0] or parts[-1]}:
            self.names.setdefault(key, []).append(entry)
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            self.paths.setdefault(folder, []).append(entry)
            self.folder_names.setdefault(parts[depth - 1], set()).add(folder)

    def find(self, name: str) -> tuple[list[Entry], str]:
        """The files a catalogue means, and the folder they make up; empty when there are none, or several."""
        wanted = normal(name.replace("\\", "/")).strip("/").removeprefix(f"{CONTENT}/")
        found = self.paths.get(wanted, [])
        if found:
            return found, self.prefix + wanted
        named = self.names.get(wanted, [])
        if len(named) == 1:
            return named, ""
        folders = self.folder_names.get(wanted, set())
        if len(folders) == 1:
            (folder,) = folders
            return self.paths[folder], self.prefix + folder
        return [], ""

    def count_used(self, items: Items) -> tuple[str, ...]:
        """Notes which files are some item's; answers with those that are nobody's."""
        for row in items.catalogue.rows():
            for found, _base in items.found(row):
                self.used.update(entry.name_bytes for entry in found)
        every = (entry for entries in self.names.values() for entry in entries)
        loose = {entry.name for entry in every if entry.name_bytes not in self.used}
        return (*self.outside, *sorted(loose))


@dataclass(slots=True)
class Items:
    """The entries of the catalogue with their files, read anew at each iteration."""

    catalogue: XmlCatalogue
    content: Content

    def __iter__(self) -> Iterator[PackageItem]:
        volumes = self.catalogue.table is not None and self.catalogue.table.entry == "案卷"
        for number, row in enumerate(self.catalogue.rows(), 1):
            metadata, extra = row_values({name: row[name] for name in row if name != "电子档案名称"})
            fill_from_code(metadata, extra)
            if volumes:
                metadata.setdefault("M1", "案卷")
            files: list[PackageFile] = []
            for found, base in self.found(row):
                files += files_of(found, base)
            yield PackageItem(
                number, metadata, _with_one_body(files), extra, missing=tuple(self.missing(row))
            )

    def found(self, row: Mapping[str, str]) -> Iterator[tuple[list[Entry], str]]:
        """The files of an entry, group by group; by its reference code where it names none."""
        for name in _names(row):
            yield self.content.find(name)

    def missing(self, row: Mapping[str, str]) -> list[str]:
        """Names the entry lists and the carrier does not hold, or holds more than once."""
        return [name for name in _names(row) if not self.content.find(name)[0]]


def _names(row: Mapping[str, str]) -> list[str]:
    listed = [part.strip() for part in _SEPARATORS.split(row.get("电子档案名称", "")) if part.strip()]
    return listed or ([row["档号"]] if row.get("档号") else [])


def _with_one_body(files: Sequence[PackageFile]) -> tuple[PackageFile, ...]:
    """Groups found one by one each have a first file; only the very first is the body."""
    return tuple(
        file
        if not place or file.role != "body" or guess_role(file.name) == "body"
        else PackageFile(file.path, file.name_bytes, file.name, "attachment", file.declared, file.size_bytes)
        for place, file in enumerate(files)
    )


def check_structure(catalogue: XmlCatalogue, content: Content, items: Items) -> Iterator[Finding]:
    """What annex 2 asks of a carrier."""
    rules, data = rules_of(KEY), kind_data(KEY)
    yield from catalogue.check_documents(rules, data["catalogue"], "文件目录.XML")
    yield from _check_declaration(catalogue, rules, data["declaration"]["required"])
    wanted = data["catalogue"]
    for number, row, findings in catalogue.check_entries(rules, wanted["required"], wanted["present"]):
        yield from findings
        for name in items.missing(row):
            subject = f"目录第{number}条 {name}"
            remedy = "请把该文件放进“电子档案”文件夹，或改正“电子档案名称”。"
            yield rules.fail(
                "entry.files", subject, "在“电子档案”文件夹中，且只有一个", "没有或不止一个", remedy
            )
    yield from _check_unlisted(rules, content)


def _check_declaration(catalogue: XmlCatalogue, rules: Rules, required: list[list[str]]) -> Iterator[Finding]:
    if catalogue.declaration_file is None:
        return
    given = {name.strip() for name, value in catalogue.declaration.values.items() if value}
    for names in required:
        if given.isdisjoint(names):
            subject = f"{catalogue.declaration_file.name} {names[0]}"
            remedy = f"请补上“{names[0]}：……”一行。"
            yield rules.warn("declaration", subject, "已填写", "没有", remedy)


def _check_unlisted(rules: Rules, content: Content) -> Iterator[Finding]:
    every = {entry.name: entry for entries in content.names.values() for entry in entries}
    loose = sorted(name for name, entry in every.items() if entry.name_bytes not in content.used)
    for name in loose[:_TOLD]:
        remedy = "请在目录中补上该件，或从载体中取出该文件。"
        yield rules.fail("entry.files", name, "目录中列出", "没有列出", remedy)
    if len(loose) > _TOLD:
        more = f"另有 {len(loose) - _TOLD} 个文件"
        yield rules.fail("entry.files", more, "目录中列出", "没有列出", "请逐一核对目录。")
    for name in content.outside[:_TOLD]:
        expected = "在“电子档案”或“其他”文件夹中"
        yield rules.warn("layout", name, expected, "在别处", "请移入“其他”文件夹或从载体中取出。")


def write_carrier(package: Package, target: Path, options: Mapping[str, str]) -> list[str]:
    """Writes the package in the layout of a carrier, as a folder or as a ZIP file.

    Args:
        package: of any kind.
        target: must not exist.
        options: ``encoding`` (utf-8, gb18030); any other name is a line of 说明文件.

    Returns:
        what could not be carried: of the description only what the catalogue has fields for stays.
    """
    charset, losses = charset_of(options), Losses()
    with folder_for(target) as folder:
        agency, count, namers = package.declaration.agency, 0, dict[str, Namer]()
        with CatalogueWriter(folder / "文件目录.XML", "文件目录", "文件", charset) as catalogue:
            for count, item in enumerate(package, 1):
                agency = agency or item.metadata.get("M6", "").strip()
                catalogue.write(_entry(folder, count, item, namers, losses))
        for name in (CONTENT, OTHERS):
            (folder / name).mkdir(exist_ok=True)
        given = {name: value for name, value in options.items() if name != "encoding"}
        lines = {**_declaration(package, agency, count, losses), **given}
        write_declaration(folder / DECLARATION, lines, charset, losses)
    return losses.sentences()


def _entry(
    folder: Path, number: int, item: PackageItem, namers: dict[str, Namer], losses: Losses
) -> dict[str, str]:
    """Copies an item's files; answers with its entry in the catalogue."""
    year = item.metadata.get("M11", "").strip()
    category = item.extra.get("门类", "").strip() or item.metadata.get("M14", "").strip()
    named = [_SEPARATORS.sub("_", name) for name in (year, category, item.metadata.get("M8", "").strip())]
    classes = "/".join(safe_name(name, "_") for name in named[:2] if name) or "未分"
    home = namers.setdefault(classes, Namer()).name(named[2], f"{number:04d}")
    for file in place_content(item, folder / CONTENT / classes / home, losses):
        if file.declared:
            losses.note(_("文件的数字摘要没有位置，未写入"), item.label)
    losses.note_values(item, {*_FIELDS.values(), "M75", "序号"})
    return {
        "顺序号": str(number),
        **{name: item.metadata.get(m_code, "") for name, m_code in _FIELDS.items()},
        "电子档案名称": f"{classes}/{home}",
        "备注": item.metadata.get("M75", ""),
    }


def _declaration(package: Package, agency: str, count: int, losses: Losses) -> dict[str, str]:
    came = dict(package.declaration.values)
    for name in ("信息包摘要", "包摘要", "数字摘要"):
        if came.pop(name, ""):
            losses.note(_("“%(name)s”是原包的，新包未写") % {"name": name}, DECLARATION)
    defaults = {"保管单位": agency, "制作单位": agency, "软硬件环境": _ENVIRONMENT}
    return {**defaults, **{name: value for name, value in came.items() if value}, "档案数量": str(count)}


KIND = Kind(KEY, "离线载体（2012）", recognises, read, write_carrier)
