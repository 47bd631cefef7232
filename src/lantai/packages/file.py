"""Packages of kind ``file``: one file of any format, alone, described by nothing but its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from lantai.core.findings import Finding, Outcome
from lantai.formats.api import UNKNOWN, Examination, decode_name, examine_many

from .kinds import Kind
from .package import Declaration, Package, PackageFile, PackageItem
from .problems import structural
from .xmlhazards import looks_like_xml, xml_hazards

ACTIVE, CLOSED, READABLE = "file.active", "file.closed", "file.readable"
"""Rules of our own; there is no standard for a file alone."""
_CLAUSE = "平台规则：文件能打开、可读"
_ARCHIVES = {
    "fmt/1835": "AR",
    "fmt/635": "CPIO",
    "fmt/636": "CPIO",
    "fmt/637": "CPIO",
    "fmt/638": "CPIO",
    "fmt/484": "7z",
    "x-fmt/264": "RAR",
    "fmt/411": "RAR",
    "fmt/613": "RAR",
    "x-fmt/219": "ARC",
    "fmt/626": "LZH",
    "fmt/610": "ARJ",
    "x-fmt/414": "CAB",
    "fmt/1671": "Zstandard",
    "x-fmt/269": "ZOO",
}
"""Archives by PRONOM's identifiers that are not unpacked here: nobody has looked into them."""

_ARCHIVE_ENDINGS = frozenset(
    {".7z", ".a", ".arc", ".arj", ".cab", ".cpio", ".lha", ".lzh", ".rar", ".zoo", ".zst"}
)


def read_file(path: Path) -> Package:
    """One item with one file in it; its title is the file's name."""
    name_bytes = os.fsencode(path.name)
    name = decode_name(name_bytes)
    file = PackageFile(path, name_bytes, name, "body", {}, path.stat().st_size)
    item = PackageItem(1, {"M22": path.stem}, (file,))
    return Package("file", path, Declaration(), (item,), structure=lambda: _opens(path, name))


def _opens(path: Path, name: str) -> Iterator[Finding]:
    """Whether the file can be opened and read, as far as its format's reader can tell."""
    for examination in examine_many([path], digests=False):
        yield from _told(examination, name)
    if looks_like_xml(path):
        yield from xml_hazards(path, name)


def _told(examination: Examination, name: str) -> Iterator[Finding]:
    format_found = examination.identification
    archive = _ARCHIVES.get(format_found.puid)
    if not archive and examination.path.suffix.lower() in _ARCHIVE_ENDINGS:
        archive = examination.path.suffix[1:].upper()
    found = examination.characteristics
    if archive:
        yield structural(
            CLOSED,
            _CLAUSE,
            name,
            "文件，或 ZIP、TAR 包",
            f"{archive} 压缩包，未打开，其中内容不明",
            "请解开后重新打成 ZIP 包。",
        )
    elif format_found.puid == UNKNOWN and found.readable:
        remedy = "请人工打开核对，或转换为通用格式。"
        expected, outcome = "可以识别的格式", Outcome.AWAITING
        yield structural(READABLE, _CLAUSE, name, expected, format_found.name, remedy, outcome)
    if found.encrypted:
        yield structural(CLOSED, _CLAUSE, name, "不加密", "已加密", "请解除口令后重新提交。")
    if not found.readable or not examination.rendering.ok:
        problems = "；".join(filter(None, (*found.problems, examination.rendering.problem)))
        remedy = "请从原系统重新导出该文件。"
        yield structural(READABLE, _CLAUSE, name, "能够打开并读到末尾", problems or "打不开", remedy)
    for what in found.active:
        remedy = "请在原系统中另存为 PDF/A。"
        yield structural(ACTIVE, _CLAUSE, name, "没有会自行动作的内容", what, remedy, Outcome.WARN)


KIND = Kind("file", "单个文件", Path.is_file, read_file, takes_files=True, stage="structure")
