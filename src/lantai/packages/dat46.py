"""Descriptions in XML with the Chinese names of DA/T 46-2009, read into M-codes and written from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from lantai.records.api import metadata_elements

from .columns import columns_by_heading, fold
from .declaration import parse_digest
from .package import PackageFile
from .xmltree import Node

EXTENSION = "扩展"
_JOINT = "；"
_NAME, _SIZE, _FORMAT = "计算机文件名", "计算机文件大小", "格式信息"
_DIGESTS = frozenset({"数字摘要", "数字摘要值", "摘要值", "哈希值"})
_ALGORITHM = ("数字摘要算法", "摘要算法", "算法", "algorithm")
_CODE = re.compile(r"^M[0-9]{1,3}$")
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SIZE_TEXT = re.compile(r"^([0-9][0-9,，]*)\s*(?:字节|B|bytes)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FileNote:
    """What a description says of one computer file (M46)."""

    name: str
    size_text: str = ""
    format_text: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int | None:
        """M49 in bytes; ``None`` when it says nothing a count can be read from."""
        return read_size(self.size_text)


@dataclass(slots=True)
class Description:
    """A description read from XML: elements by M-code, other values by name, notes on files."""

    metadata: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    files: list[FileNote] = field(default_factory=list)


FILE_CODES = frozenset({"M19", *(f"M{number}" for number in (*range(46, 51), *range(52, 65)))})
"""Elements that stand once for each file or signature, not once for the record."""


class Vocabulary:
    """The element names in force, looked up once for the reading of a package."""

    def __init__(self) -> None:
        elements = metadata_elements()
        self._codes = {
            element.name: code
            for code, element in elements.items()
            if code not in FILE_CODES and element.kind != "container" and element.entity == "record"
        }
        self._of_files = frozenset(elements[code].name for code in FILE_CODES if code in elements)

    def describe(self, root: Node) -> Description:
        """The description below an element, wherever its containers put each value."""
        found = Description()
        self._gather(root, found)
        return found

    def add(self, found: Description, name: str, text: str) -> None:
        """Adds a value by its element name, catalogue column or, where neither, by its own name."""
        code = name if _CODE.match(name) else self._codes.get(name, "")
        if not code and (column := columns_by_heading().get(fold(name))):
            name, code = column.name, column.code
        values, key = (found.metadata, code) if code else (found.extra, name)
        values[key] = f"{values[key]}{_JOINT}{text}" if values.get(key) else text

    def _gather(self, node: Node, found: Description) -> None:
        for child in node.children:
            if child.child(_NAME) is not None:
                found.files.append(_file_note(child))
            elif child.name == EXTENSION and child.attributes.get("名称"):
                self.add(found, child.attributes["名称"], child.text)
            else:
                if child.text and child.name not in self._of_files:
                    self.add(found, child.name, child.text)
                self._gather(child, found)


def read_size(text: str) -> int | None:
    """A count of bytes such as ``12,034 字节``; ``None`` when the text is none."""
    match = _SIZE_TEXT.match(text.strip())
    return int(re.sub("[,，]", "", match.group(1))) if match else None


def _file_note(node: Node) -> FileNote:
    digests: dict[str, str] = {}
    for child in node.children:
        if child.name in _DIGESTS and child.text:
            algorithm = next(filter(None, map(child.attributes.get, _ALGORITHM)), "") or next(
                filter(None, map(node.value, _ALGORITHM)), ""
            )
            stated = child.text if ":" in child.text or not algorithm else f"{algorithm}:{child.text}"
            digest = parse_digest(stated)
            digests.update([digest] if digest else [("", child.text)])
    return FileNote(node.value(_NAME), node.value(_SIZE), node.value(_FORMAT), digests)


def legal(text: str) -> str:
    """The text with what XML cannot hold replaced by U+FFFD."""
    return _ILLEGAL.sub("\ufffd", text)


def element(name: str, text: str, attributes: Mapping[str, str] | None = None) -> str:
    """An element with text, escaped so that it reads back as it was."""
    given = "".join(f" {key}={quoteattr(legal(value))}" for key, value in (attributes or {}).items())
    return f"<{name}{given}>{written(text)}</{name}>"


def written(text: str) -> str:
    """Text as it stands in XML."""
    return escape(legal(text), {"\r": "&#13;"})


def description_xml(
    metadata: Mapping[str, str], extra: Mapping[str, str], files: Iterable[PackageFile]
) -> str:
    """A description of DA/T 46 elements in their containers, with what is known of each file."""
    elements = metadata_elements()
    lines: list[str] = []
    values = {code: value for code, value in metadata.items() if value.strip() and code in elements}
    for code, one in elements.items():
        if one.parent or one.entity != "record":
            continue
        inner = "".join(
            element(elements[child].name, values[child])
            for child in elements
            if elements[child].parent == code and child in values
        )
        if inner or code in values:
            lines.append(f"<{one.name}>{written(values.get(code, ''))}{inner}</{one.name}>")
    lines += [element(EXTENSION, value, {"名称": name}) for name, value in extra.items() if value.strip()]
    lines += [
        element(EXTENSION, value, {"名称": code})
        for code, value in metadata.items()
        if value.strip() and (code not in elements or elements[code].entity != "record")
    ]
    lines += [file_xml(file) for file in files]
    return "\n".join(f"  {line}" for line in lines)


def file_xml(file: PackageFile) -> str:
    """The electronic attributes (M46) of a file and the digests it came with."""
    digests = "".join(
        element("数字摘要", value, {"算法": algorithm})
        for algorithm, value in file.declared.items()
        if algorithm
    )
    name = element(_NAME, file.name)
    return f"<电子属性>{name}{element(_SIZE, str(file.size_bytes))}{digests}</电子属性>"
