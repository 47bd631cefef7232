"""What DA/T 93 and the 2012 carrier layout share: a 说明文件.TXT and a catalogue in XML."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.findings import Finding
from lantai.formats.api import detect_charset
from lantai.records.api import recognise_code, retention_term

from .columns import columns_by_heading, fold, guess_role
from .declaration import read_declaration
from .listing import Entry, Listing
from .package import Declaration, PackageFile
from .problems import DOCUMENTS, UNSAFE, failure, unopened
from .rules import Rules
from .xmlpool import Table
from .xmlstream import Charset, XmlRefused

DECLARATION = "说明文件.TXT"
OTHERS = "其他"
IMAGE = re.compile(r"\.(tiff?|jpe?g|jp2|png)$", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+$")
_TEXT_CHARSETS = frozenset({"utf-8", "utf-8-sig", "gb18030"})


def holds(root: Path, names: Sequence[str]) -> bool:
    """Whether one of the names lies in a folder, or in the one folder it holds."""
    if not root.is_dir():
        return False
    wanted = {name.casefold() for name in names}
    with os.scandir(root) as entries:
        found = [entry for entry in entries if entry.name not in {"__MACOSX", ".DS_Store"}]
    if any(entry.name.casefold() in wanted for entry in found):
        return True
    if len(found) != 1 or not found[0].is_dir(follow_symlinks=False):
        return False
    return any(name.casefold() in wanted for name in os.listdir(found[0].path))  # noqa: PTH208 - names alone


def top_folder(listing: Listing) -> str:
    """The package's folder within the listing: empty, or the one top folder with a final ``/``."""
    tops = {entry.name.split("/")[0] for entry in listing.files.values() if "/" in entry.name}
    if any("/" not in entry.name for entry in listing.files.values()) or len(tops) != 1:
        return ""
    return f"{tops.pop()}/"


def find_at_top(listing: Listing, prefix: str, names: Sequence[str]) -> Entry | None:
    """The first of the names that lies right in the package's folder, whatever its case."""
    entries = {
        entry.name[len(prefix) :].casefold(): entry
        for entry in listing.files.values()
        if entry.name.startswith(prefix) and "/" not in entry.name[len(prefix) :]
    }
    return next((entries[name.casefold()] for name in names if name.casefold() in entries), None)


def normal(text: str) -> str:
    """A name for comparing (NFC)."""
    return unicodedata.normalize("NFC", text.strip())


@dataclass(slots=True)
class XmlCatalogue:
    """A catalogue in XML and the declaration beside it, as a package's reader needs them.

    Attributes:
        codes: how many entries bear each reference code (档号), in the catalogue's order.
        count: number of entries.
        refused: why the catalogue could not be read to its end.
    """

    listing: Listing
    prefix: str
    declaration_file: Entry | None
    file: Entry | None
    table: Table | None = None
    declaration: Declaration = field(default_factory=Declaration)
    declaration_problems: list[Finding] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    count: int = 0
    refused: XmlRefused | None = None

    @classmethod
    def open(cls, listing: Listing, names: Sequence[str], entry: Mapping[str, str] | str) -> XmlCatalogue:
        """Finds the two documents and reads the catalogue once."""
        prefix = top_folder(listing)
        file = find_at_top(listing, prefix, names)
        found = cls(listing, prefix, find_at_top(listing, prefix, [DECLARATION]), file)
        if found.declaration_file:
            found.declaration, found.declaration_problems = read_declaration(found.declaration_file.path)
        if file:
            plain = file.name[len(prefix) :]
            of_name = (
                entry
                if isinstance(entry, str)
                else next(word for name, word in entry.items() if name.casefold() == plain.casefold())
            )
            found.table = Table(file.path, of_name, file.name)
            for row in found.rows():
                found.count += 1
                found.codes[normal(row.get("档号", ""))] += 1
        return found

    def rows(self) -> Iterator[dict[str, str]]:
        """The entries, as far as the catalogue can be read."""
        if self.table is None:
            return
        try:
            yield from self.table.rows()
        except XmlRefused as error:
            self.refused = error

    def findings(self, root: Path, name: str) -> tuple[Finding, ...]:
        """What keeps the package from being taken at all."""
        found = [unopened(entry) for entry in self.listing.unsafe]
        if self.file is None:
            remedy = f"请把目录命名为“{name}”，放在包的最上层后重新打包。"
            found.append(failure(DOCUMENTS, root.name, f"包内有“{name}”", "没有找到目录文件", remedy))
        if self.refused is not None:
            key = UNSAFE if self.refused.hostile else DOCUMENTS
            refused = self.refused
            found.append(failure(key, refused.subject, "可以读取的 XML", refused.message, refused.remedy))
        return (*found, *self.declaration_problems)

    def check_documents(self, rules: Rules, data: Mapping[str, object], name: str) -> Iterator[Finding]:
        """Whether both documents are there, readable, and in a character set the standard allows."""
        if self.declaration_file is None:
            remedy = f"请补上“{DECLARATION}”，每行写“字段：值”，放在包的最上层。"
            yield rules.fail("declaration", DECLARATION, "有此文件", "没有", remedy)
        else:
            yield from _check_text_charset(rules, self.declaration_file)
        if self.table is None:
            remedy = f"请把目录命名为“{name}”，放在包的最上层。"
            yield rules.fail("catalogue", name, "有此文件", "没有", remedy)
            return
        if self.refused is not None:
            yield rules.fail(
                "catalogue", self.table.subject, "可以读取的 XML", self.refused.message, self.refused.remedy
            )
        roots = data["roots"]
        if self.table.root and isinstance(roots, list) and self.table.root not in roots:
            expected = f"根元素为“{'”或“'.join(roots)}”"
            remedy = "请按标准改正目录的根元素。"
            yield rules.fail("catalogue", self.table.subject, expected, f"“{self.table.root}”", remedy)
        if not self.count and self.refused is None:
            remedy = f"请把每件写成一个“{self.table.entry}”元素。"
            yield rules.fail("catalogue", self.table.subject, "至少一个条目", "没有条目", remedy)
        yield from check_xml_charset(rules, self.table.subject, self.table.charset)

    def check_entries(
        self, rules: Rules, required: Iterable[str], present: Iterable[str]
    ) -> Iterator[tuple[int, dict[str, str], list[Finding]]]:
        """Each entry with its number and what is wrong with its fields."""
        wanted, there = tuple(required), tuple(present)
        seen: set[str] = set()
        for number, row in enumerate(self.rows(), 1):
            found: list[Finding] = []
            subject = f"目录第{number}条《{row.get('题名') or '无题名'}》"
            if empty := [name for name in wanted if not row.get(name)]:
                listed = "、".join(empty)
                remedy = f"请在目录中填写“{listed}”。"
                found.append(rules.fail("entry.fields", subject, f"有“{listed}”", "没有或为空", remedy))
            if absent := [name for name in there if name not in row]:
                listed = "、".join(absent)
                remedy = f"请补上“{listed}”元素，内容可以为空。"
                found.append(rules.fail("entry.fields", subject, f"有“{listed}”元素", "没有", remedy))
            code = normal(row.get("档号", ""))
            if code and code in seen:
                observed = f"档号“{code}”出现 {self.codes[code]} 次"
                remedy = "请核对档号，一件一个，改正后重新打包。"
                found.append(rules.fail("entry.unique", subject, "档号不重复", observed, remedy))
            seen.add(code)
            yield number, row, found


def row_values(row: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The fields of an entry by M-code, and those without one by column name."""
    metadata: dict[str, str] = {}
    extra: dict[str, str] = {}
    for name, value in row.items():
        column = columns_by_heading().get(fold(name))
        if column and column.code:
            metadata[column.code] = value
        else:
            extra[column.name if column else name] = value
    return metadata, extra


def fill_from_code(metadata: dict[str, str], extra: dict[str, str]) -> None:
    """What the reference code (档号) says where nothing else does: fonds, year, retention, category.

    The catalogue of a carrier has no fields for them (2012, annex 2).
    """
    for name, value in _parts_of(_NUMBER.sub(_first, metadata.get("M8", "").strip())):
        values = metadata if name.startswith("M") else extra
        if not values.get(name):
            values[name] = value


def _first(digits: re.Match[str]) -> str:
    """The first number of as many digits: codes that differ in it alone are of one class."""
    return "1".rjust(len(digits[0]), "0")


@lru_cache(maxsize=4096)
def _parts_of(code: str) -> tuple[tuple[str, str], ...]:
    """Fonds, year, retention and category of a class of reference codes; none where it fits no template."""
    try:
        _template, parts = recognise_code(code)
        retention = retention_term(str(parts.get("retention", ""))).name
    except Invalid:
        return ()
    told = {
        "M9": parts.get("fonds"),
        "M11": parts.get("year"),
        "M12": retention,
        "门类": parts.get("category"),
    }
    return tuple((name, str(value)) for name, value in told.items() if value)


def files_of(entries: Sequence[Entry], base: str) -> tuple[PackageFile, ...]:
    """The files of an item; a folder below its own that holds nothing but images is one document."""
    folders: dict[str, list[Entry]] = {}
    for entry in entries:
        folders.setdefault(entry.name.rpartition("/")[0], []).append(entry)
    found: list[PackageFile] = []
    for folder, members in folders.items():
        if folder != base and all(IMAGE.search(member.name) for member in members):
            found.append(page_images(folder, members))
        else:
            for member in members:
                role = guess_role(member.name) or ("attachment" if found else "body")
                found.append(
                    PackageFile(member.path, member.name_bytes, member.name, role, {}, member.size_bytes)
                )
    return tuple(found)


def page_images(folder: str, members: Sequence[Entry]) -> PackageFile:
    """Page images as the one document they are."""
    return PackageFile(
        path=members[0].path.parent,
        name_bytes=members[0].name_bytes.rpartition(b"/")[0],
        name=folder,
        role="page_images",
        declared={},
        size_bytes=sum(member.size_bytes for member in members),
        pages=tuple(member.path for member in members),
    )


def check_xml_charset(rules: Rules, subject: str, charset: Charset) -> Iterator[Finding]:
    """Whether an XML document's character set is one the standard names, and says so truly."""
    if not charset.allowed:
        remedy = "请把该文件另存为 UTF-8 编码的 XML。"
        yield rules.fail("encoding", subject, "UTF-8、GB18030 或 GB2312", charset.declared, remedy)
    if charset.exceeded:
        observed = "声明 GB2312，含有只有 GB18030 才有的字（已按 GB18030 读取）"
        remedy = '请把声明改为 encoding="GB18030"，或另存为 UTF-8。'
        yield rules.warn("encoding", subject, "声明与内容相符", observed, remedy)


def _check_text_charset(rules: Rules, entry: Entry) -> Iterator[Finding]:
    with entry.path.open("rb") as stream:
        sample = stream.read(1 << 20)
    charset = detect_charset(sample, complete=entry.size_bytes <= len(sample))
    if charset not in _TEXT_CHARSETS:
        remedy = "请用记事本另存为 UTF-8 编码的文本文件。"
        observed = charset or "无法识别"
        yield rules.fail("encoding", entry.name, "UTF-8、GB18030 或 GB2312", observed, remedy)
