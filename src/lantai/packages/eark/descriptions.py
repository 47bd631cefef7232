"""Descriptive metadata a METS document points to: DA/T 46 elements, Dublin Core, EAD."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from lantai.core.errors import Invalid
from lantai.formats.api import parse_xml

from ..dat46 import Vocabulary
from ..xmltree import Node
from .mets import XLINK, Element, Mets, local_name
from .targets import actual

OWN_TYPE = "DA/T 46-2009"
_LARGEST_BYTES = 64 * 2**20
_DC = {"title": "M22", "creator": "M32", "date": "M33"}
_EAD = {"unittitle": "M22", "origination": "M32", "unitdate": "M33"}


@dataclass(slots=True)
class Described:
    """One description.

    Attributes:
        identifier: ``@ID`` of its ``dmdSec``.
        metadata_type: ``MDTYPE``, or ``OTHERMDTYPE`` where that is ``OTHER``.
        metadata: values by M-code.
        extra: values that have no M-code.
    """

    identifier: str
    metadata_type: str
    metadata: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)


def described(mets: Mets, vocabulary: Vocabulary) -> Iterator[Described]:
    """The descriptions a METS document points to or holds, in order; empty where one cannot be read."""
    for section in mets.select("m:dmdSec"):
        for reference in section.iterchildren("{*}mdRef"):
            kind = reference.get("MDTYPE", "")
            one = Described(section.get("ID", ""), reference.get("OTHERMDTYPE", "") or kind)
            root = _document(mets, reference)
            if root is not None:
                _take(one, root, vocabulary)
            yield one
        for wrapped in section.iterchildren("{*}mdWrap"):
            one = Described(section.get("ID", ""), wrapped.get("MDTYPE", ""))
            _take(one, wrapped, vocabulary)
            yield one


def _document(mets: Mets, reference: Element) -> Element | None:
    place = mets.resolve(reference.get(f"{{{XLINK}}}href", ""))
    path = actual(mets, place)
    if path is None or path.stat().st_size > _LARGEST_BYTES:
        return None
    try:
        return parse_xml(path.read_bytes(), subject=path.name)
    except Invalid:
        return None


def _take(one: Described, root: Element, vocabulary: Vocabulary) -> None:
    if one.metadata_type == OWN_TYPE:
        found = vocabulary.describe(_node(root))
        one.metadata, one.extra = found.metadata, found.extra
        return
    names = _EAD if one.metadata_type == "EAD" or local_name(root) == "ead" else _DC
    for node in root.iter(etree.Element):
        name = local_name(node)
        if name in names and names[name] not in one.metadata:
            words = " ".join("".join(map(str, node.itertext())).split())
            if words:
                one.metadata[names[name]] = words


def _node(element: Element) -> Node:
    """The element as a tree of names without prefixes."""
    return Node(
        local_name(element),
        {etree.QName(name).localname: str(value) for name, value in element.attrib.items()},
        text="".join([element.text or "", *(child.tail or "" for child in element)]).strip(),
        children=[_node(child) for child in element if isinstance(child.tag, str)],
    )
