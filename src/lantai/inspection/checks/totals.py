"""GD-1-12, 1-14, 2-1, 2-2, 2-11: the package as a whole against what its sender declared."""

from __future__ import annotations

import hashlib

from lantai.core.digests import digest_file

from ..registry import Observations, fail, listed, not_applicable, package_check
from ..subjects import PackageSubject

_SHOWN = 20
_PACKAGE_REMEDY = "请核对说明文件与包内文件，补齐或改正后重新提交。"


@package_check("auth.pkg.docs")
def check_documents(subject: PackageSubject) -> Observations:
    """GD-1-12: catalogue and declaration are there and complete (most is found when reading them)."""
    if subject.package.kind == "unreadable":
        yield not_applicable("说明文件和目录文件", "信息包无法打开")
    elif not subject.item_count and not subject.package.findings:
        yield fail("目录", "至少一件", "没有任何一件", "请在目录中逐件填写后重新提交。")


@package_check("auth.pkg.same")
def check_same(subject: PackageSubject) -> Observations:
    """GD-1-14: the package received is the package sent.

    The digest of a package is that of a text with one line ``<digest>  <name>`` for each of its
    files but the declaration, in the order of their name bytes; see folder-package.md.
    """
    if not subject.package.declaration.digests:
        yield not_applicable("信息包", "没有随带信息包摘要")
    for algorithm, declared in subject.package.declaration.digests.items():
        if algorithm not in {"sm3", "sha256", "sha512"}:
            yield fail("信息包摘要", "sm3、sha256 或 sha512", algorithm, "请用 SM3 重新计算信息包摘要。")
            continue
        computed = _package_digest(subject, algorithm)
        if computed != declared.lower():
            remedy = "信息包在发出后变过或没有传完整：请重新发送原包。"
            yield fail("信息包", f"{algorithm}:{declared}", f"{algorithm}:{computed}", remedy)


@package_check("int.total.items")
def check_item_total(subject: PackageSubject) -> Observations:
    """GD-2-1: as many items as declared."""
    declared = subject.package.declaration.items
    if declared is None:
        yield not_applicable("总件数", "说明文件没有写明总件数")
    elif declared != subject.item_count:
        yield fail("总件数", f"{declared} 件", f"{subject.item_count} 件", _PACKAGE_REMEDY)


@package_check("int.total.bytes")
def check_byte_total(subject: PackageSubject) -> Observations:
    """GD-2-2: as many bytes of content as declared."""
    declared = subject.package.declaration.bytes
    if declared is None:
        yield not_applicable("总字节数", "说明文件没有写明总字节数")
    elif declared != subject.content_bytes:
        yield fail("总字节数", f"{declared} 字节", f"{subject.content_bytes} 字节", _PACKAGE_REMEDY)


@package_check("int.pkg.content")
def check_strays(subject: PackageSubject) -> Observations:
    """GD-2-11: no file lies in the package that the catalogue does not list."""
    strays = subject.package.stray_files
    if strays:
        names = listed(strays, _SHOWN)
        remedy = "请把这些文件登记到目录中所属的一件，或从包中删除。"
        yield fail("信息包", "包内文件都已列入目录", f"{len(strays)} 个文件没有列入：{names}", remedy)


def _package_digest(subject: PackageSubject, algorithm: str) -> str:
    lines = hashlib.new(algorithm)
    for name_bytes, path in sorted(subject.package.listing.items()):
        known = subject.digests.get(path) if algorithm == "sm3" else None
        digits = known or getattr(digest_file(path), algorithm)
        lines.update(digits.encode("ascii") + b"  " + name_bytes + b"\n")
    return lines.hexdigest()
