"""Unpacking archives from an unknown hand: nothing leaves its folder, nothing grows without end.

Names are kept byte for byte. An archive with one bad entry is refused as a whole: what hides one
trap may hide another, and a sender who meant well can pack it again.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self, cast

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.formats.api import allow_files, call_in_pool, decode_name

CHUNK = 1 << 20
_DIRECTORY_ENTRY_BYTES = 256
"""What an entry of a ZIP directory takes on average at most: 46 bytes, its name, its attributes."""
_DIRECTORY_ENTRY, _ZIP64_END_BYTES = b"PK\x01\x02", 76
TIMEOUT_S = 900.0
"""For unpacking one archive, beyond what reading it takes; 64 GiB at the speed of a slow disk."""
LONGEST_PATH_BYTES = 1024
"""A path within an archive; where it is kept, a few hundred bytes more stand before it."""
_COMPRESSORS: tuple[tuple[bytes, Callable[..., Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may grow to.

    Attributes:
        total_bytes: all entries together.
        entries: number of entries.
        depth: folders within folders.
        ratio: unpacked to packed, once more than ``free_bytes`` are unpacked.
        free_bytes: below this the ratio does not matter.
    """

    total_bytes: int = 64 * 2**30
    entries: int = 500_000
    depth: int = 32
    ratio: int = 200
    free_bytes: int = 32 * 2**20


class ArchiveRefused(Invalid):
    """The archive is hostile, locked or damaged.

    Attributes:
        encrypted: it is locked by a password.
        unsafe: it tries to do harm, as against being merely damaged.
    """

    def __init__(self, what: str, entry: str, *, encrypted: bool = False, unsafe: bool = True) -> None:
        remedy = (
            "请解除口令后重新打包。"
            if encrypted
            else "请只把要归档的普通文件重新打成 ZIP 包，不含链接、绝对路径或上级目录。"
            if unsafe
            else "请重新打包并再次上传。"
        )
        super().__init__(what, subject=entry, remedy=remedy)
        self.encrypted = encrypted
        self.unsafe = unsafe


def is_archive(path: Path) -> bool:
    """Whether the file looks like an archive this can unpack."""
    with path.open("rb") as stream:
        head = stream.read(262)
    compressed = any(head.startswith(magic) for magic, _ in _COMPRESSORS)
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or compressed or head[257:262] == b"ustar"


def safe_extract(archive: Path, into: Path, limits: Limits | None = None) -> int:
    """Unpacks a ZIP or TAR (plain, gz, bz2, xz) into a folder that exists and is empty, in the pool.

    Returns:
        number of files written.

    Raises:
        ArchiveRefused: an entry points outside, is a link or device, is locked, is there twice,
            or the archive is damaged, no archive, or grows beyond the limits; or it took the child
            that unpacked it too long or too much memory. What had been written by then is left in
            ``into`` for the caller to remove.
    """
    given = {"into": os.fspath(into), "limits": asdict(limits or Limits())}
    answer = next(call_in_pool(unpack, [archive], allowed_s=TIMEOUT_S, writes=True, **given))
    if refused := answer.get("refused"):
        raise ArchiveRefused(**refused)
    if "errno" in answer:
        raise OSError(answer["errno"], answer["strerror"], os.fspath(into))
    if problem := answer.get("crash") or answer.get("error"):
        raise ArchiveRefused(_("压缩包无法解开：%(why)s。") % {"why": problem}, archive.name, unsafe=False)
    written: int = answer["written"]
    return written


def unpack(archive: Path, *, into: str, limits: dict[str, int]) -> dict[str, Any]:
    """What a child of the pool does for :func:`safe_extract`, and how it ended."""
    allowed = Limits(**limits)
    try:
        with allow_files(allowed.total_bytes):
            return {"written": _extract(archive, Path(into), allowed)}
    except ArchiveRefused as error:
        told = {"encrypted": error.encrypted, "unsafe": error.unsafe}
        return {"refused": {"what": error.message, "entry": error.subject, **told}}
    except OSError as error:
        return {"errno": error.errno, "strerror": error.strerror or str(error)}


def _extract(archive: Path, into: Path, limits: Limits) -> int:
    if not is_archive(archive):
        raise ArchiveRefused(_("不是可以识别的压缩包（ZIP、TAR）。"), archive.name, unsafe=False)
    budget = _Budget(limits, archive.stat().st_size)
    with archive.open("rb") as stream:
        zipped = stream.read(2) == b"PK"
    entries = _zip_entries if zipped else _tar_entries
    written = 0
    try:
        for raw_name, content in entries(archive, budget):
            _write(into, raw_name, content, budget)
            written += 1
    except _DAMAGE as error:
        raise ArchiveRefused(
            _("压缩包已损坏：%(error)s。") % {"error": error}, archive.name, unsafe=False
        ) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # an offset before the start: what a damaged directory points to
            raise
        raise ArchiveRefused(_("压缩包的目录已损坏。"), archive.name, unsafe=False) from error
    return written


class _Budget:
    """Counts what has been unpacked."""

    def __init__(self, limits: Limits, packed_bytes: int) -> None:
        self.limits = limits
        self.packed_bytes = max(packed_bytes, 1)
        self.bytes = 0
        self.entries = 0

    def enter(self, name: str) -> None:
        self.entries += 1
        if self.entries > self.limits.entries:
            raise ArchiveRefused(
                _("压缩包条目超过 %(entries)s 个。") % {"entries": self.limits.entries}, name
            )

    def spend(self, count: int, name: str) -> None:
        self.bytes += count
        if self.bytes > self.limits.total_bytes:
            raise ArchiveRefused(
                _("压缩包解开后超过 %(total_bytes)s 字节，已中止。")
                % {"total_bytes": self.limits.total_bytes},
                name,
            )
        if self.bytes > self.limits.free_bytes and self.bytes > self.limits.ratio * self.packed_bytes:
            raise ArchiveRefused(
                _("压缩比超过 %(ratio)s 倍，疑为压缩炸弹，已中止。") % {"ratio": self.limits.ratio}, name
            )


def _zip_entries(archive: Path, budget: _Budget) -> Iterator[tuple[bytes, IO[bytes]]]:
    _check_directory(archive, budget.limits)
    with zipfile.ZipFile(archive) as zipped:
        for info in zipped.infolist():
            raw_name = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
            name = decode_name(raw_name)
            budget.enter(name)
            if info.flag_bits & 0x1:
                raise ArchiveRefused(_("压缩包中有加密的文件。"), name, encrypted=True, unsafe=False)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind and not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
                raise ArchiveRefused(_("压缩包中有链接或特殊文件。"), name)
            if raw_name.endswith(b"/"):
                _check_name(raw_name, budget.limits)
                continue
            with zipped.open(info) as content:
                yield raw_name, content


def _check_directory(archive: Path, limits: Limits) -> None:
    """Refuses a directory that is too large before it is read: reading makes an object an entry.

    What stands before the end record is read as directory, as far as its stated size goes; the
    number of entries stated beside it binds nobody.
    """
    with archive.open("rb") as stream:
        end: Any = zipfile._EndRecData(stream)  # type: ignore[attr-defined]  # what ZipFile goes by
        if not end:
            return
        size, until = end[zipfile._ECD_SIZE], end[zipfile._ECD_LOCATION]  # type: ignore[attr-defined]
        if size > limits.entries * _DIRECTORY_ENTRY_BYTES:
            raise ArchiveRefused(_("压缩包的目录大得不合常理，疑为压缩炸弹，已中止。"), archive.name)
        stream.seek(max(0, until - size - _ZIP64_END_BYTES))
        found, tail = 0, b""
        while chunk := stream.read(min(CHUNK, until - stream.tell())):
            found += (tail + chunk).count(_DIRECTORY_ENTRY)
            tail = chunk[1 - len(_DIRECTORY_ENTRY) :]
    if found > limits.entries:
        raise ArchiveRefused(_("压缩包条目超过 %(entries)s 个。") % {"entries": limits.entries}, archive.name)


def _tar_entries(archive: Path, budget: _Budget) -> Iterator[tuple[bytes, IO[bytes]]]:
    with _decompressed(archive) as stream:
        counted = cast("IO[bytes]", _Counted(stream, budget, archive.name))
        with tarfile.open(
            fileobj=counted, mode="r|", encoding="utf-8", errors="surrogateescape", tarinfo=_Header
        ) as tar:
            for member in tar:
                raw_name = member.name.encode("utf-8", "surrogateescape")
                name = decode_name(raw_name)
                budget.enter(name)
                if member.isdir():
                    _check_name(raw_name, budget.limits)
                    continue
                content = tar.extractfile(member) if member.isreg() and not member.issparse() else None
                if content is None:
                    raise ArchiveRefused(_("压缩包中有链接、设备或稀疏文件。"), name)
                with content:
                    yield raw_name, content


@contextmanager
def _decompressed(archive: Path) -> Iterator[IO[bytes]]:
    with archive.open("rb") as packed:
        head = packed.read(8)
        packed.seek(0)
        for magic, opener in _COMPRESSORS:
            if head.startswith(magic):
                with opener(packed) as stream:
                    yield stream
                return
        yield packed


class _Header(tarfile.TarInfo):
    """A header whose extension is short: one that says it has gigabytes would be read into memory."""

    LONGEST_BYTES = 1 << 20
    _EXTENSIONS = frozenset(
        {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE}
        | {tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}
    )

    @classmethod
    def frombuf(cls, *args: Any, **kwargs: Any) -> Self:
        """Reads a header; refuses one whose extension no honest name or attribute needs."""
        header = super().frombuf(*args, **kwargs)
        if header.type in cls._EXTENSIONS and header.size > cls.LONGEST_BYTES:
            raise ArchiveRefused(_("压缩包的文件头大得不合常理，疑为压缩炸弹，已中止。"), header.name)
        return header


class _Counted:
    """A stream whose every byte is counted, so that headers cannot be a bomb either."""

    def __init__(self, stream: IO[bytes], budget: _Budget, name: str) -> None:
        self._stream = stream
        self._budget = budget
        self._name = name
        self._read = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(min(size, CHUNK))
        self._read += len(data)
        limits, packed = self._budget.limits, self._budget.packed_bytes
        if self._read > limits.free_bytes and self._read > limits.ratio * packed:
            raise ArchiveRefused(
                _("压缩比超过 %(ratio)s 倍，疑为压缩炸弹，已中止。") % {"ratio": limits.ratio}, self._name
            )
        return data


def _write(into: Path, raw_name: bytes, content: IO[bytes], budget: _Budget) -> None:
    parts = _check_name(raw_name, budget.limits)
    name = decode_name(raw_name)
    if not parts:
        raise ArchiveRefused(_("压缩包中有没有名字的文件。"), name)
    target = Path(os.fsdecode(os.path.join(os.fsencode(into), *parts)))  # noqa: PTH118 - bytes
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as output:
            while chunk := content.read(CHUNK):
                budget.spend(len(chunk), name)
                output.write(chunk)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise ArchiveRefused(_("压缩包中有同名的文件。"), name) from error
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile) or error.errno is None:
            raise ArchiveRefused(
                _("压缩包已损坏：%(error)s。") % {"error": error}, name, unsafe=False
            ) from error
        raise


def _check_name(raw_name: bytes, limits: Limits) -> list[bytes]:
    """The folders and name of an entry; raises unless it stays within its folder on any system."""
    name = decode_name(raw_name)
    parts = [part for part in raw_name.split(b"/") if part not in {b"", b"."}]
    if raw_name.startswith((b"/", b"\\")) or name[1:2] == ":":
        raise ArchiveRefused(_("压缩包中有绝对路径。"), name)
    if b".." in parts or "\\" in name or b"\0" in raw_name:
        raise ArchiveRefused(_("压缩包中有指向包外或无法安全保存的路径。"), name)
    if len(parts) > limits.depth:
        raise ArchiveRefused(_("压缩包中的文件夹超过 %(depth)s 层。") % {"depth": limits.depth}, name)
    if any(len(part) > 255 for part in parts) or len(raw_name) > LONGEST_PATH_BYTES:
        raise ArchiveRefused(_("压缩包中有过长的文件名。"), name)
    return parts
