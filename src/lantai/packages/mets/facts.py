"""What a child of the pool tells of a METS document and of a description: plain data, no tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from lantai.core.findings import Finding, Outcome
from lantai.formats.api import allow_memory, parse_xml

from .agents import check_agents
from .divisions import check_divisions
from .document import CSIP, LARGEST_BYTES, METS, SIP_PROFILE, XLINK, Element, Mets, load, local_name
from .identifiers import check_identifiers
from .layout import check_presence
from .references import references
from .rules import check, finding

_BASE_BYTES, _MEMORY_A_BYTE = 160 * 2**20, 11
"""What a child reserves before it reads, and what a byte of XML may ask for: its text, its tree, what is told of it."""
_DC = {"title": "M22", "creator": "M32", "date": "M33"}
_EAD = {"unittitle": "M22", "origination": "M32", "unitdate": "M33"}
OWN_TYPE = "DA/T 46-2009"


def mets_facts(path: Path, *, package: str) -> dict[str, Any]:
    """A METS document: what it says of the package, what is wrong with its form, what it points to.

    Args:
        path: where it lies.
        package: the package's root folder.

    Raises:
        Invalid: it cannot be read.
    """
    size_bytes = min(path.stat().st_size, LARGEST_BYTES)
    with allow_memory(_BASE_BYTES + size_bytes * _MEMORY_A_BYTE):
        mets = load(path, Path(package))
        if mets.root.tag != f"{{{METS}}}mets":
            return {"root": str(mets.root.tag)[:120]}
        return {
            "values": _values(mets),
            "form": [found.as_dict() for found in _check_form(mets)],
            "references": list(references(mets)),
            "descriptions": list(_descriptions(mets)),
        }


def description_facts(path: Path, *, kind: str) -> dict[str, Any]:
    """A description in a file of its own: the tree of an own one, else the elements known by their names.

    Raises:
        Invalid: it cannot be read.
    """
    return _described(parse_xml(path.read_bytes(), subject=path.name), kind)


def _check_form(mets: Mets) -> Iterator[Finding]:
    yield from _check_name(mets)
    yield from _check_profile(mets)
    yield from check(mets)
    yield from check_agents(mets)
    yield from check_identifiers(mets)
    yield from check_presence(mets)
    yield from check_divisions(mets)


def _check_name(mets: Mets) -> Iterator[Finding]:
    name, folder = mets.root.get("OBJID", ""), mets.folder.name
    if name and name != folder:
        what = "信息包" if mets.is_root else "表现"
        for code in ("CSIP1", "CSIPSTR2") if mets.is_root else ("CSIP1",):
            observed = f"@OBJID 为“{name[:120]}”，文件夹名为“{folder}”"
            yield finding(mets, code, Outcome.WARN, "mets", f"@OBJID 与{what}文件夹名相同", observed)


def _check_profile(mets: Mets) -> Iterator[Finding]:
    """A submission that names the CSIP profile promises that much and no more; it is told so."""
    header = mets.root.find(f"{{{METS}}}metsHdr")
    kind = header.get(f"{{{CSIP}}}OAISPACKAGETYPE") if header is not None else None
    if mets.is_root and kind == "SIP" and not mets.is_sip:
        expected = f"SIP 的 mets/@PROFILE 为 {SIP_PROFILE}"
        observed = f"为“{mets.root.get('PROFILE', '')[:120]}”，只按 CSIP 检查"
        yield finding(mets, "SIP2", Outcome.WARN, "mets", expected, observed)


def _values(mets: Mets) -> dict[str, str]:
    header = mets.root.find(f"{{{METS}}}metsHdr")
    names = {
        (agent.get("ROLE"), agent.get("TYPE")): (agent.findtext(f"{{{METS}}}name") or "").strip()
        for agent in (() if header is None else header.findall(f"{{{METS}}}agent"))
    }
    return {
        "agency": names.get(("CREATOR", "ORGANIZATION")) or names.get(("ARCHIVIST", "ORGANIZATION"), ""),
        "label": mets.root.get("LABEL", "").strip(),
        "identifier": mets.root.get("OBJID", ""),
        "profile": mets.root.get("PROFILE", ""),
        "package_type": "" if header is None else (header.get(f"{{{CSIP}}}OAISPACKAGETYPE") or ""),
        "content_type": mets.root.get("TYPE", ""),
        "made_at": "" if header is None else header.get("CREATEDATE", ""),
    }


def _descriptions(mets: Mets) -> Iterator[dict[str, Any]]:
    """The descriptions it points to (``target``) or holds, in order."""
    for section in mets.select("m:dmdSec"):
        identifier = section.get("ID", "")
        for reference in section.iterchildren("{*}mdRef"):
            kind = reference.get("OTHERMDTYPE", "") or reference.get("MDTYPE", "")
            target = mets.resolve(reference.get(f"{{{XLINK}}}href", ""))
            yield {"id": identifier, "kind": kind, "target": target}
        for wrapped in section.iterchildren("{*}mdWrap"):
            kind = wrapped.get("MDTYPE", "")
            yield {"id": identifier, "kind": kind, **_described(wrapped, kind)}


def _described(root: Element, kind: str) -> dict[str, Any]:
    if kind == OWN_TYPE:
        return {"tree": _tree(root)}
    return {"metadata": _known(root, _EAD if kind == "EAD" or local_name(root) == "ead" else _DC)}


def _known(root: Element, names: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in root.iter(etree.Element):
        code = names.get(local_name(node), "")
        if code and code not in found:
            words = " ".join("".join(map(str, node.itertext())).split())
            if words:
                found[code] = words
    return found


def _tree(element: Element) -> list[Any]:
    """Name, attributes, text and children of an element, names without prefixes."""
    attributes = {etree.QName(name).localname: str(value) for name, value in element.attrib.items()}
    text = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    return [
        local_name(element),
        attributes,
        text,
        [_tree(child) for child in element if isinstance(child.tag, str)],
    ]
