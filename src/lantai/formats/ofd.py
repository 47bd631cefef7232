"""OFD (GB/T 33190): pages and text read from its XML, safely."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .archives import read_member
from .marks import find_marks, shortened
from .results import Characteristics, Rendering
from .xml import parse_xml


def examine_ofd(path: Path) -> tuple[Characteristics, Rendering]:
    """Pages of an OFD; the content of its first and last page is read to the end."""
    try:
        with _open(path) as archive:
            if _is_locked(archive):
                problem = "OFD 文件经过加密"
                return (
                    Characteristics(encrypted=True, readable=False, problems=(problem,)),
                    Rendering(True, False, problem),
                )
            pages = page_paths(archive)
            texts = [_page_text(archive, pages[index]) for index in sorted({0, len(pages) - 1}) if pages]
            signatures = _signature_count(archive)
    except Invalid as error:
        return Characteristics(readable=False, problems=(error.message,)), Rendering(
            True, False, error.message
        )
    problem = "" if pages else "没有任何页面"
    return (
        Characteristics(
            pages=len(pages),
            readable=bool(pages),
            problems=(problem,) if problem else (),
            marks=find_marks(texts[0]) if texts else (),
            opening=shortened(texts[0]) if texts else "",
            signatures=signatures,
        ),
        Rendering(True, bool(pages), problem),
    )


def ofd_text(path: Path) -> list[str]:
    """The text of each page: its ``TextCode`` elements in drawing order."""
    with _open(path) as archive:
        return [_page_text(archive, page) for page in page_paths(archive)]


def page_paths(archive: zipfile.ZipFile) -> list[str]:
    """Members that hold the pages of every document body, in order."""
    root = parse_xml(read_member(archive, "OFD.xml"), subject="OFD.xml")
    pages: list[str] = []
    for body in root.iterfind(".//{*}DocBody/{*}DocRoot"):
        document_path = _resolve("", body.text or "")
        document = parse_xml(read_member(archive, document_path), subject=document_path)
        folder = posixpath.dirname(document_path)
        pages += [
            _resolve(folder, page.get("BaseLoc", "")) for page in document.iterfind(".//{*}Pages/{*}Page")
        ]
    return pages


@contextmanager
def _open(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Invalid(_("OFD 文件的压缩结构已损坏。")) from error
    with archive:
        yield archive


def _is_locked(archive: zipfile.ZipFile) -> bool:
    return any(info.flag_bits & 1 for info in archive.infolist()) or "Encryptions.xml" in archive.NameToInfo


def _signature_count(archive: zipfile.ZipFile) -> int:
    """Signatures and seals a document carries; a broken list of them counts as one to be looked at."""
    try:
        return len(signature_places(archive))
    except Invalid:
        return 1


def signature_places(archive: zipfile.ZipFile) -> list[str]:
    """The members that describe a signature each (GB/T 33190 18.1), over all document bodies."""
    root = parse_xml(read_member(archive, "OFD.xml"), subject="OFD.xml")
    places: list[str] = []
    for listed in root.iterfind(".//{*}DocBody/{*}Signatures"):
        list_path = _resolve("", listed.text or "")
        listing = parse_xml(read_member(archive, list_path), subject=list_path)
        folder = posixpath.dirname(list_path)
        places += [
            resolve(archive, folder, one.get("BaseLoc", "")) for one in listing.iterfind("{*}Signature")
        ]
    return places


def resolve(archive: zipfile.ZipFile, folder: str, location: str) -> str:
    """A location relative to a folder or, where writers forgot the slash, to the root."""
    relative = _resolve(folder, location)
    return relative if relative in archive.NameToInfo else _resolve("", location)


def _resolve(folder: str, location: str) -> str:
    location = location.strip()
    return posixpath.normpath(posixpath.join("/", folder, location)).lstrip("/")


def _page_text(archive: zipfile.ZipFile, page: str) -> str:
    root: etree._Element = parse_xml(read_member(archive, page), subject=page)
    return "\n".join(code.text or "" for code in root.iter("{*}TextCode"))
