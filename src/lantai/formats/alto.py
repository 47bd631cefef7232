"""ALTO: the words of a scanned page, each with its place on it (Library of Congress, versions 2 to 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from .xml import MAX_XML_BYTES, parse_xml

Word = tuple[str, float, float, float, float]
"""Text, then left, top, width and height as parts of the page's width and height, from its top left."""


@dataclass(frozen=True, slots=True)
class AltoPage:
    """One page: lines of words from top to bottom as the file has them.

    Attributes:
        number: the number of the page's image where the file tells it, else 0.
        lines: words by line; places are 0 where the page's size is not told.
    """

    number: int
    lines: tuple[tuple[Word, ...], ...]

    @property
    def text(self) -> str:
        """The words, a line a line."""
        return "\n".join(" ".join(word[0] for word in line) for line in self.lines)


def is_alto(root: etree._Element) -> bool:
    """Whether a document is ALTO, in whichever namespace."""
    return etree.QName(root).localname == "alto"


def alto_pages(root: etree._Element) -> list[AltoPage]:
    """The pages of an ALTO document."""
    return [_page(page) for page in root.iter("{*}Page")]


def read_alto_file(path: Path) -> list[AltoPage]:
    """The pages of a file; none where it is other XML.

    Raises:
        Invalid: it is not well-formed.
    """
    root = parse_xml(path.read_bytes(), subject=path.name, limit_bytes=MAX_XML_BYTES)
    return alto_pages(root) if is_alto(root) else []


def _page(page: etree._Element) -> AltoPage:
    width, height = _number(page, "WIDTH"), _number(page, "HEIGHT")
    lines = (tuple(_words(line, width, height)) for line in page.iter("{*}TextLine"))
    return AltoPage(int(_number(page, "PHYSICAL_IMG_NR")), tuple(line for line in lines if line))


def _words(line: etree._Element, width: float, height: float) -> Iterator[Word]:
    for word in line.iter("{*}String"):
        text = str(word.get("CONTENT", ""))
        if text.strip():
            left, top = _part(word, "HPOS", width), _part(word, "VPOS", height)
            yield text, left, top, _part(word, "WIDTH", width), _part(word, "HEIGHT", height)


def _part(word: etree._Element, name: str, whole: float) -> float:
    return min(max(_number(word, name) / whole, 0.0), 1.0) if whole > 0 else 0.0


def _number(element: etree._Element, name: str) -> float:
    try:
        value = float(str(element.get(name, "0")))
    except ValueError:
        return 0.0
    return value if 0 <= value < 1e9 else 0.0
