"""Packages of kind ``dat93``: the item-level transfer package of DA/T 93-2022, appendix B.

::

    说明文件.TXT   目录文件.XML   <全宗>/<门类>/…/<档号>/电子档案…元数据.XML + content   其他/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from lantai.core.findings import Finding

from .dat46 import Description, FileNote, Vocabulary
from .dat93_writing import METADATA, write_dat93
from .kinds import Kind
from .listing import Entry, list_files
from .package import Package, PackageFile, PackageItem
from .rules import Rules, kind_data, rules_of
from .xmlcatalogue import (
    OTHERS,
    XmlCatalogue,
    check_xml_charset,
    files_of,
    fill_from_code,
    holds,
    normal,
    row_values,
)
from .xmlpool import Tree, read_trees
from .xmlstream import XmlRefused
from .xmltree import TreeLimits

KEY = "dat93"
CATALOGUE = "目录文件.XML"
_SMALL = TreeLimits(nodes=20_000, text_chars=8 << 20)
_TOLD = 20
_AT_ONCE = 250
"""Entries whose metadata files are asked for together."""


def recognises(path: Path) -> bool:
    """Whether the folder holds a 目录文件.XML."""
    return holds(path, kind_data(KEY)["catalogue"]["names"])


def read(root: Path) -> Package:
    """Reads a transfer package; what is wrong is in its findings and structure."""
    catalogue = XmlCatalogue.open(
        list_files(root), kind_data(KEY)["catalogue"]["names"], kind_data(KEY)["catalogue"]["entry"]
    )
    layout = Layout.of(catalogue)
    items = Items(catalogue, layout)
    return Package(
        KEY,
        root,
        catalogue.declaration,
        items,
        tuple(layout.stray),
        catalogue.findings(root, CATALOGUE),
        catalogue.listing.paths(without=catalogue.declaration_file),
        structure=lambda: check_structure(catalogue, layout),
    )


@dataclass(slots=True)
class Layout:
    """Which files belong to which item.

    Attributes:
        files: by reference code (档号), in the order of their names.
        folders: the folders that bear a reference code; more than one is a fault.
        unlisted: folders with files that no entry of the catalogue names.
        stray: files no item has, those below 其他/ left out.
    """

    files: dict[str, list[Entry]] = field(default_factory=dict)
    folders: dict[str, set[str]] = field(default_factory=dict)
    unlisted: dict[str, int] = field(default_factory=dict)
    stray: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, catalogue: XmlCatalogue) -> Layout:
        """Goes through the files once; a file belongs to the outermost folder that bears a code."""
        layout = cls()
        own = {catalogue.file, catalogue.declaration_file}
        for entry in catalogue.listing.files.values():
            if entry in own:
                continue
            parts = entry.name[len(catalogue.prefix) :].split("/")
            if parts[0] == OTHERS and len(parts) > 1:
                continue
            layout._place(entry, parts, catalogue)
        return layout

    def described(self, row: Mapping[str, str]) -> list[Entry]:
        """The metadata files of an entry of the catalogue."""
        return [entry for entry in self.files.get(normal(row.get("档号", "")), []) if is_metadata(entry)]

    def trees(self, rows: Iterable[Mapping[str, str]]) -> Iterator[Tree | XmlRefused]:
        """The metadata files of some entries, read in the pool, in order."""
        return read_trees((entry.path for row in rows for entry in self.described(row)), _SMALL)

    def _place(self, entry: Entry, parts: list[str], catalogue: XmlCatalogue) -> None:
        for depth, part in enumerate(parts[:-1], 1):
            code = normal(part)
            if code and code in catalogue.codes:
                self.files.setdefault(code, []).append(entry)
                self.folders.setdefault(code, set()).add(catalogue.prefix + "/".join(parts[:depth]))
                return
        self.stray.append(entry.name)
        if len(parts) > 1:
            folder = "/".join(parts[:-1])
            self.unlisted[folder] = self.unlisted.get(folder, 0) + 1


@dataclass(slots=True)
class Items:
    """The items of the catalogue, read anew at each iteration; each one's metadata file with it."""

    catalogue: XmlCatalogue
    layout: Layout
    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    def __iter__(self) -> Iterator[PackageItem]:
        rows = enumerate(self.catalogue.rows(), 1)
        while some := list(islice(rows, _AT_ONCE)):
            trees = self.layout.trees(row for _number, row in some)
            for number, row in some:
                yield self._item(number, row, trees)

    def _item(self, number: int, row: Mapping[str, str], trees: Iterator[Tree | XmlRefused]) -> PackageItem:
        code = normal(row.get("档号", ""))
        entries = self.layout.files.get(code, [])
        base = min(self.layout.folders.get(code, {""}))
        metadata, extra = row_values(row)
        embedded: dict[str, Mapping[str, str]] = {}
        notes = Description()
        for entry in self.layout.described(row):
            if found := self._describe(next(trees)):
                embedded[entry.name.rpartition("/")[2]] = found.metadata
                metadata = {**found.metadata, **_given(metadata)}
                extra = {**found.extra, **_given(extra)}
                notes.files += found.files
        if "M9" not in metadata and (fonds := self._fonds(base, code)):
            metadata["M9"] = fonds
        fill_from_code(metadata, extra)
        files = files_of([entry for entry in entries if not is_metadata(entry)], base)
        pages = metadata.get("M43", "")
        return PackageItem(
            number=number,
            metadata=metadata,
            files=_noted(files, base, notes),
            extra=extra,
            missing=() if entries else (code or "（无档号）",),
            announced_attachments=int(extra["附件数"]) if extra.get("附件数", "").isdecimal() else None,
            announced_pages=int(pages) if pages.isascii() and pages.isdecimal() else None,
            embedded=embedded,
        )

    def _describe(self, tree: Tree | XmlRefused) -> Description | None:
        """``None`` for a metadata file that was refused, which the structure tells."""
        return None if isinstance(tree, XmlRefused) else self.vocabulary.describe(tree.root)

    def _fonds(self, base: str, code: str) -> str:
        """The top folder, where the reference code begins with it: then it is the fonds' number."""
        top = base[len(self.catalogue.prefix) :].partition("/")[0]
        return top if top and top != code and code.startswith(top) else ""


def is_metadata(entry: Entry) -> bool:
    """Whether a file is an item's description and no content."""
    return METADATA.match(entry.name.rpartition("/")[2]) is not None


def _given(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _noted(files: Sequence[PackageFile], base: str, notes: Description) -> tuple[PackageFile, ...]:
    """The files in the order of the item's description, with the size and digests it states."""
    places: dict[str, int] = {}
    for place, note in enumerate(notes.files):
        name = normal(note.name.replace("\\", "/"))
        for known in (name, name.rpartition("/")[2]):
            places.setdefault(known, place)
    found: list[tuple[int, PackageFile]] = []
    for file in files:
        within = normal(file.name[len(base) :].lstrip("/"))
        place = places.get(within, places.get(within.rpartition("/")[2], len(notes.files)))
        stated = notes.files[place] if place < len(notes.files) and not file.pages else None
        found.append((place, _with_note(file, stated) if stated else file))
    return tuple(file for _place, file in sorted(found, key=lambda pair: pair[0]))


def _with_note(file: PackageFile, note: FileNote) -> PackageFile:
    return replace(file, declared=note.digests, declared_bytes=note.size_bytes)


def check_structure(catalogue: XmlCatalogue, layout: Layout) -> Iterator[Finding]:
    """What appendix B asks of the package, in the order of its rules."""
    rules, data = rules_of(KEY), kind_data(KEY)
    yield from catalogue.check_documents(rules, data["catalogue"], CATALOGUE)
    if catalogue.declaration_file:
        yield from _check_declaration(catalogue, rules, data["declaration"])
    if catalogue.table is None:
        return
    first = last = ""
    wanted = data["catalogue"]
    entries = catalogue.check_entries(rules, wanted["required"], wanted["present"])
    while some := list(islice(entries, _AT_ONCE)):
        trees = layout.trees(row for _number, row, _findings in some)
        for number, row, findings in some:
            yield from findings
            code = normal(row.get("档号", ""))
            first, last = first or code, code or last
            if row.get("顺序号", "").isdecimal() and int(row["顺序号"]) != number:
                remedy = "请从 1 起连续编写顺序号。"
                yield rules.warn("sequence", f"目录第{number}条", str(number), row["顺序号"], remedy)
            if code:
                yield from _check_item(rules, layout, code, number, trees)
    yield from _check_range(catalogue, rules, first, last)
    yield from _check_others(rules, layout)


def _check_declaration(
    catalogue: XmlCatalogue, rules: Rules, wanted: Mapping[str, list[str]]
) -> Iterator[Finding]:
    values = {name.strip(): value for name, value in catalogue.declaration.values.items() if value}
    subject = catalogue.declaration_file.name if catalogue.declaration_file else ""
    for name in wanted["required"]:
        if name not in values:
            yield rules.fail(
                "declaration", f"{subject} {name}", "已填写", "没有", f"请补上“{name}：……”一行。"
            )
    offline = [name for name in wanted["carrier"] if name in values]
    for name in wanted["carrier"] if offline else []:
        if name not in values:
            yield rules.warn("offline", f"{subject} {name}", "离线移交时填写", "没有", f"请补上“{name}”。")
    declared = catalogue.declaration.items
    if declared is not None and declared != catalogue.count:
        remedy = "请核对有没有漏件或多件，再改正说明文件或目录。"
        yield rules.fail(
            "count", f"{subject} 档案数量", f"{declared} 件", f"目录 {catalogue.count} 条", remedy
        )


def _check_item(
    rules: Rules, layout: Layout, code: str, number: int, trees: Iterator[Tree | XmlRefused]
) -> Iterator[Finding]:
    entries = layout.files.get(code, [])
    subject = f"目录第{number}条 {code}"
    if not entries:
        remedy = "请补上以该档号命名的文件夹，或从目录中删去该条。"
        yield rules.fail("entry.folder", subject, f"有“{code}”文件夹，内有文件", "没有", remedy)
        return
    if len(layout.folders[code]) > 1:
        observed = "、".join(sorted(layout.folders[code]))
        yield rules.fail("entry.folder", subject, "一个档号一个文件夹", observed, "请合并为一个文件夹。")
    described = [entry for entry in entries if is_metadata(entry)]
    if not described:
        remedy = "请补上该件的元数据文件，如“电子档案元数据.XML”。"
        yield rules.fail("item.metadata", subject, "有“电子档案…元数据.XML”", "没有", remedy)
    if len(described) == len(entries):
        yield rules.fail("item.content", subject, "至少一个内容文件", "没有", "请补上该件的电子文件。")
    for entry in described:
        yield from _check_metadata(rules, entry, next(trees))


def _check_metadata(rules: Rules, entry: Entry, tree: Tree | XmlRefused) -> Iterator[Finding]:
    if isinstance(tree, XmlRefused):
        yield rules.fail("item.metadata", entry.name, "可以读取的 XML", tree.message, tree.remedy)
    else:
        yield from check_xml_charset(rules, entry.name, tree.charset)


def _check_range(catalogue: XmlCatalogue, rules: Rules, first: str, last: str) -> Iterator[Finding]:
    stated = normal(catalogue.declaration.values.get("起止档号", ""))
    if stated and first and not (stated.startswith(first) and stated.endswith(last)):
        remedy = "请改正“起止档号”，写目录首条和末条的档号。"
        yield rules.warn("range", "说明文件 起止档号", f"{first} 至 {last}", stated, remedy)


def _check_others(rules: Rules, layout: Layout) -> Iterator[Finding]:
    for place, (folder, count) in enumerate(sorted(layout.unlisted.items())):
        if place == _TOLD:
            more = f"另有 {len(layout.unlisted) - _TOLD} 个文件夹"
            yield rules.fail("entry.folder", more, "目录中有同名条目", "没有", "请逐一核对目录。")
            break
        remedy = "请在目录中补上该件，或从包中取出该文件夹。"
        yield rules.fail("entry.folder", folder, "目录中有同名档号的条目", f"没有（{count} 个文件）", remedy)
    for name in [name for name in layout.stray if name.count("/") <= 1][:_TOLD]:
        if name.rpartition("/")[0] not in layout.unlisted:
            remedy = "请移入“其他”文件夹或从包中取出。"
            yield rules.warn("layout", name, "只有说明文件和目录文件", "多出的文件", remedy)


KIND = Kind(KEY, "“件”级移交信息包", recognises, read, write_dat93)
