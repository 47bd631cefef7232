"""Whole storage roots, and anyone's object or root given by its path (§4)."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _
from lantai.core.system_errors import words_of

from ..adapters.filesystem import FolderFiles
from . import specification as spec
from .layouts import LAYOUTS
from .objects import check_object
from .problems import Findings, Problem
from .reading import SMALL_BYTES, read_file

Kind = Literal["object", "root"]
EXTENSIONS = "extensions"
LAYOUT = "ocfl_layout.json"
_DEPTH_LOOKED_AT = 12
_LONGEST_TOLD = 200
"""So much of a path that is too long is told."""


@dataclass(frozen=True, slots=True)
class Validation:
    """What a validation of somebody's object or storage root found.

    Attributes:
        objects: how many objects were checked.
    """

    kind: Kind
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    objects: int

    @property
    def valid(self) -> bool:
        """Whether nothing breaks a MUST of the specification."""
        return not self.errors

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "kind": self.kind,
            "valid": self.valid,
            "errors": [problem.as_dict() for problem in self.errors],
            "warnings": [problem.as_dict() for problem in self.warnings],
        }


def validate(path: Path, kind: Kind | None = None, told: Callable[[int], None] | None = None) -> Validation:
    """Validates an object or a storage root.

    Args:
        path: its folder.
        kind: what it is; ``None`` finds out.
        told: called with the number of objects checked so far.

    Raises:
        NotFound: there is nothing at the path.
        Invalid: what is there is no folder.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:  # nothing there, a link to itself, a name no disk can hold
        raise NotFound(_("没有找到要校验的目录。"), subject=str(path), remedy=_("请检查路径。")) from error
    if not stat.S_ISDIR(mode):
        raise Invalid(
            _("OCFL 对象或存储根是目录，不是文件。"), subject=str(path), remedy=_("请给出它的目录。")
        )
    if (kind or kind_of(path)) == "object":
        checked = check_object(FolderFiles(path))
        return Validation("object", checked.problems, checked.warnings, 1)
    return _validate_root(path, told or (lambda _count: None))


def kind_of(path: Path) -> Kind:
    """Whether a folder is, or tries to be, an object or a storage root."""
    try:
        names = {entry.name for entry in path.iterdir()}
    except OSError:
        return "object"  # whose check says what the disk does not give back
    if any(name.startswith("0=ocfl_object") for name in names) or "inventory.json" in names:
        return "object"
    if any(name.startswith("0=ocfl_") for name in names) or LAYOUT in names:
        return "root"
    return "root" if next(_declared_objects(path), None) else "object"


def _declared_objects(path: Path) -> Iterator[str]:
    for folder, names, files in os.walk(path):
        if any(name.startswith("0=ocfl_object_") for name in files):
            yield folder
        if folder.count(os.sep) - str(path).count(os.sep) >= _DEPTH_LOOKED_AT:
            names.clear()


def _validate_root(path: Path, told: Callable[[int], None]) -> Validation:
    findings = Findings()
    edition = _check_declaration(path, findings)
    _check_extensions(path, findings)
    place = _check_layout(path, findings)
    walk = _Walk(path, edition, place, findings)
    errors: list[Problem] = []
    warnings: list[Problem] = []
    for count, (folder, checked) in enumerate(walk.objects(), 1):
        errors += [problem.below(folder) for problem in checked.problems]
        warnings += [problem.below(folder) for problem in checked.warnings]
        told(count)
    # What the walk itself found comes on top: the declaration, layout and hierarchy of the root.
    return Validation("root", (*findings.errors, *errors), (*findings.warnings, *warnings), walk.count)


def _check_declaration(path: Path, findings: Findings) -> str:
    names = sorted(entry.name for entry in path.glob("0=*"))
    known = [name for name in names if spec.ROOT_DECLARATION.fullmatch(name)]
    for name in set(names) - set(known):
        findings.add("E079", name, _("存储根声明的文件名不合规"))
    if not known:
        findings.add("E069", "0=ocfl_1.1", _("没有存储根声明"))
    if len(known) > 1:
        findings.add("E076", known[0], _("存储根声明不止一个"))
    for name in known:
        if _content(path, name) != name[2:].encode() + b"\n":
            findings.add("E080", name, _("存储根声明内容不对"))
    return known[0].rpartition("_")[2] if len(known) == 1 else ""


def _content(path: Path, name: str) -> bytes:
    try:
        return read_file(FolderFiles(path), name, SMALL_BYTES)
    except OSError:
        return b""


def _check_extensions(path: Path, findings: Findings) -> None:
    folder = path / EXTENSIONS
    if folder.is_symlink() or not folder.is_dir():
        return  # the walk tells a link, and nobody looks behind it
    for entry in os.scandir(folder):
        below = f"{EXTENSIONS}/{entry.name}"
        if not entry.is_dir(follow_symlinks=False):
            findings.add("E112", below, _("extensions 中只可有扩展的目录"))
        elif entry.name not in spec.REGISTERED_EXTENSIONS:
            findings.add("W016", below, _("未登记的扩展"))
            findings.waived = spec.DEFINED_ELSEWHERE


def _check_layout(path: Path, findings: Findings) -> Callable[[str], str] | None:
    """The mapping the root declares from an identifier to a path, if it is one that is known."""
    try:
        document = json.loads(read_file(FolderFiles(path), LAYOUT, SMALL_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not all(
        isinstance(document.get(key), str) for key in ("extension", "description")
    ):
        findings.add("E070", LAYOUT, _("应有文本键 extension 和 description"))
        return None
    name = document["extension"]
    if name not in spec.REGISTERED_EXTENSIONS:
        findings.add("E071", LAYOUT, _("布局 %s 没有登记") % name)
        return None
    layout = LAYOUTS.get(name)
    if layout is None:
        return None
    try:
        settings = json.loads(read_file(FolderFiles(path / EXTENSIONS / name), "config.json", SMALL_BYTES))
    except (OSError, ValueError, RecursionError):
        settings = {}
    return layout(settings if isinstance(settings, dict) else {})


class _Walk:
    """Goes through a storage root, folder by folder, holding one object at a time."""

    def __init__(
        self, root: Path, edition: str, place: Callable[[str], str] | None, findings: Findings
    ) -> None:
        self.root = root
        self.edition = edition
        self.place = place
        self.findings = findings
        self.count = 0
        self.depths: set[int] = set()

    def objects(self) -> Iterator[tuple[str, Any]]:
        """Every object's folder with what its check found."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                entries = sorted(os.scandir(self.root / folder), key=lambda entry: entry.name)
            except OSError as error:  # too deep for a path, or not to be read
                self.findings.add("E072", _shortened(folder), _("目录无法读取：%s") % words_of(error))
                continue
            declarations = [e.name for e in entries if e.name.startswith("0=ocfl_object")]
            if folder and (declarations or _looks_like_object(entries)):
                yield folder, self._check(folder, declarations)
                continue
            waiting += self._below(folder, entries)
        if len(self.depths) > 1 and 0 in self.depths:
            self.findings.add("W015", "", _("有的对象直接放在存储根下，有的在目录层级中"))

    def _below(self, folder: str, entries: list[os.DirEntry[str]]) -> list[str]:
        if folder and not entries:
            self.findings.add("E073", folder, _("存储根中有空目录"))
        folders = []
        for entry in entries:
            below = f"{folder}/{entry.name}".lstrip("/")
            if entry.is_symlink():
                self.findings.add("E090", below, _("存储根中有链接"))
            elif entry.is_dir():
                if folder or entry.name != EXTENSIONS:
                    folders.append(below)
            elif folder:
                self.findings.add("E072", below, _("目录层级中有不属于任何对象的文件"))
        return folders

    def _check(self, folder: str, declarations: list[str]) -> Any:
        self.count += 1
        self.depths.add(folder.count("/"))
        checked = check_object(FolderFiles(self.root / folder), waived=self.findings.waived)
        declared = [match[1] for name in declarations if (match := spec.OBJECT_DECLARATION.fullmatch(name))]
        if self.edition and any(edition > self.edition for edition in declared):
            self.findings.add("E081", folder, _("对象遵循的规范比存储根的还新"))
        if self.place and checked.inventory and self.place(checked.inventory.id) not in {"", folder}:
            self.findings.add("E083", folder, _("对象不在布局规定的位置"))
        return checked


def _shortened(folder: str) -> str:
    return folder if len(folder) <= _LONGEST_TOLD else f"{folder[:_LONGEST_TOLD]}…"


def _looks_like_object(entries: list[os.DirEntry[str]]) -> bool:
    """An object whose declaration is missing is an object still, and said to be a bad one."""
    names = {entry.name for entry in entries}
    return "inventory.json" in names and any(re.fullmatch(r"v\d+", name) for name in names)
