"""Office documents are ZIP files from an unknown hand: their members are read within limits."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

MAX_MEMBER_BYTES = 64 * 2**20
MAX_DOCUMENT_BYTES = 2 * 2**30
_CHUNK = 1 << 20
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_DAMAGE = (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, zlib.error)


def read_member(archive: zipfile.ZipFile, name: str, limit_bytes: int = MAX_MEMBER_BYTES) -> bytes:
    """One member, never more than the limit, whatever its header says.

    Raises:
        Invalid: the member is missing, locked, damaged or larger than the limit.
    """
    try:
        with archive.open(name) as stream:
            data = stream.read(limit_bytes + 1)
    except KeyError as error:
        raise Invalid(_("文件内部缺少“%(name)s”。") % {"name": name}) from error
    except _DAMAGE as error:
        raise Invalid(
            _("文件内部的“%(name)s”无法解压：%(error)s。") % {"name": name, "error": error}
        ) from error
    if len(data) > limit_bytes:
        raise Invalid(
            _("文件内部的“%(name)s”解压后超过 %(limit_bytes)s 字节。")
            % {"name": name, "limit_bytes": limit_bytes}
        )
    return data


def check_members(archive: zipfile.ZipFile, limit_bytes: int = MAX_DOCUMENT_BYTES) -> None:
    """Reads every member to its end, so that its checksum is compared; memory stays one chunk.

    Raises:
        Invalid: a member is locked or damaged, or all of them together exceed the limit.
    """
    total = 0
    for info in archive.infolist():
        try:
            with archive.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    total += len(chunk)
                    if total > limit_bytes:
                        raise Invalid(
                            _("文件解压后超过 %(limit_bytes)s 字节，可能是压缩炸弹。")
                            % {"limit_bytes": limit_bytes}
                        )
        except _DAMAGE as error:
            raise Invalid(
                _("文件内部的“%(filename)s”已损坏：%(error)s。") % {"filename": info.filename, "error": error}
            ) from error


def rewrite_members(
    source: Path, target: Path, *, gone: Collection[str], written: Mapping[str, bytes]
) -> None:
    """A copy of an archive without some members and with others new or changed; the rest as it is."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for info in archive.infolist():
            name = info.filename.lstrip("/")
            if info.is_dir() or name in gone or name in written:
                continue
            with archive.open(info) as member, made.open(info, "w") as copy:
                shutil.copyfileobj(member, copy)
        for name, content in sorted(written.items()):
            made.writestr(zipfile.ZipInfo(name, _NO_DATE), content, zipfile.ZIP_DEFLATED)
