"""Packages of kind ``folder``: a folder or archive with a catalogue and the files it lists.

The columns are documented in ``docs/reference/folder-package.md``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.findings import Finding

from .catalogue import Catalogue, Row, is_blank, open_catalogue
from .columns import Column, columns, columns_by_heading, fold, guess_role
from .declaration import parse_digest, read_declaration
from .folder_writing import write_folder
from .kinds import Kind
from .listing import Entry, Listing, list_files
from .package import Declaration, Package, PackageFile, PackageItem
from .problems import DOCUMENTS, failure, unopened, warning

CATALOGUE_NAMES = ("目录.xlsx", "目录.csv", "目录.CSV", "目录.XLSX", "目录文件.xlsx", "目录文件.csv")
DECLARATION_NAMES = ("说明文件.TXT", "说明文件.txt")
_HEADER_ROWS = 10
_SHOWN = 10
_SEPARATORS = re.compile(r"[;；\n\r|]+")
_IMAGE = re.compile(r"\.(tiff?|jpe?g|jp2|png)$", re.IGNORECASE)
_COUNT = re.compile(r"^\s*([0-9]+)\s*(?:[个件页份])?\s*$")


def read_folder(root: Path) -> Package:
    """Reads a folder package. What is wrong is in the package's findings; nothing is raised."""
    listing = list_files(root)
    findings = [*map(unopened, listing.unsafe)]
    prefix = _find_prefix(listing)
    catalogue_entry = _first(listing, prefix, CATALOGUE_NAMES)
    declaration_entry = _first(listing, prefix, DECLARATION_NAMES)
    declaration = Declaration()
    if declaration_entry:
        declaration, problems = read_declaration(declaration_entry.path)
        findings += problems
    items: FolderItems | tuple[PackageItem, ...] = ()
    stray: tuple[str, ...] = ()
    if catalogue_entry is None:
        findings.append(_no_catalogue(root))
    else:
        try:
            items = FolderItems(open_catalogue(catalogue_entry.path), listing, prefix)
            findings += items.findings
            stray = _stray(listing, items.used, {catalogue_entry, declaration_entry})
        except Invalid as error:
            findings.append(
                failure(DOCUMENTS, error.subject, "能够打开的目录文件", error.message, error.remedy)
            )
    covered = listing.paths(without=declaration_entry)
    return Package("folder", root, declaration, items, stray, tuple(findings), covered)


def has_catalogue(root: Path) -> bool:
    """Whether a catalogue lies in the folder, or in the one folder it consists of."""
    inside = [*root.iterdir()]
    homes = [root, *(inside if len(inside) == 1 and inside[0].is_dir() else [])]
    return any((home / name).is_file() for home in homes for name in CATALOGUE_NAMES)


@dataclass(slots=True)
class FolderItems:
    """The items a catalogue lists; reading it once at the start finds the header and every file used.

    Attributes:
        catalogue: the table.
        listing: the files of the package.
        prefix: folder of the catalogue within the package, empty or with a final ``/``.
        headings: the column of each cell, by position.
        used: name bytes of the files that some item lists.
        findings: what is wrong with the catalogue as a whole.
    """

    catalogue: Catalogue
    listing: Listing
    prefix: str
    headings: dict[int, Column] = field(default_factory=dict)
    used: set[bytes] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    _codes: dict[str, str] = field(default_factory=dict)
    _header_rows: int = 0

    def __post_init__(self) -> None:
        self.findings = list(self.catalogue.findings)
        self._read_header()
        twice: Counter[str] = Counter()
        for item in self:
            for file in item.files:
                for entry in self._entries(file):
                    if entry.name_bytes in self.used:
                        twice[entry.name] += 1
                    self.used.add(entry.name_bytes)
        self.findings += [_listed_twice(name) for name in twice]

    def __iter__(self) -> Iterator[PackageItem]:
        number = 0
        for index, row in enumerate(self.catalogue.rows()):
            if index >= self._header_rows and self.headings and not is_blank(row):
                number += 1
                yield self._item(number, index + 1, row)

    def _read_header(self) -> None:
        known = columns_by_heading()
        for index, row in enumerate(self.catalogue.rows()):
            headings = {place: known.get(fold(cell)) for place, cell in enumerate(row)}
            found = {place: column for place, column in headings.items() if column is not None}
            if any(column.name == "题名" for column in found.values()):
                self._header_rows = self._last_of_header(index + 1)
                self._take_headings(row, found)
                self._refuse_merged_rows()
                return
            if index >= _HEADER_ROWS:
                break
        self.findings.append(_no_header())

    def _last_of_header(self, row: int) -> int:
        """The row where the header ends: a heading may be merged over the rows below it."""
        return max([row, *(last for first, last in self.catalogue.merged if first <= row <= last)])

    def _refuse_merged_rows(self) -> None:
        """Merged headings and a title above them are usual; merged rows leave items without their values."""
        rows = sorted({first for first, last in self.catalogue.merged if last > self._header_rows})
        if rows:
            self.findings.append(_merged(self.catalogue.name, rows))

    def _take_headings(self, row: Row, found: dict[int, Column]) -> None:
        seen: set[str] = set()
        for place, column in found.items():
            if column.name in seen:
                self.findings.append(_column_twice(column.name))
            else:
                seen.add(column.name)
                self.headings[place] = column
        self._codes = {column.name: column.code for column in self.headings.values() if column.code}
        missing = [column.name for column in columns() if column.required and column.name not in seen]
        if missing:
            self.findings.append(_columns_missing(missing))
        unknown = [cell.strip() for place, cell in enumerate(row) if cell.strip() and place not in found]
        if unknown:
            self.findings.append(_columns_unknown(unknown))

    def _item(self, number: int, line: int, row: Row) -> PackageItem:
        cells = {column.name: row[place] for place, column in self.headings.items() if place < len(row)}
        files, missing = self._files(cells)
        return PackageItem(
            number=number,
            row=line,
            metadata={code: cells.get(name, "") for name, code in self._codes.items()},
            files=files,
            extra={
                name: value
                for name, value in cells.items()
                if name not in self._codes and name not in {"文件", "数字摘要", "字节数"}
            },
            missing=missing,
            announced_attachments=_count(cells.get("附件数", "")),
            announced_pages=_count(cells.get("页数", "")),
        )

    def _files(self, cells: dict[str, str]) -> tuple[tuple[PackageFile, ...], tuple[str, ...]]:
        digests = _digests(cells.get("数字摘要", ""))
        sizes = _split(cells.get("字节数", ""))
        files: list[PackageFile] = []
        missing: list[str] = []
        for place, name in enumerate(_split(cells.get("文件", ""))):
            declared = digests.get(name) or digests.get(str(place)) or {}
            size = _count(sizes[place]) if place < len(sizes) else None
            entry = self.listing.find(self.prefix + name)
            folder = [] if entry else self.listing.find_folder(self.prefix + name)
            if entry:
                files.append(_file(entry, declared, size, bool(files)))
            elif folder and all(_IMAGE.search(member.name) for member in folder):
                files.append(_page_images(self.prefix + name, folder))
            elif folder:
                named = [(member, digests.get(member.name.rpartition("/")[2], {})) for member in folder]
                for member, own in named:
                    files.append(_file(member, own, None, bool(files)))
            else:
                missing.append(name)
        return tuple(files), tuple(missing)

    def _entries(self, file: PackageFile) -> list[Entry]:
        if file.pages:
            return self.listing.find_folder(file.name)
        return [self.listing.files[file.name_bytes]]


def _file(entry: Entry, declared: dict[str, str], size: int | None, has_body: bool) -> PackageFile:
    role = guess_role(entry.name) or ("attachment" if has_body else "body")
    return PackageFile(entry.path, entry.name_bytes, entry.name, role, declared, entry.size_bytes, size)


def _page_images(name: str, members: list[Entry]) -> PackageFile:
    return PackageFile(
        path=members[0].path.parent,
        name_bytes=members[0].name_bytes.rpartition(b"/")[0],
        name=name.rstrip("/"),
        role="page_images",
        declared={},
        size_bytes=sum(member.size_bytes for member in members),
        pages=tuple(member.path for member in members),
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def _digests(text: str) -> dict[str, dict[str, str]]:
    """Declared digests by file name, or by position where no name stands before them."""
    found: dict[str, dict[str, str]] = {}
    for place, part in enumerate(_split(text)):
        name, _, value = part.rpartition("=")
        digest = parse_digest(value)
        found[name.strip() or str(place)] = dict([digest]) if digest else {"": value}
    return found


def _count(text: str) -> int | None:
    match = _COUNT.match(text)
    return int(match.group(1)) if match else None


def _find_prefix(listing: Listing) -> str:
    """The catalogue's folder: the root, or the one folder everything lies in."""
    tops = {entry.name.split("/")[0] for entry in listing.files.values() if "/" in entry.name}
    if any("/" not in entry.name for entry in listing.files.values()) or len(tops) != 1:
        return ""
    return f"{tops.pop()}/"


def _first(listing: Listing, prefix: str, names: tuple[str, ...]) -> Entry | None:
    return next((entry for name in names if (entry := listing.find(prefix + name))), None)


def _stray(listing: Listing, used: set[bytes], own: set[Entry | None]) -> tuple[str, ...]:
    return tuple(
        entry.name for entry in listing.files.values() if entry.name_bytes not in used and entry not in own
    )


def _no_catalogue(root: Path) -> Finding:
    return failure(
        DOCUMENTS,
        root.name,
        "包内有“目录.xlsx”或“目录.csv”",
        "没有找到目录文件",
        "请把目录表格命名为“目录.xlsx”，放在包的最上层后重新打包。",
    )


def _no_header() -> Finding:
    return failure(
        DOCUMENTS,
        "目录",
        "前几行中有一行表头，含“题名”一列",
        "没有找到表头",
        "请在第一行写明各列名称：序号、题名、责任者、日期、年度、保管期限、密级、文件……",
    )


def _column_twice(name: str) -> Finding:
    return failure(DOCUMENTS, f"目录“{name}”列", "一列", "出现不止一次", "请删除多余的列，只保留一列。")


def _merged(name: str, rows: list[int]) -> Finding:
    shown = "、".join(map(str, rows[:_SHOWN])) + ("……" if len(rows) > _SHOWN else "")
    return failure(
        DOCUMENTS,
        name,
        "每件一行，不合并单元格",
        f"第 {shown} 行有合并单元格",
        "请取消合并单元格，并把每一行的内容填全。",
    )


def _columns_missing(names: list[str]) -> Finding:
    listed = "、".join(names)
    return failure("int.meta.items", "目录", f"有“{listed}”列", "没有", f"请在目录中补上“{listed}”列。")


def _columns_unknown(names: list[str]) -> Finding:
    listed = "、".join(names[:10])
    return warning(
        DOCUMENTS,
        "目录",
        "列名在约定之内",
        f"不认识的列：{listed}",
        "这些列不会收入；如需收入，请改用约定的列名。",
    )


def _listed_twice(name: str) -> Finding:
    return failure(
        "auth.link",
        name,
        "一个文件只属于一件",
        "目录中不止一处列出",
        "请核对目录“文件”列，每个文件只列一次。",
    )


KIND = Kind("folder", "文件夹", has_catalogue, read_folder, write_folder)
