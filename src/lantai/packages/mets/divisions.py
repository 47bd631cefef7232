"""The CSIP structural map: its divisions, and their pointers to file groups and representations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lantai.core.findings import Finding, Outcome

from .document import METS, METS_NAME, XLINK, Element, Mets, written
from .identifiers import identifier_code
from .rules import finding

_TITLE, _HREF = f"{{{XLINK}}}title", f"{{{XLINK}}}href"
_PREFIX = "representations/"


@dataclass(frozen=True, slots=True)
class Division:
    """A division the specification knows, by the numbers of its rules."""

    label: str
    present: str
    named: str
    pointer: str
    target: str


_DIVISIONS = (
    Division("Documentation", "CSIP93", "CSIP95", "CSIP96", "CSIP116"),
    Division("Schemas", "CSIP97", "CSIP99", "CSIP100", "CSIP118"),
    Division("Representations", "CSIP101", "CSIP103", "CSIP104", "CSIP119"),
)


def check_divisions(mets: Mets) -> Iterator[Finding]:
    """What is wrong with the divisions of the structural map."""
    if mets.structure is None:
        return
    uses = _uses(mets)
    pointed = {
        *(node.get("FILEID", "") for node in mets.structure.iter(f"{{{METS}}}fptr")),
        *(node.get(_TITLE, "") for node in mets.structure.iter(f"{{{METS}}}mptr")),
    }
    for main in mets.structure.findall(f"{{{METS}}}div"):
        divisions = main.findall(f"{{{METS}}}div")
        for node in divisions:
            code = identifier_code(node)
            if code and not node.get("ID", "").strip():
                yield finding(mets, code, Outcome.FAIL, written(node), "div/@ID", "没有 ID")
        for known in _DIVISIONS:
            yield from _check_division(mets, known, divisions, uses)
            yield from _check_pointed(mets, known, pointed)
        if mets.is_root:
            yield from _check_representations(mets, divisions, uses)


def _uses(mets: Mets) -> dict[str, str]:
    """The use of each file group, by its identifier and by those of its files."""
    uses: dict[str, str] = {}
    for group in mets.select("m:fileSec/m:fileGrp"):
        for node in (group, *group.iter(f"{{{METS}}}fileGrp", f"{{{METS}}}file")):
            uses[node.get("ID", "")] = group.get("USE", "")
    return uses


def _is_of(use: str, known: Division) -> bool:
    return use == known.label or use.startswith(f"{known.label}/")


def _check_division(
    mets: Mets, known: Division, divisions: list[Element], uses: dict[str, str]
) -> Iterator[Finding]:
    own = [node for node in divisions if node.get("LABEL") == known.label]
    misnamed = [node for node in divisions if _is_misnamed(node, known, uses)]
    others = any(_is_of(node.get("LABEL", ""), known) for node in divisions)
    if not others and mets.is_root:
        expected = f"主 div 下有 @LABEL 为 {known.label} 的 div"
        yield finding(mets, known.present, Outcome.WARN, "structMap", expected, "没有")
    if len(own) > 1:
        expected = f"至多一个 @LABEL 为 {known.label} 的 div"
        yield finding(mets, known.present, Outcome.FAIL, "structMap", expected, f"有 {len(own)} 个")
    for node in misnamed:
        observed = f"LABEL 为“{node.get('LABEL', '')}”"
        yield finding(
            mets, known.named, Outcome.FAIL, written(node), f"该 div 的 @LABEL 为 {known.label}", observed
        )
    for node in own:
        for pointer in node.findall(f"{{{METS}}}fptr"):
            yield from _check_pointer(mets, known, node, pointer, uses)


def _is_misnamed(node: Element, known: Division, uses: dict[str, str]) -> bool:
    label = node.get("LABEL", "")
    if _is_of(label, known):
        return False
    pointers = [pointer.get("FILEID", "") for pointer in node.findall(f"{{{METS}}}fptr")]
    leads = bool(pointers) and all(_is_of(uses.get(name, ""), known) for name in pointers)
    return label.casefold() == known.label.casefold() or (
        leads and label not in {division.label for division in _DIVISIONS}
    )


def _check_pointer(
    mets: Mets, known: Division, node: Element, pointer: Element, uses: dict[str, str]
) -> Iterator[Finding]:
    expected = f"fptr/@FILEID 指向用途为 {known.label} 的文件组"
    target = pointer.get("FILEID", "")
    if not target.strip():
        yield finding(mets, known.target, Outcome.FAIL, written(node), expected, "没有 FILEID")
    elif target not in uses:
        yield finding(
            mets, known.target, Outcome.FAIL, written(node), expected, f"“{target}”不是文件组的 @ID"
        )
    elif not _is_of(uses[target], known):
        observed = f"“{target}”的用途是“{uses[target]}”"
        yield finding(mets, known.target, Outcome.FAIL, written(node), expected, observed)


def _check_pointed(mets: Mets, known: Division, pointed: set[str]) -> Iterator[Finding]:
    for group in mets.select("m:fileSec/m:fileGrp"):
        inside = {node.get("ID", "") for node in group.iter(f"{{{METS}}}fileGrp", f"{{{METS}}}file")}
        if _is_of(group.get("USE", ""), known) and not inside & pointed:
            for code in (known.pointer, known.target):
                expected = "structMap 以 fptr 指向每个文件组"
                yield finding(mets, code, Outcome.WARN, written(group), expected, "没有 fptr 指向它")


def _check_representations(mets: Mets, divisions: list[Element], uses: dict[str, str]) -> Iterator[Finding]:
    homes = [path for path in mets.package.iterdir() if path.name.casefold() == "representations"]
    folders = [path for home in homes if home.is_dir() for path in home.iterdir() if path.is_dir()]
    present = {path.name.casefold() for path in folders}
    described = {path.name.casefold() for path in folders if (path / METS_NAME).is_file()}
    named: set[str] = set()
    for node in divisions:
        label = node.get("LABEL", "").casefold()
        name = label.removeprefix(_PREFIX).split("/")[0] if label.startswith(_PREFIX) else ""
        named.add(name)
        yield from _check_representation(mets, node, name, present, described, uses)
    for name in sorted(described - named):
        expected = f"structMap 中有 @LABEL 为 Representations/{name} 的 div，以 mptr 指向其 {METS_NAME}"
        subject = f"representations/{name}/{METS_NAME}"
        for code in ("CSIP105", "CSIP107", "CSIP108", "CSIP109"):
            yield finding(mets, code, Outcome.WARN, subject, expected, "没有")


def _check_representation(
    mets: Mets, node: Element, name: str, present: set[str], described: set[str], uses: dict[str, str]
) -> Iterator[Finding]:
    pointers = node.findall(f"{{{METS}}}mptr")
    if name and name not in present:
        for code in ("CSIP105", "CSIP107"):
            expected = "div/@LABEL 所写的表现文件夹在信息包中"
            yield finding(mets, code, Outcome.FAIL, written(node), expected, f"没有 representations/{name}")
    label = node.get("LABEL", "")
    if (pointers or name) and not label.startswith("Representations"):
        expected = "表现的 div，@LABEL 以 Representations 开头"
        outcome = Outcome.WARN if name else Outcome.FAIL  # only upper and lower case differ
        yield finding(mets, "CSIP107", outcome, written(node), expected, f"LABEL 为“{label}”")
    if name in described and len(pointers) != 1:
        expected = f"有一个 mptr 指向表现的 {METS_NAME}"
        yield finding(mets, "CSIP109", Outcome.FAIL, written(node), expected, f"mptr 有 {len(pointers)} 个")
    for pointer in pointers:
        title = pointer.get(_TITLE, "")
        if not uses.get(title, "").casefold().startswith("representations"):
            observed = f"xlink:title 为“{title}”" if title else "没有 xlink:title"
            expected = "mptr/@xlink:title 为用途以 Representations 开头的文件组的 @ID"
            yield finding(mets, "CSIP108", Outcome.FAIL, written(node), expected, observed)
