"""DOCX and XLSX: whether their parts can be read, and the text of a DOCX."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .archives import check_members, read_member
from .marks import find_marks
from .results import Characteristics, Rendering
from .xml import parse_xml

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAIN_PARTS = {
    "fmt/412": "word/document.xml",
    "fmt/523": "word/document.xml",
    "fmt/214": "xl/workbook.xml",
    "fmt/215": "ppt/presentation.xml",
}
WORD_FORMATS = frozenset({"fmt/412", "fmt/523"})


def examine_office(path: Path, puid: str) -> tuple[Characteristics, Rendering]:
    """Whether every member is intact and the main part is well-formed. Pages are not stored in it."""
    try:
        with _open(path) as archive:
            check_members(archive)
            main = _MAIN_PARTS[puid]
            root = parse_xml(read_member(archive, main), subject=main)
            marks = find_marks(_words(root)) if puid in WORD_FORMATS else ()
    except Invalid as error:
        return Characteristics(readable=False, problems=(error.message,)), Rendering(False, True)
    return Characteristics(marks=marks), Rendering(False, True)


def docx_text(path: Path) -> list[str]:
    """The paragraphs of a DOCX as one page: where its pages break only a word processor knows."""
    with _open(path) as archive:
        root = parse_xml(read_member(archive, "word/document.xml"), subject="word/document.xml")
    return ["\n".join(_words(node) for node in root.iter(f"{_W}p"))]


def _words(node: etree._Element) -> str:
    return "".join(text.text or "" for text in node.iter(f"{_W}t"))


@contextmanager
def _open(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Invalid(_("文件的压缩结构已损坏。")) from error
    with archive:
        yield archive
