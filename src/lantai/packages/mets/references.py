"""The files a METS document points to, as plain data: what is asked of each is asked without its tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from ..rules import kind_data
from .document import METS, XLINK, Element, Mets, local_name

_POINTED = "m:file"
"""The place whose element states size and digest for the ``FLocat`` below it."""


class Reference(NamedTuple):
    """A pointer from a METS document to a file.

    Attributes:
        place: number of the kind of pointer in ``data/eark.toml``.
        href: as written.
        use: of the file group it stands in (the innermost that says), empty for metadata and pointers.
        target: what it points to within the package; ``None`` where it leaves it, or is no path.
        size: ``@SIZE`` as written; empty where it is not.
        checksum: ``@CHECKSUM``.
        algorithm: ``@CHECKSUMTYPE``.
        descriptions: ``@DMDID``.
    """

    place: int
    href: str
    use: str
    target: str | None
    size: str
    checksum: str
    algorithm: str
    descriptions: str

    @property
    def element(self) -> str:
        """Name of the element that states size and digest: ``mdRef``, ``file`` or ``mptr``."""
        return _places()[self.place][0]

    @property
    def codes(self) -> Mapping[str, str]:
        """Numbers of the rules on its attributes, by attribute."""
        return _places()[self.place][1]

    @property
    def is_metadata(self) -> bool:
        """Whether it points to metadata."""
        return self.element == "mdRef"

    @property
    def is_schema(self) -> bool:
        """Whether it points to an XML schema."""
        return "schemas" in self.use.casefold().split("/")

    @property
    def is_pointer(self) -> bool:
        """Whether it points to another METS document from the structural map."""
        return self.element == "mptr"


def references(mets: Mets) -> Iterator[Reference]:
    """Every pointer to a file, in order of the document's parts."""
    for number, place in enumerate(kind_data("eark")["reference"]):
        if place["at"].endswith(_POINTED):
            continue
        for node in mets.select(place["at"]):
            if href := node.get(f"{{{XLINK}}}href"):
                yield _reference(mets, node, number, href)


def _reference(mets: Mets, node: Element, place: int, href: str) -> Reference:
    stating, use = node, ""
    if local_name(node) == "FLocat":
        file = node.getparent()
        assert file is not None  # noqa: S101 - selected below its file
        groups = (above.get("USE", "") for above in file.iterancestors(f"{{{METS}}}fileGrp"))
        stating, use = file, next(filter(None, groups), "")
    stated = (stating.get(name, "") for name in ("SIZE", "CHECKSUM", "CHECKSUMTYPE", "DMDID"))
    return Reference(place, href, use, mets.resolve(href), *stated)


@cache
def _places() -> list[tuple[str, Mapping[str, str]]]:
    """Element and rules of each kind of pointer."""
    rows = kind_data("eark")["reference"]
    of_file = next(row["codes"] for row in rows if row["at"].endswith(_POINTED))
    return [
        ("file", {**of_file, **row["codes"]})
        if row["at"].endswith("m:FLocat")
        else (row["at"].rpartition(":")[2], row["codes"])
        for row in rows
    ]
