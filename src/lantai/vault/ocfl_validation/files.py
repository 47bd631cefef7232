"""The set of an object's files: what is foreseen and not there, and the other way round (§3.1, §3.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lantai.core.language import gettext as _

from .. import ocfl
from . import specification as spec
from .problems import Findings


def check_file_set(present: set[str], document: Mapping[str, Any], findings: Findings) -> None:
    """Compares the files of an object with its inventory.

    Args:
        present: every file; an empty folder with a closing slash.
        document: the inventory.
        findings: takes what is wrong.
    """
    expected = {path for group in document["manifest"].values() for path in group}
    versions = sorted(document["versions"], key=spec.version_number)
    for path in sorted(expected - present):
        findings.add("E092", path, _("清单中的文件不存在"))
    for algorithm, _digest, path in ocfl.fixity_of(document):
        if path not in present:
            findings.add("E093", path, _("fixity 的 %s 中的文件不存在") % algorithm)
    _check_version_folders(present, versions, findings)
    layout = _Layout(document)
    for path in sorted(expected & present):
        if path.count("/") == 1:
            findings.add("E015", path, _("内容不在内容目录中，直接放在版本目录下"))
    for path in sorted(present - expected):
        layout.check_unlisted(path, findings)


def _check_version_folders(present: set[str], versions: Sequence[str], findings: Findings) -> None:
    """Every version has its folder, under a name a version may have."""
    folders = {path.partition("/")[0] for path in present if "/" in path}
    last = max((place for place, version in enumerate(versions) if version in folders), default=-1)
    for place, version in enumerate(versions):
        if not spec.VERSION_NAME.fullmatch(version) and version in folders:
            findings.add("E001", version, _("目录名不是版本目录的名称"))
        if version in folders:
            continue
        findings.add("E046", version, _("版本目录不存在"))
        if place < last:
            findings.add("E010", version, _("版本目录不连续"))


class _Layout:
    """What may lie in an object beside the content its manifest lists."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.versions = document.get("versions") or {}
        self.directory = str(document.get("contentDirectory", ocfl.CONTENT))
        algorithm = str(document.get("digestAlgorithm"))
        suffix = re.escape(algorithm) if algorithm in spec.CONTENT_DIGESTS else r"\w+"
        self.inventory = re.compile(rf"inventory\.json(\.{suffix})?")
        # An older version may have been addressed by the other algorithm.
        self.old_inventory = re.compile(r"inventory\.json(\.(sha512|sha256))?")

    def check_unlisted(self, path: str, findings: Findings) -> None:
        """Says what is wrong with a file or empty folder that the manifest does not list."""
        first, slash, rest = path.partition("/")
        if not slash:
            if not path.startswith("0=") and not self.inventory.fullmatch(path):
                findings.add("E001", path, _("对象根目录中多出的文件"))
        elif first == "extensions":
            self._check_extension(path, rest, findings)
        elif first in self.versions:
            self._check_in_version(path, rest, findings)
        elif re.fullmatch(r"v\d+", first):
            findings.add("E046", first, _("清单中没有这个版本目录"))
        elif first != "logs":
            findings.add("E001", first, _("对象根目录中多出的目录"))

    def _check_extension(self, path: str, rest: str, findings: Findings) -> None:
        name, slash, _below = rest.partition("/")
        if name and not slash:
            findings.add("E067", path, _("extensions 中只可有扩展的目录"))
        elif name and name not in spec.REGISTERED_EXTENSIONS:
            findings.add("W013", f"extensions/{name}", _("未登记的扩展"))

    def _check_in_version(self, path: str, rest: str, findings: Findings) -> None:
        name, slash, below = rest.partition("/")
        if not rest:
            return  # a version folder that holds nothing
        if not slash:
            if not self.old_inventory.fullmatch(rest):
                findings.add("E015", path, _("版本目录中多出的文件"))
        elif name != self.directory:
            findings.add("W002", path.rpartition("/")[0], _("版本目录中有内容目录以外的目录"))
        elif not below:
            findings.add("W003", path, _("版本没有内容时不必有内容目录"))
        elif path.endswith("/"):
            findings.add("E024", path, _("内容目录中有空目录"))
        else:
            findings.add("E023", path, _("清单没有列出的文件"))
