"""A package of one kind written as another: nothing half-written, nothing overwritten, losses told."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from lantai.core.errors import Conflict, Invalid
from lantai.core.findings import Finding, Outcome
from lantai.core.language import gettext as _

from .digesting import digest_files
from .kinds import Kind, kind_of
from .opening import open_package
from .package import Package
from .problems import structural


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of a package.

    Attributes:
        source_kind: key of the kind it was read as.
        kind: key of the kind it was written as.
        target: what was written.
        lost: sentences about what the new kind cannot carry.
        findings: what fails in the source; not empty only where that was to be passed over.
    """

    source_kind: str
    kind: str
    target: Path
    lost: tuple[str, ...]
    findings: tuple[Finding, ...]


def convert_package(
    source: Path,
    target: Path,
    to: str,
    *,
    options: Mapping[str, str] | None = None,
    kind: str | None = None,
    workspace: Path | None = None,
    anyway: bool = False,
) -> Conversion:
    """Reads a package and writes it as another kind, beside the target first.

    Args:
        source: package of any kind.
        target: folder, or file where its name ends in ``.zip``; must not exist.
        to: key of a kind that can be written.
        options: for the writer of that kind.
        kind: key to read the source as; ``None`` finds out.
        workspace: where an archive is unpacked.
        anyway: converts a source that fails its own standard as well.

    Raises:
        Invalid: the source fails its own standard or a declared digest, or the kind is only read.
        Conflict: there is something at the target already.
    """
    wanted = kind_of(to)
    _require_free(target, wanted)
    with open_package(source, kind, workspace) as package:
        failures = tuple(finding for finding in _examined(package) if finding.outcome is Outcome.FAIL)
        if failures and not anyway:
            raise _refusal(source, failures)
        return Conversion(
            package.kind, to, target, tuple(_write(package, wanted, target, options or {})), failures
        )


def write_package(
    package: Package, target: Path, kind: str, options: Mapping[str, str] | None = None
) -> list[str]:
    """Writes an open package, or one made by hand, as another kind; all of it or nothing.

    Args:
        package: what to write.
        target: folder, or file where its name ends in ``.zip``; must not exist.
        kind: key of a kind that can be written.
        options: for the writer of that kind.

    Returns:
        sentences about what the kind cannot carry.

    Raises:
        Invalid: the kind is only read, or there is no such folder.
        Conflict: there is something at the target already.
    """
    wanted = kind_of(kind)
    _require_free(target, wanted)
    return _write(package, wanted, target, options or {})


def _require_free(target: Path, wanted: Kind) -> None:
    if wanted.write is None:
        raise Invalid(_("“%(kind)s”只能读，不能写。") % {"kind": wanted.key}, remedy=_("请换一个种类。"))
    if target.exists() or target.is_symlink():
        raise Conflict(_("目标已经存在，没有覆盖。"), subject=str(target), remedy=_("请换一个名字。"))
    if not target.parent.is_dir():
        raise Invalid(_("没有这个文件夹。"), subject=str(target.parent), remedy=_("请先建立该文件夹。"))


def _write(package: Package, kind: Kind, target: Path, options: Mapping[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".lantai-") as beside:
        written = Path(beside) / target.name
        lost = kind.write(package, written, options) if kind.write else []
        if target.exists():
            raise Conflict(_("目标已经存在，没有覆盖。"), subject=str(target), remedy=_("请换一个名字。"))
        written.rename(target)
    return lost


def _examined(package: Package) -> Iterator[Finding]:
    """What a package says of itself held against what is there, so that no damage is packed anew."""
    declared = (
        ((file.name, file.declared), file.path, file.size_bytes)
        for item in package
        for file in item.files
        if file.declared and not file.pages
    )
    return chain(package.findings, package.structure(), package.fixity(()), _differing(declared))


def _differing(
    files: Iterator[tuple[tuple[str, Mapping[str, str]], Path, int]],
) -> Iterator[Finding]:
    algorithms = ("sm3", "sha256", "sha512", "sha1", "md5")
    for (name, declared), computed in digest_files(files, algorithms):
        for algorithm, digits in declared.items():
            actual = (
                computed.get(algorithm) if isinstance(computed, dict) else os.strerror(computed.errno or 0)
            )
            if actual is not None and actual != digits.lower():
                remedy = "请从原系统重新取出该文件。"
                yield structural("digest", "平台规则", name, f"{algorithm} {digits}", f"{actual}", remedy)


def _refusal(source: Path, failures: tuple[Finding, ...]) -> Invalid:
    first = failures[0]
    return Invalid(
        _("源包有 %(count)s 处不通过，没有转换；第一处：%(subject)s，%(observed)s。")
        % {"count": len(failures), "subject": first.subject, "observed": first.observed},
        subject=str(source),
        remedy=_("请先用 lantai inspect 查看并改正；确要照样转换，加 --anyway。"),
    )
