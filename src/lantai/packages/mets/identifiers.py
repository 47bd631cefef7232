"""Identifiers within a METS document: present where asked for, unique, and pointing where they should."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lantai.core.findings import Finding, Outcome

from .document import METS, Element, Mets, local_name, written
from .rules import finding

_CODES = {
    "dmdSec": "CSIP18",
    "digiprovMD": "CSIP33",
    "rightsMD": "CSIP46",
    "fileSec": "CSIP59",
    "fileGrp": "CSIP65",
    "file": "CSIP67",
    "structMap": "CSIP83",
}
"""The rule each element's identifier comes under; divisions have theirs from their label."""
_DIVISIONS = {
    "Metadata": "CSIP89",
    "Documentation": "CSIP94",
    "Schemas": "CSIP98",
    "Representations": "CSIP102",
}
_ADMINISTRATIVE = ("amdSec", "techMD", "rightsMD", "sourceMD", "digiprovMD")


def check_identifiers(mets: Mets) -> Iterator[Finding]:
    """Identifiers that stand twice, and references to metadata that lead elsewhere."""
    yield from _check_unique(mets)
    administrative = {node.get("ID", "") for name in _ADMINISTRATIVE for node in mets.select(f"//m:{name}")}
    descriptive = {node.get("ID", "") for node in mets.select("m:dmdSec")}
    for attribute, known, codes in (
        ("ADMID", administrative, {"fileGrp": "CSIP61", "file": "CSIP74"}),
        ("DMDID", descriptive, {"file": "CSIP75"}),
    ):
        for name, code in codes.items():
            yield from _check_pointing(mets, mets.select(f"m:fileSec//m:{name}"), attribute, known, code)
    for division in mets.select("m:structMap/m:div/m:div[@LABEL = 'Metadata']"):
        yield from _check_pointing(mets, [division], "ADMID", administrative, "CSIP91", Outcome.FAIL)
        yield from _check_pointing(mets, [division], "DMDID", descriptive, "CSIP92", Outcome.FAIL)
        yield from _check_complete(mets, division, "ADMID", "m:amdSec/*[@ID]", "CSIP91")
        yield from _check_complete(mets, division, "DMDID", "m:dmdSec[@ID]", "CSIP92")


def identifier_code(node: Element) -> str:
    """The rule the identifier of an element comes under; empty for elements CSIP does not number."""
    name = local_name(node)
    if name != "div":
        return _CODES.get(name, "")
    above = node.getparent()
    if above is not None and local_name(above) == "structMap":
        return "CSIP85"
    label = node.get("LABEL", "")
    return "CSIP106" if label.startswith("Representations/") else _DIVISIONS.get(label, "")


def _check_unique(mets: Mets) -> Iterator[Finding]:
    holders: defaultdict[str, list[Element]] = defaultdict(list)
    for node in mets.root.iter(f"{{{METS}}}*"):
        if identifier := node.get("ID"):
            holders[identifier].append(node)
    for identifier, nodes in holders.items():
        codes = {code for node in nodes if (code := identifier_code(node))} if len(nodes) > 1 else set()
        for code in sorted(codes):
            where = "、".join(local_name(node) for node in nodes)
            observed = f"“{identifier}”用了 {len(nodes)} 次（{where}）"
            yield finding(mets, code, Outcome.FAIL, f"@ID {identifier}", "@ID 在信息包内唯一", observed)


def _check_pointing(
    mets: Mets,
    nodes: list[Element],
    attribute: str,
    known: set[str],
    code: str,
    outcome: Outcome = Outcome.WARN,
) -> Iterator[Finding]:
    meant = "管理" if attribute == "ADMID" else "描述"
    for node in nodes:
        wrong = [name for name in node.get(attribute, "").split() if name not in known]
        if wrong:
            expected = f"{attribute} 只列{meant}元数据的 @ID"
            yield finding(mets, code, outcome, written(node), expected, f"{'、'.join(wrong)} 不是")


def _check_complete(mets: Mets, division: Element, attribute: str, path: str, code: str) -> Iterator[Finding]:
    listed = set(division.get(attribute, "").split())
    current = [node for node in mets.select(path) if node.get("STATUS") != "SUPERSEDED"]
    left = [node.get("ID", "") for node in current if not listed & {node.get("ID"), _above(node)}]
    if left:
        expected = f"元数据 div 的 {attribute} 列出现行的全部元数据"
        shown = "、".join(left[:5])
        observed = f"没有列出 {shown} 等 {len(left)} 项" if len(left) > 5 else f"没有列出 {shown}"
        yield finding(mets, code, Outcome.WARN, written(division), expected, observed)


def _above(node: Element) -> str | None:
    above = node.getparent()
    return above.get("ID") if above is not None else None
