"""Writing packages of items that describe themselves."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.digests import digest_file
from lantai.records.api import metadata_elements

from .columns import columns
from .dat46 import element, legal
from .described import DESCRIPTION

Value = str | int


@dataclass(slots=True)
class Element:
    """An element to be written; ``children`` in order, text where there are none."""

    name: str
    attributes: Mapping[str, Value] = field(default_factory=dict)
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def add(self, name: str, text: str = "", **attributes: Value) -> Element:
        """Adds a child and returns it."""
        child = Element(name, attributes, text)
        self.children.append(child)
        return child

    def lines(self, depth: int = 0) -> list[str]:
        """The element as lines of XML."""
        margin = "  " * depth
        given = {key: str(value) for key, value in self.attributes.items() if str(value)}
        if not self.children:
            return [margin + element(self.name, self.text, given)]
        opening = element(self.name, "", given).removesuffix(f"</{self.name}>")
        inner = [line for child in self.children for line in child.lines(depth + 1)]
        return [margin + opening, *inner, f"{margin}</{self.name}>"]


def describing(root: str, standard: str, values: Mapping[str, Value]) -> Element:
    """The root of a description with its ``著录``.

    Args:
        root: name of the root element.
        standard: the standard it follows.
        values: catalogue columns (题名, 责任者, …) or M-codes to values.
    """
    made = Element(root, {"标准": standard, "版本": "1.0"})
    record = made.add("著录")
    codes = {column.name: column.code for column in columns() if column.code}
    elements = metadata_elements()
    for name, value in values.items():
        code = codes.get(name, name)
        known = elements.get(code)
        if str(value).strip() and known:
            record.add(known.name, legal(str(value)))
        elif str(value).strip():
            record.children.append(Element("扩展", {"名称": name}, legal(str(value))))
    return made


def list_file(parent: Element, source: Path, name: str, **more: Value) -> Element:
    """Adds the ``文件`` of a description, with size and digest as they are on disk."""
    digests = digest_file(source)
    known: dict[str, Value] = {"名称": name, "字节数": digests.size_bytes, "SM3": digests.sm3}
    child = Element("文件", {**known, **more})
    parent.children.append(child)
    return child


def write_described(folder: Path, description: Element, files: Sequence[tuple[Path, str]]) -> None:
    """Writes an item's folder.

    Args:
        folder: made here; must not exist.
        description: its root element.
        files: sources and their names within the folder.
    """
    folder.mkdir(parents=True)
    for source, name in files:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    save_description(folder, description)


def save_description(folder: Path, description: Element) -> None:
    """Writes ``描述.xml`` into a folder."""
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join(description.lines()) + "\n"
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")
