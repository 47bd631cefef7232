"""The door: a package is streamed to ``LANTAI_HOME/intake/<submission>/`` and digested on the way.

Nothing in it is trusted or looked into here. A package lies in a folder named ``….partial``
until it is complete and on disk; whatever goes wrong before that leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from lantai.core import settings as configuration
from lantai.core.digests import Digester, Digests, digest_bytes, digest_file
from lantai.core.errors import Invalid, Unavailable
from lantai.formats.api import decode_name

PARTIAL = ".partial"
ABANDONED_AFTER_S = 24 * 3600
_COPY_BYTES = 2**18
_LONGEST_NAME_BYTES, _LONGEST_ENDING = 255, 16


@dataclass(frozen=True, slots=True)
class Intake:
    """A package that lies in the intake, complete.

    Attributes:
        path: the package (a file, or a folder), relative to ``LANTAI_HOME``.
        digests: of the file; of the sorted list of paths and digests for a folder.
        name: what the sender called it.
    """

    path: str
    digests: Digests
    name: str


def intake_folder(submission_id: UUID) -> Path:
    """Where a submission's package lies until the submission is finished."""
    return configuration.home() / "intake" / str(submission_id)


def package_folders(submission_id: UUID) -> list[Path]:
    """Wherever a submission's package lies: at work, or waiting to be removed."""
    places = (intake_folder(submission_id), _leaving() / str(submission_id))
    return [place for place in places if place.exists()]


def _leaving() -> Path:
    """What waits to be removed, on the same volume."""
    return configuration.home() / "leaving"


def holdings_folder(agency_code: str, submission_id: UUID) -> Path:
    """Where the documents of its accepted items lie until the archive has them."""
    return configuration.home() / "holdings" / agency_code / str(submission_id)


def check_length(size_bytes: int, promised_bytes: int = 0) -> None:
    """Refuses an upload that is too large, or that the disk cannot take, before it is read.

    Twice its size is asked for, because it is unpacked beside itself.

    Args:
        size_bytes: what is announced.
        promised_bytes: room that others were promised and have not filled yet.

    Raises:
        Invalid: it is over the limit.
        Unavailable: the disk is too full.
    """
    limit = configuration.MAX_UPLOAD_BYTES.read()
    if size_bytes > limit:
        raise Invalid(
            _("上传内容 %(size)s，超过一次上传的上限 %(limit)s，没有接收。")
            % {"size": _gigabytes(size_bytes), "limit": _gigabytes(limit)},
            remedy=_("请按年度或月份分成几个包，分几次提交。"),
        )
    free = shutil.disk_usage(configuration.home()).free
    if free - promised_bytes - 2 * size_bytes < configuration.DISK_ALARM_BYTES.read():
        raise Unavailable(
            _("平台的存储空间不足，没有接收。"),
            remedy=_("请稍后再交，并告知系统管理员清理或扩充存储；您的文件没有改动。"),
        )


def take_in(submission_id: UUID, source: UploadedFile[Any] | Path) -> Intake:
    """Stores a package, an upload or a path on this machine, durably.

    Raises:
        Invalid: it is too large or empty, or is not a regular file or folder.
        Unavailable: the disk is too full.
    """
    if isinstance(source, UploadedFile):
        check_length(source.size or 0)
    elif source.is_symlink() or not source.exists():
        raise Invalid(_("找不到要提交的文件或文件夹。"), subject=str(source))
    else:
        check_length(_size_of(source))
    with _filling(submission_id) as folder:
        if isinstance(source, UploadedFile):
            name, digests = source.name or _("未命名"), _take_upload(source, folder)
        elif source.is_dir():
            name, digests = source.name, _take_folder(source, folder / "package")
        else:
            name = source.name
            with source.open("rb") as stream:
                digests = _write(iter(partial(stream.read, 2**20), b""), _place_for(folder, name))
        if not digests.size_bytes:
            raise Invalid(
                _("收到的文件是空的（0 字节）。"),
                subject=name,
                remedy=_("请检查原文件能否打开，再重新提交。"),
            )
        stored = folder / "package"
        inside = "" if isinstance(source, Path) and source.is_dir() else f"/{next(stored.iterdir()).name}"
    return Intake(f"intake/{submission_id}/{stored.name}{inside}", digests, name)


def discard(submission_id: UUID) -> None:
    """Puts a submission's intake where the next sweep removes it; one rename, and it is gone from here.

    Removing tens of thousands of files is nothing a sender should wait for; and a volume without
    a journal makes new files slowly where many were removed a moment ago.
    """
    leaving = _leaving()
    leaving.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        intake_folder(submission_id).rename(leaving / str(submission_id))


def sweep(known: frozenset[str], now_s: float | None = None) -> int:
    """Removes what was discarded, and a day later what uploads killed in the middle left behind.

    Args:
        known: ids of the submissions that still need their intake.
        now_s: the time, in seconds since the epoch.

    Returns:
        How many abandoned folders were removed.
    """
    for folder in _leaving().iterdir() if _leaving().exists() else ():
        shutil.rmtree(folder, ignore_errors=True)
    root, removed = configuration.home() / "intake", 0
    before_s = (now_s or time.time()) - ABANDONED_AFTER_S
    for folder in root.iterdir() if root.exists() else ():
        if folder.name not in known and folder.stat().st_mtime < before_s:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


@contextmanager
def _filling(submission_id: UUID) -> Iterator[Path]:
    final = intake_folder(submission_id)
    folder = final.with_name(final.name + PARTIAL)
    folder.mkdir(parents=True)
    try:
        yield folder
        folder.rename(final)
        _sync_folder(final.parent)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _take_upload(upload: UploadedFile[Any], folder: Path) -> Digests:
    target = _place_for(folder, upload.name or "")
    held: Path | None = getattr(upload, "held_path", None)
    if held and held.stat().st_dev == folder.stat().st_dev:
        target.hardlink_to(held)  # its bytes are synced, and stay with the upload until the submission stands
        return digest_file(target)
    temporary = getattr(upload, "temporary_file_path", None)
    spooled = Path(temporary()) if temporary else None
    if spooled and spooled.stat().st_dev == folder.stat().st_dev:
        spooled.replace(target)
        upload.close()  # here, where Django expects that the file is gone
        target.chmod(0o640)
        _sync_file(target)
        return digest_file(target)
    return _write(upload.chunks(2**20), target)


def _take_folder(source: Path, target: Path) -> Digests:
    """Copies a folder; special files in it stay outside and are told by the reader.

    Returns:
        size of all files together; digests of the list of their names and SHA-256.

    Raises:
        Invalid: there is a link in it.
    """
    lines, size_bytes = [], 0
    target.mkdir()
    inside = len(f"{source}/")
    for entry in _entries(source):
        copy = f"{target}/{entry.path[inside:]}"
        if entry.is_symlink():
            raise Invalid(
                _("文件夹里有链接，不能归档。"),
                subject=entry.path,
                remedy=_("请把链接换成它指向的文件本身。"),
            )
        if entry.is_dir():
            os.mkdir(copy)  # noqa: PTH102 - twice as fast as pathlib's, ten thousands of times
        elif entry.is_file():
            name = os.fsencode(entry.path[inside:])
            sha256, copied_bytes = _copy(entry.path, copy)
            lines.append(name + b"\0" + sha256.encode() + b"\n")
            size_bytes += copied_bytes
    os.sync()
    return replace(digest_bytes(b"".join(lines)), size_bytes=size_bytes)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Everything below a folder, sorted by path, each folder before what is in it; links are not followed."""
    waiting = _sorted(folder)
    while waiting:
        entry = waiting.pop()
        yield entry
        if entry.is_dir(follow_symlinks=False):
            waiting += _sorted(entry.path)


def _sorted(folder: Path | str) -> list[os.DirEntry[str]]:
    """The entries of a folder, the last first."""
    with os.scandir(folder) as entries:
        return sorted(entries, key=attrgetter("name"), reverse=True)


def _copy(source: str, target: str) -> tuple[str, int]:
    """Copies a file and tells its SHA-256 and size; its other digests are taken when it is examined."""
    digest, size_bytes = hashlib.sha256(), 0
    with open(source, "rb", 0) as stream, open(target, "xb", 0) as out:  # noqa: PTH123
        while chunk := stream.read(_COPY_BYTES):
            digest.update(chunk)
            size_bytes += len(chunk)
            written = 0
            while written < len(chunk):
                written += out.write(memoryview(chunk)[written:])
    return digest.hexdigest(), size_bytes


def _write(chunks: Iterator[bytes], target: Path) -> Digests:
    digester = Digester()
    with target.open("xb") as stream:
        for chunk in chunks:
            digester.update(chunk)
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    return digester.result()


def _place_for(folder: Path, name: str) -> Path:
    """Where a lone file or an archive is put: in a folder of its own, since its name is the sender's.

    A message or a web archive that comes alone is its own document, and keeps its name. It is cut,
    but for its endings, only where no file system could take it.
    """
    home = folder / "package"
    home.mkdir()
    readable = decode_name(name.encode("utf-8", "surrogateescape"))
    plain = PurePath(readable.replace("\0", "")).name
    if plain in {"", "..", PARTIAL}:
        return home / "package"
    while len(os.fsencode(plain)) > _LONGEST_NAME_BYTES:
        ending = "".join(PurePath(plain).suffixes[-2:])[-_LONGEST_ENDING:]
        plain = plain[: len(plain) - len(ending) - 1] + ending
    return home / plain


def _size_of(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(
        entry.stat(follow_symlinks=False).st_size
        for entry in _entries(path)
        if entry.is_file(follow_symlinks=False)
    )


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_sync_folder = _sync_file


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 2**30:.2f} GB"
