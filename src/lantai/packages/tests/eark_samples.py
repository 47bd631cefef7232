"""E-ARK packages for tests: one that breaks nothing, and copies of it with one thing changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from lantai.packages.api import FileToWrite, ItemToWrite, open_package, write_folder_package
from lantai.packages.eark import KIND
from lantai.packages.mets.document import NAMESPACES

Change = Callable[[etree._Element, Path], object]


def make_package(folder: Path, kind: str = "SIP", name: str = "EX-1") -> Path:
    """A package of two records that every rule is content with."""
    source = folder / "source"
    if not source.exists():
        text, sheet = folder / "a.txt", folder / "b.csv"
        text.write_text("关于开展普查的通知\n", encoding="utf-8")
        sheet.write_text("序号,名称\n1,甲\n", encoding="utf-8")
        items = [
            ItemToWrite(
                {
                    "题名": f"关于开展第{number}次普查的通知",
                    "责任者": "某市某局",
                    "日期": "20240105",
                    "密级": "无",
                },
                (
                    FileToWrite(text, f"{number}/正文 {number}.txt"),
                    FileToWrite(sheet, f"{number}/附件#1.csv"),
                ),
            )
            for number in (1, 2)
        ]
        write_folder_package(source, items, {"移交单位": "某市某局"})
    target = folder / name
    with open_package(source, "folder", folder) as package:
        assert KIND.write is not None
        KIND.write(package, target, {"type": kind})
    return target


def changed(package: Path, folder: Path, change: Change) -> Path:
    """A copy of the package, under its own name, whose METS document was changed."""
    copy = folder / package.name
    shutil.copytree(package, copy)
    path = copy / "METS.xml"
    tree = etree.parse(path)
    change(tree.getroot(), copy)
    if path.exists():
        tree.write(path, encoding="utf-8", xml_declaration=True)
    return copy


def at(root: etree._Element, path: str) -> etree._Element:
    """The first element at an XPath; ``""`` is the root."""
    found = root.xpath(path, namespaces=NAMESPACES) if path else [root]
    assert found, path
    return found[0]


def name_of(attribute: str) -> str:
    """``xlink:href`` as lxml names it."""
    prefix, _, local = attribute.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local


def put(path: str, attribute: str, value: str | None) -> Change:
    """Sets an attribute, or removes it where the value is ``None``."""

    def change(root: etree._Element, _folder: Path) -> None:
        node = at(root, path)
        if value is None:
            del node.attrib[name_of(attribute)]
        else:
            node.set(name_of(attribute), value)

    return change


def drop(path: str) -> Change:
    """Removes an element."""

    def change(root: etree._Element, _folder: Path) -> None:
        node = at(root, path)
        above = node.getparent()
        assert above is not None
        above.remove(node)

    return change


def repeat(path: str) -> Change:
    """Repeats an element beside itself, under another identifier."""

    def change(root: etree._Element, _folder: Path) -> None:
        node = at(root, path)
        twin = etree.fromstring(etree.tostring(node))
        for number, inner in enumerate(twin.iter()):
            if inner.get("ID"):
                inner.set("ID", f"twin-{number}-{inner.get('ID')}")
        node.addnext(twin)

    return change


def both(*changes: Change) -> Change:
    """One change after the other."""

    def change(root: etree._Element, folder: Path) -> None:
        for one in changes:
            one(root, folder)

    return change


def rights(root: etree._Element, _folder: Path) -> None:
    """Adds a rights section that points where the provenance does."""
    provenance = at(root, "m:amdSec/m:digiprovMD")
    twin = etree.fromstring(etree.tostring(provenance))
    twin.tag = name_of("m:rightsMD")
    twin.set("ID", "rights")
    del twin.attrib["CREATED"]
    provenance.addprevious(twin)
    division = at(root, "m:structMap/m:div/m:div[@LABEL='Metadata']")
    division.set("ADMID", "rights premis-package")


def touch(name: str, data: bytes = b"x") -> Change:
    """Writes a file into the package."""

    def change(_root: etree._Element, folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    return change


def remove(name: str) -> Change:
    """Removes a file or folder of the package."""

    def change(_root: etree._Element, folder: Path) -> None:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    return change
