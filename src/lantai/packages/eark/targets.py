"""The files METS points to, against what lies in the package: present, of the size and digest stated.

A difference fails, with exceptions the board's own valid examples need, which are told and fail
nothing at this stage: only line ends were rewritten on the way; a metadata file is another version than
the one described, neither its size nor its digest being the one stated; a schema differs; a path is
written in the manner of Windows, and so is no URL at all. See ``docs/decisions/0005-eark-rules.md``.
"""

from __future__ import annotations

import hashlib
import stat
import zlib
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from lantai.core.findings import Finding, Outcome

from ..mets.layout import has_files
from ..mets.references import Reference
from ..mets.rules import finding
from .documents import Document

ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
    "CRC32": "crc32",
    "Adler-32": "adler32",
}
"""The algorithms of METS that can be computed here, by the name ``PackageFile.declared`` knows."""
_CHUNK_BYTES = 2**20
_TEXT_BYTES = 64 * 2**20
_LINE_ENDS = "；只差行尾字符"
_REMEDY = "请核对该文件与 METS.xml，确认以哪一个为准后重新打包。"


class _Sum(Protocol):
    def update(self, data: bytes, /) -> object: ...

    def hexdigest(self) -> str: ...


class _Checksum:
    """A 32-bit checksum of zlib, as a digest."""

    def __init__(self, name: str) -> None:
        self._function = zlib.crc32 if name == "crc32" else zlib.adler32
        self._value = 0 if name == "crc32" else 1

    def update(self, data: bytes) -> None:
        self._value = self._function(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value:08x}"


def check_target(mets: Document, reference: Reference, skip: Container[Path] = ()) -> Iterator[Finding]:
    """What differs between one reference and the file it means; no digest of a file in ``skip``."""
    meant = mets.place(reference.target)
    path = actual(mets, meant)
    if path is None:
        yield from _absent(mets, reference)
    elif reference.is_pointer:
        return
    else:
        if path != meant:
            yield _told(
                mets, reference, "@xlink:href", "位置的大小写与文件一致", f"文件名为 {path.name}", light=True
            )
        yield from _check_known(mets, reference)
        yield from _check_facts(mets, reference, path, skip)


def actual(mets: Document, place: Path | None) -> Path | None:
    """The file at a place within the package; else the one whose name there differs in case only."""
    if place is None or place == mets.package:
        return None
    try:
        if not mets.holds(place.parent):
            return None
        is_file = stat.S_ISREG(place.lstat().st_mode)
    except OSError:
        is_file = False
    return place if is_file else _in_other_case(place)


def _in_other_case(place: Path) -> Path | None:
    try:
        return _folded(place.parent, place.parent.stat().st_mtime_ns).get(place.name.casefold())
    except OSError:
        return None


@lru_cache(maxsize=16)
def _folded(folder: Path, _changed_ns: int) -> dict[str, Path]:
    return {
        path.name.casefold(): path for path in folder.iterdir() if path.is_file() and not path.is_symlink()
    }


def declared(reference: Reference) -> dict[str, str]:
    """The digest a reference states, by algorithm; empty where it cannot be computed here."""
    algorithm = ALGORITHMS.get(reference.algorithm)
    value = reference.checksum.strip().lower()
    return {algorithm: value} if algorithm and value else {}


def _absent(mets: Document, reference: Reference) -> Iterator[Finding]:
    observed = "信息包中没有该文件" if reference.target else "指向信息包之外，或不是相对路径"
    light = _may_lack(mets, reference)
    yield _told(mets, reference, "@xlink:href", "指向信息包中的文件", observed, light=light)
    stated = (("@SIZE", "字节数", reference.size), ("@CHECKSUM", "校验值", reference.checksum))
    for attribute, what, value in stated:
        if attribute in reference.codes and value:
            code = reference.codes[attribute]
            subject = f"{reference.element} {reference.href}"
            yield finding(
                mets, code, Outcome.WARN, subject, f"{what}与文件一致", "没有文件，无从核对", _REMEDY
            )


def _check_facts(
    mets: Document, reference: Reference, path: Path, skip: Container[Path]
) -> Iterator[Finding]:
    facts = [fact for fact in (_size(reference, path), _digest_of(reference, path, skip)) if fact]
    stale = reference.is_metadata and len(facts) == 2 and not any(fact.same for fact in facts)
    unread = reference.is_metadata and path in skip
    for fact in facts:
        if fact.observed:
            light = fact.only_line_ends or stale or unread or _is_light(reference)
            expected = f"{fact.attribute[1:]} 与文件一致"
            yield _told(mets, reference, fact.attribute, expected, fact.observed, light=light)


@dataclass(frozen=True, slots=True)
class _Fact:
    """One statement about a file, compared; ``observed`` is empty where it holds."""

    attribute: str
    observed: str = ""
    only_line_ends: bool = False

    @property
    def same(self) -> bool:
        """Whether the statement is true of this version of the file, line ends aside."""
        return not self.observed or self.only_line_ends


def _size(reference: Reference, path: Path) -> _Fact | None:
    stated = reference.size.strip()
    if not (stated.isascii() and stated.isdigit()):
        return None
    size_bytes = path.stat().st_size
    if stated.lstrip("0") == str(size_bytes).lstrip("0"):
        return _Fact("@SIZE")
    same = any(str(len(text)) == stated for text in _converted(path))
    return _Fact("@SIZE", f"写的是 {stated[:40]} 字节，文件有 {size_bytes} 字节{_LINE_ENDS * same}", same)


def _digest_of(reference: Reference, path: Path, skip: Container[Path]) -> _Fact | None:
    stated = declared(reference)
    if not stated or path in skip:
        return None
    ((algorithm, value),) = stated.items()
    found = _digest(path, algorithm)
    if _normal(found, algorithm) == _normal(value, algorithm):
        return _Fact("@CHECKSUM")
    same = any(
        _normal(_digest_bytes(text, algorithm), algorithm) == _normal(value, algorithm)
        for text in _converted(path)
    )
    return _Fact("@CHECKSUM", f"写的是 {value[:128]}，文件是 {found}{_LINE_ENDS * same}", same)


def _check_known(mets: Document, reference: Reference) -> Iterator[Finding]:
    algorithm = reference.algorithm
    if algorithm and reference.checksum and not declared(reference):
        observed = f"不会计算 {algorithm[:40]}"
        yield _told(mets, reference, "@CHECKSUM", "CHECKSUM 与文件一致", observed, light=True)


def _told(
    mets: Document, reference: Reference, attribute: str, expected: str, observed: str, *, light: bool
) -> Finding:
    outcome = Outcome.WARN if light else Outcome.FAIL
    subject = f"{reference.element} {reference.href}"
    made = finding(mets, reference.codes[attribute], outcome, subject, expected, observed, _REMEDY)
    return replace(made, outcome=outcome)  # also in a representation's METS: this is about the file


def _is_light(reference: Reference) -> bool:
    """Whether a difference fails nothing: see the module's docstring."""
    return reference.is_schema or "\\" in reference.href


def _may_lack(mets: Document, reference: Reference) -> bool:
    """Whether the file may be missing: metadata may, where none of the kind came along (CSIP17, CSIP31)."""
    meant = mets.place(reference.target)
    if reference.is_metadata and meant:
        return not has_files(meant.parent)
    return _is_light(reference)


def _converted(path: Path) -> list[bytes]:
    """What the file would be with other line ends; nothing for large files."""
    if path.stat().st_size > _TEXT_BYTES:
        return []
    data = path.read_bytes()
    unix = data.replace(b"\r\n", b"\n")
    return [text for text in (unix, unix.replace(b"\n", b"\r\n")) if text != data]


def _digest(path: Path, algorithm: str) -> str:
    digest = _new(algorithm)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _digest_bytes(data: bytes, algorithm: str) -> str:
    digest = _new(algorithm)
    digest.update(data)
    return digest.hexdigest()


def _new(algorithm: str) -> _Sum:
    if algorithm in {"crc32", "adler32"}:
        return _Checksum(algorithm)
    return hashlib.new(algorithm, usedforsecurity=False)


def _normal(value: str, algorithm: str) -> str:
    return value.lower().lstrip("0") if algorithm in {"crc32", "adler32"} else value.lower()
