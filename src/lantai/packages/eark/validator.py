"""Validating an E-ARK package: folders, METS documents, and the files these point to."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Documents:
    """The METS documents of a package, read once: its own, then those of its representations.

    Attributes:
        root: the package's root folder.
        mets: those that can be read and are METS.
        findings: why the others cannot.
    """

    root: Path
    mets: list[Mets]
    findings: list[Finding]

    @classmethod
    def of(cls, root: Path) -> Documents:
        """Reads the documents below a folder; links are not followed."""
        found = cls(root, [], [])
        for path in _mets_files(root):
            try:
                mets = load(path, root)
            except (Invalid, OSError) as error:
                observed = error.message if isinstance(error, Invalid) else str(error.strerror)
                found.findings.append(_unreadable(path, root, observed))
            else:
                found._take(mets)
        if not (root / METS_NAME).is_file():
            observed = "没有" if root.is_dir() else "不是文件夹"
            expected = f"信息包文件夹中有 {METS_NAME}"
            found.findings.insert(
                0, structure_finding("CSIPSTR4", Outcome.FAIL, root.name, expected, observed)
            )
        return found

    def _take(self, mets: Mets) -> None:
        if mets.root.tag == f"{{{METS}}}mets":
            self.mets.append(mets)
        else:
            observed = f"根元素为 {str(mets.root.tag)[:120]}，不是 METS 的 mets"
            self.findings.append(_unreadable(mets.path, self.root, observed))


def validate(root: Path) -> Iterator[Finding]:
    """Everything an E-ARK package breaks: a ``MUST`` fails, a ``SHOULD`` or ``MAY`` is told.

    Args:
        root: the package's root folder.

    Yields:
        findings other than a pass; ``code`` is the number in the specification (``CSIP7``).
    """
    documents = Documents.of(root)
    yield from check_form(documents)
    yield from check_files(documents)


def check_form(documents: Documents) -> Iterator[Finding]:
    """What is wrong with folders and METS documents."""
    yield from documents.findings
    if documents.mets:
        yield from check_layout(documents.root)
    for mets in documents.mets:
        yield from _check_mets(mets)


def check_files(documents: Documents, skip: Container[Path] = ()) -> Iterator[Finding]:
    """What is wrong with the files the METS documents point to; each stated digest is computed once.

    Args:
        documents: the METS documents.
        skip: files whose digest is compared elsewhere.
    """
    seen: set[tuple[Path, str, str]] = set()
    for mets in documents.mets:
        for reference in mets.references():
            element = reference.element
            stated = (reference.path or Path(), element.get("SIZE", ""), element.get("CHECKSUM", ""))
            if reference.path is None or reference.is_pointer or stated not in seen:
                seen.add(stated)
                yield from check_target(mets, reference, skip)


def _mets_files(root: Path) -> Iterator[Path]:
    folders = [root]
    if (root / REPRESENTATIONS).is_dir():
        folders += sorted((root / REPRESENTATIONS).iterdir())
    for folder in folders:
        path = folder / METS_NAME
        if not folder.is_symlink() and not path.is_symlink() and path.is_file():
            yield path


def _unreadable(path: Path, root: Path, observed: str) -> Finding:
    own = path.parent == root
    code, outcome = ("CSIPSTR4", Outcome.FAIL) if own else ("CSIPSTR12", Outcome.WARN)
    subject = path.relative_to(root).as_posix()
    return structure_finding(code, outcome, subject, "能够读取的 METS 文件", observed)


def _check_mets(mets: Mets) -> Iterator[Finding]:
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
