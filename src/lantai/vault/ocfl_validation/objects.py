"""One object as it lies: declaration, inventories, sidecars, the set of its files, every byte."""

from __future__ import annotations

import hashlib
from typing import Any

from lantai.core.language import gettext as _
from lantai.core.system_errors import words_of

from .. import ocfl
from ..stores import ObjectFiles
from . import specification as spec
from .content import check_content
from .files import check_file_set
from .history import check_history
from .inventories import check_inventory, navigable, parse_inventory
from .problems import Checked, Findings
from .reading import SMALL_BYTES, check_sidecar, read_file


def check_object(
    files: ObjectFiles, *, content: bool = True, waived: frozenset[str] = frozenset()
) -> Checked:
    """Checks one object.

    Args:
        files: where it lies.
        content: also read and digest every content file.
        waived: codes of rules that do not bind here.
    """
    findings = Findings(waived=waived)
    try:
        return _check(files, findings, content=content)
    except OSError as error:  # a folder or a small file that the disk does not give back
        findings.add("E063", str(error.filename or ""), _("对象无法读取：%s") % words_of(error))
        return _checked(findings)


def _check(files: ObjectFiles, findings: Findings, *, content: bool) -> Checked:
    present = set(files.paths())
    extensions = {path.split("/")[1] for path in present if path.startswith("extensions/")}
    if extensions - spec.REGISTERED_EXTENSIONS - {""}:
        findings.waived = spec.DEFINED_ELSEWHERE
    declared = _check_declaration(files, present, findings)
    try:
        raw = read_file(files, ocfl.INVENTORY)
    except OSError as error:
        findings.add("E063", ocfl.INVENTORY, _("对象清单无法读取：%s") % words_of(error))
        return _checked(findings, is_absent=not present)
    digest, size_bytes = hashlib.sha512(raw).hexdigest(), len(raw)
    document = parse_inventory(raw, ocfl.INVENTORY, findings)
    if document is None:
        return _checked(findings, None, digest, size_bytes)
    check_inventory(document, ocfl.INVENTORY, findings)
    _check_edition(document, declared, findings)
    check_sidecar(files, ocfl.INVENTORY, raw, str(document.get("digestAlgorithm")), findings)
    inventory = navigable(document)
    if inventory is None:
        return _checked(findings, None, digest, size_bytes)
    older = check_history(files, present, inventory, raw, findings)
    check_file_set(present, inventory.document, findings)
    if content:
        size_bytes += check_content(files, present, [inventory, *older], findings)
    return _checked(findings, inventory, digest, size_bytes)


def _checked(
    findings: Findings,
    inventory: ocfl.Inventory | None = None,
    digest: str = "",
    size_bytes: int = 0,
    *,
    is_absent: bool = False,
) -> Checked:
    return Checked(findings.errors, findings.warnings, inventory, digest, size_bytes, is_absent=is_absent)


def _check_declaration(files: ObjectFiles, present: set[str], findings: Findings) -> str:
    """The edition of the specification the object declares; empty when it does not (§3.2)."""
    names = sorted(path for path in present if path.startswith("0=") and "/" not in path)
    known = [name for name in names if spec.OBJECT_DECLARATION.fullmatch(name)]
    for name in set(names) - set(known):
        findings.add("E006", name, _("对象声明的文件名不合规"))
    if len(known) != 1:
        findings.add("E003", ocfl.OBJECT_DECLARATION[0], _("对象声明缺失或多余"))
    for name in known:
        if _content(files, name) != name[2:].encode() + b"\n":
            findings.add("E007", name, _("对象声明内容不对"))
    return known[0].rpartition("_")[2] if len(known) == 1 else ""


def _content(files: ObjectFiles, name: str) -> bytes:
    """A declaration's content; nothing where it is no plain file or far too large."""
    try:
        return read_file(files, name, SMALL_BYTES)
    except OSError:
        return b""


def _check_edition(document: dict[str, Any], declared: str, findings: Findings) -> None:
    match = spec.INVENTORY_TYPE.fullmatch(str(document.get("type")))
    if match and declared and match[1] != declared:
        findings.add("E038", ocfl.INVENTORY, _("清单 type 与对象声明的规范版本不同"))
