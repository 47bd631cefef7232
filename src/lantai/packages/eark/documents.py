"""The METS documents of a package as the pool read them: what they say, point to and get wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lantai.core.findings import Finding, Outcome
from lantai.formats.api import call_in_pool

from ..mets.document import METS_NAME
from ..mets.facts import mets_facts
from ..mets.layout import REPRESENTATIONS, structure_finding
from ..mets.references import Reference

METS_TIMEOUT_S = 300.0
"""A document of 100,000 files takes a tenth of this."""


@dataclass(frozen=True)
class Document:
    """A METS document that could be read.

    Attributes:
        path: where it lies.
        package: the package's root folder; references that leave it are not followed.
        values: what it says of the package.
        form: what is wrong with its form.
        references: every pointer to a file.
        descriptions: the descriptions it points to or holds.
    """

    path: Path
    package: Path
    values: Mapping[str, str]
    form: tuple[Finding, ...]
    references: tuple[Reference, ...]
    descriptions: tuple[Mapping[str, Any], ...]
    _plain: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_root(self) -> bool:
        """Whether it describes the package, not one representation."""
        return self.path.parent == self.package

    @cached_property
    def name(self) -> str:
        """Its name within the package."""
        return self.path.relative_to(self.package).as_posix()

    def place(self, target: str | None) -> Path | None:
        """Where a target lies, whether it is there or not."""
        return None if target is None else self.package / target

    def holds(self, folder: Path) -> bool:
        """Whether a folder below the package is reached without a link."""
        name = str(folder)
        if name not in self._plain:
            own = folder == self.package
            self._plain[name] = own or (not folder.is_symlink() and self.holds(folder.parent))
        return self._plain[name]


@dataclass(frozen=True)
class Documents:
    """The METS documents of a package, read once: its own, then those of its representations.

    Attributes:
        root: the package's root folder.
        mets: those that can be read and are METS.
        findings: why the others cannot.
    """

    root: Path
    mets: list[Document]
    findings: list[Finding]

    @classmethod
    def of(cls, root: Path) -> Documents:
        """Reads the documents below a folder, each in the pool; links are not followed."""
        found = cls(root, [], [])
        paths = list(_mets_files(root))
        answers = call_in_pool(mets_facts, paths, allowed_s=METS_TIMEOUT_S, package=os.fspath(root))
        for path, answer in zip(paths, answers, strict=True):
            problem = answer.get("crash") or answer.get("error")
            if "root" in answer:
                problem = f"根元素为 {answer['root']}，不是 METS 的 mets"
            if problem:
                found.findings.append(_unreadable(path, root, problem))
            else:
                found.mets.append(_document(path, root, answer))
        if not (root / METS_NAME).is_file():
            observed = "没有" if root.is_dir() else "不是文件夹"
            expected = f"信息包文件夹中有 {METS_NAME}"
            found.findings.insert(
                0, structure_finding("CSIPSTR4", Outcome.FAIL, root.name, expected, observed)
            )
        return found


def _document(path: Path, root: Path, answer: Mapping[str, Any]) -> Document:
    return Document(
        path,
        root,
        answer["values"],
        tuple(Finding(**{**told, "outcome": Outcome(told["outcome"])}) for told in answer["form"]),
        tuple(Reference(*told) for told in answer["references"]),
        tuple(answer["descriptions"]),
    )


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
