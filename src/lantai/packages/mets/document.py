"""A METS document of an E-ARK package: its element tree and its place. The tree never leaves its process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from lxml import etree

from lantai.formats.api import parse_xml

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

LARGEST_BYTES = 64 * 2**20
"""What a METS document may take; one of 100,000 files takes about 50 MiB."""

_FILE_SCHEME = re.compile(r"^file:(?://(?=\./))?", re.IGNORECASE)
"""``file:./a`` and, as earlier drafts wrote it, ``file://./a`` are places within the package."""

Element = etree._Element


class Named(Protocol):
    """What a finding about a METS document is told with."""

    @property
    def name(self) -> str:
        """Its name within the package."""
        ...

    @property
    def is_root(self) -> bool:
        """Whether it describes the package, not one representation."""
        ...


@dataclass(frozen=True)
class Mets:
    """A METS document as it was parsed.

    Attributes:
        path: where it lies.
        root: its root element.
        package: the package's root folder; references that leave it are not followed.
    """

    path: Path
    root: Element
    package: Path

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

    def resolve(self, href: str) -> str | None:
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
        return "/".join(inside)

    @cached_property
    def _inside(self) -> tuple[str, ...]:
        return self.folder.relative_to(self.package).parts


def load(path: Path, package: Path) -> Mets:
    """Reads a METS document.

    Raises:
        Invalid: it is too large, no well-formed XML, or carries a document type.
    """
    subject = path.relative_to(package).as_posix()
    with path.open("rb") as stream:
        return Mets(
            path,
            parse_xml(stream.read(LARGEST_BYTES + 1), subject=subject, limit_bytes=LARGEST_BYTES),
            package,
        )


def local_name(node: Element) -> str:
    """The element's name without its namespace; empty for comments."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def written(node: Element) -> str:
    """How a person finds the element: its name and identifier."""
    name = local_name(node)
    mark = node.get("ID") or node.get("LABEL") or node.get(f"{{{XLINK}}}href") or ""
    return f"{name} {mark}".strip() if mark else f"{name}（第 {node.sourceline} 行）"
