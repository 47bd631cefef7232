"""Validating an E-ARK package: folders, METS documents, and the files these point to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.findings import Finding, Outcome

from .agents import check_agents
from .divisions import check_divisions
from .identifiers import check_identifiers
from .layout import REPRESENTATIONS, check_layout, check_presence, structure_finding
from .mets import CSIP, METS, METS_NAME, SIP_PROFILE, Mets, load
from .rules import check, finding
from .targets import check_target


def validate(root: Path) -> Iterator[Finding]:
    """Everything an E-ARK package breaks: a ``MUST`` fails, a ``SHOULD`` or ``MAY`` is told.

    Args:
        root: the package's root folder.

    Yields:
        findings other than a pass; ``code`` is the number in the specification (``CSIP7``).
    """
    yield from check_form(root)
    yield from check_files(root)


def check_form(root: Path) -> Iterator[Finding]:
    """What is wrong with folders, METS documents and the metadata they point to."""
    if not (root / METS_NAME).is_file():
        observed = "没有" if root.is_dir() else "不是文件夹"
        yield structure_finding(
            "CSIPSTR4", Outcome.FAIL, root.name, f"信息包文件夹中有 {METS_NAME}", observed
        )
        return
    yield from check_layout(root)
    for path in mets_files(root):
        try:
            mets = load(path, root)
        except Invalid as error:
            yield _unreadable(path, root, error)
        else:
            yield from _check_mets(mets)


def check_files(root: Path) -> Iterator[Finding]:
    """What is wrong with the files the METS documents point to; each stated digest is computed once."""
    seen: set[tuple[Path, str, str]] = set()
    for mets in readable(root):
        for reference in mets.references():
            if reference.is_pointer:
                if reference.path is None or not reference.path.is_file():
                    yield from check_target(mets, reference)
                continue
            element = reference.element
            stated = (reference.path or Path(), element.get("SIZE", ""), element.get("CHECKSUM", ""))
            if reference.path is None or stated not in seen:
                seen.add(stated)
                yield from check_target(mets, reference)


def mets_files(root: Path) -> Iterator[Path]:
    """The METS document of the package, then those of its representations; links are not followed."""
    folders = [root]
    if (root / REPRESENTATIONS).is_dir():
        folders += sorted((root / REPRESENTATIONS).iterdir())
    for folder in folders:
        path = folder / METS_NAME
        if not folder.is_symlink() and not path.is_symlink() and path.is_file():
            yield path


def readable(root: Path) -> Iterator[Mets]:
    """The METS documents that can be read."""
    for path in mets_files(root):
        try:
            yield load(path, root)
        except Invalid:
            continue


def _unreadable(path: Path, root: Path, error: Invalid) -> Finding:
    own = path.parent == root
    code, outcome = ("CSIPSTR4", Outcome.FAIL) if own else ("CSIPSTR12", Outcome.WARN)
    subject = path.relative_to(root).as_posix()
    return structure_finding(code, outcome, subject, "能够读取的 METS 文件", error.message)


def _check_mets(mets: Mets) -> Iterator[Finding]:
    if mets.root.tag != f"{{{METS}}}mets":
        code, outcome = ("CSIPSTR4", Outcome.FAIL) if mets.is_root else ("CSIPSTR12", Outcome.WARN)
        observed = f"根元素为 {str(mets.root.tag)[:120]}"
        yield structure_finding(code, outcome, mets.name, f"根元素为 {{{METS}}}mets", observed)
        return
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
