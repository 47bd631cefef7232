"""A METS document of an E-ARK package: its element tree, its place, and the files it points to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from lantai.formats.api import parse_xml

from ..rules import kind_data

METS_NAME = "METS.xml"
METS = "http://www.loc.gov/METS/"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
SIP = "https://DILCIS.eu/XML/METS/SIPExtensionMETS"
XLINK = "http://www.w3.org/1999/xlink"
NAMESPACES = {"m": METS, "csip": CSIP, "sip": SIP, "xlink": XLINK}
SIP_PROFILE = "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"
CSIP_PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"
STRUCTURES = ("CSIP", "CSIP StructMap")
"""Labels of the structural map; the second is what drafts before 2.0 asked for."""

LARGEST_BYTES = 128 * 2**20
"""What a METS document may take; one of 100,000 files takes about 50 MiB."""

_FILE_SCHEME = re.compile(r"^file:(?://(?=\./))?", re.IGNORECASE)
"""``file:./a`` and, as earlier drafts wrote it, ``file://./a`` are places within the package."""

Element = etree._Element


@dataclass(frozen=True, slots=True)
class Reference:
    """A pointer from a METS document to a file.

    Attributes:
        element: what states size and digest: ``mdRef``, ``file`` or ``mptr``.
        codes: numbers of the rules on its attributes, by attribute.
        href: as written.
        use: of the file group it stands in (the innermost that says), empty for metadata and pointers.
        path: what it points to within the package; ``None`` where it leaves it, or is no path.
    """

    element: Element
    codes: dict[str, str]
    href: str
    use: str
    path: Path | None

    @property
    def is_metadata(self) -> bool:
        """Whether it points to metadata."""
        return local_name(self.element) == "mdRef"

    @property
    def is_schema(self) -> bool:
        """Whether it points to an XML schema."""
        return "schemas" in self.use.casefold().split("/")

    @property
    def is_pointer(self) -> bool:
        """Whether it points to another METS document from the structural map."""
        return local_name(self.element) == "mptr"


@dataclass(frozen=True)
class Mets:
    """A METS document.

    Attributes:
        path: where it lies.
        root: its root element.
        package: the package's root folder; references that leave it are not followed.
    """

    path: Path
    root: Element
    package: Path
    _plain: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def folder(self) -> Path:
        """The folder whose content it describes; references start here."""
        return self.path.parent

    @property
    def is_root(self) -> bool:
        """Whether it describes the package, not one representation."""
        return self.folder == self.package

    @cached_property
    def name(self) -> str:
        """Its name within the package."""
        return self.path.relative_to(self.package).as_posix()

    @property
    def is_sip(self) -> bool:
        """Whether the profile it names is the SIP's."""
        return "e-ark-sip" in self.root.get("PROFILE", "").lower()

    @cached_property
    def structure(self) -> Element | None:
        """The structural map the specification is about."""
        return next((part for part in self.select("m:structMap") if part.get("LABEL") in STRUCTURES), None)

    def select(self, path: str) -> list[Element]:
        """Elements by an XPath from the root; prefixes as in :data:`NAMESPACES`."""
        found: Any = self.root.xpath(path, namespaces=NAMESPACES)
        return [node for node in found if isinstance(node, etree._Element)]

    def references(self) -> Iterator[Reference]:
        """Every pointer to a file, in order of the document's parts."""
        for place in kind_data("eark")["reference"]:
            if place["at"].endswith("m:file"):
                continue
            for node in self.select(place["at"]):
                if href := node.get(f"{{{XLINK}}}href"):
                    yield self._reference(node, place["codes"], href)

    def _reference(self, node: Element, codes: dict[str, str], href: str) -> Reference:
        if local_name(node) != "FLocat":
            return Reference(node, codes, href, "", self.resolve(href))
        file = node.getparent()
        assert file is not None  # noqa: S101 - selected below its file
        groups = (above.get("USE", "") for above in file.iterancestors(f"{{{METS}}}fileGrp"))
        use = next(filter(None, groups), "")
        return Reference(file, {**_file_codes(), **codes}, href, use, self.resolve(href))

    def resolve(self, href: str) -> Path | None:
        """The place within the package a reference means; backslashes are read as slashes."""
        try:
            parts = urlsplit(_FILE_SCHEME.sub("", href.strip().replace("\\", "/")))
        except ValueError:
            return None
        if parts.scheme or parts.netloc:
            return None
        wanted = unquote(parts.path, errors="surrogateescape")
        if not wanted or wanted.startswith("/") or "\0" in wanted:
            return None
        inside = [*self._inside]
        for part in wanted.split("/"):
            if part == ".." and not inside:
                return None
            if part == "..":
                inside.pop()
            elif part not in {"", "."}:
                inside.append(part)
        return self.package.joinpath(*inside)

    @cached_property
    def _inside(self) -> tuple[str, ...]:
        return self.folder.relative_to(self.package).parts

    def holds(self, folder: Path) -> bool:
        """Whether a folder below the package is reached without a link."""
        name = str(folder)
        if name not in self._plain:
            own = folder == self.package
            self._plain[name] = own or (not folder.is_symlink() and self.holds(folder.parent))
        return self._plain[name]


def load(path: Path, package: Path) -> Mets:
    """Reads a METS document.

    Raises:
        Invalid: it is too large, no well-formed XML, or carries a document type.
    """
    subject = path.relative_to(package).as_posix()
    with path.open("rb") as stream:
        data = stream.read(LARGEST_BYTES + 1)
    return Mets(path, parse_xml(data, subject=subject, limit_bytes=LARGEST_BYTES), package)


def local_name(node: Element) -> str:
    """The element's name without its namespace; empty for comments."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def written(node: Element) -> str:
    """How a person finds the element: its name and identifier."""
    name = local_name(node)
    mark = node.get("ID") or node.get("LABEL") or node.get(f"{{{XLINK}}}href") or ""
    return f"{name} {mark}".strip() if mark else f"{name}（第 {node.sourceline} 行）"


def _file_codes() -> dict[str, str]:
    places = kind_data("eark")["reference"]
    return next(dict(place["codes"]) for place in places if place["at"].endswith("m:file"))
