"""A store on a mounted filesystem.

::

    store.json      which store this is, so that a swapped or unmounted disk is noticed
    objects/        the OCFL storage root
    ledger/         ledger segments and signed heads
    staging/        batches on their way in; same volume, so that placing is a rename
    quarantine/     damaged objects that were replaced by a good copy
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import io
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.utils import timezone

from lantai.core.errors import Conflict, NotFound, Unavailable
from lantai.core.language import gettext as _
from lantai.core.settings import home
from lantai.core.system_errors import words_of

from .. import ocfl
from ..stores import ObjectFiles, Placement, StoreFacts
from . import mark

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_libc = ctypes.CDLL(None, use_errno=True)
_EARLY_BYTES = 16 * 2**20
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class FilesystemStore:
    """See :class:`lantai.vault.stores.Store`."""

    crosses = True

    def __init__(self, facts: StoreFacts) -> None:
        self.facts = facts
        self.location = home() / facts.location
        self.objects = self.location / "objects"
        self.ledger = self.location / "ledger"
        self.staging = self.location / "staging"
        self.quarantine = self.location / "quarantine"
        self._marker = self.location / mark.PATH
        self._known = home() / "vault" / "known" / facts.key

    @property
    def volume(self) -> object:
        """The device: ``syncfs`` covers all of it."""
        return self.location.stat().st_dev

    def require_ready(self) -> None:
        """The disk is there, answers and is the right one; a place never used before is prepared."""
        try:
            self._check_marker()
        except (OSError, ValueError) as error:
            words = words_of(error) if isinstance(error, OSError) else str(error)
            raise Unavailable(
                _("存储位置读写出错：%(words)s。") % {"words": words},
                subject=f"{self.facts.name} {self.location}",
                remedy=_("请检查磁盘与连线；修好或换盘之前，其他存储照常使用。"),
            ) from error

    def _check_marker(self) -> None:
        if not self._marker.exists():
            if self._known.exists() or (self.location.exists() and any(self.location.iterdir())):
                raise Unavailable(
                    _("存储位置上没有兰台的标记，可能磁盘未挂载。"),
                    subject=f"{self.facts.name} {self.location}",
                    remedy=_("请挂载后重试；若换了空盘，先运行 lantai vault stores --prepare %(key)s。")
                    % {"key": self.facts.key},
                )
            self.prepare()
        key = mark.marked_key(self._marker.read_bytes())
        if key != self.facts.key:
            raise Unavailable(
                _("存储位置上是另一个存储（%(key)s）。") % {"key": key},
                subject=f"{self.facts.name} {self.location}",
                remedy=_("请检查磁盘是否挂错，或修改 vault.toml。"),
            )
        if not self._known.exists():
            self._known.parent.mkdir(parents=True, exist_ok=True)
            self._known.touch()

    def prepare(self) -> None:
        """Makes an empty place a store."""
        for folder in (self.objects, self.ledger, self.staging, self.quarantine):
            folder.mkdir(parents=True, exist_ok=True)
        for path, content in ocfl.ROOT_FILES.items():
            file = self.objects / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        self._marker.write_bytes(mark.mark_of(self.facts.key))
        self.sync()

    def begin(self, batch: str) -> None:
        """See the protocol. Whoever outlives the batch's owner finds no folder to write into."""
        (self.staging / batch).mkdir(exist_ok=True)

    def stage(self, batch: str, slot: str, path: str) -> AbstractContextManager[IO[bytes]]:
        """See the protocol."""
        return io.BufferedWriter(_WrittenEarly(self._create(batch, slot, path), "wb"))

    def stage_files(self, batch: str, slot: str, files: Mapping[str, bytes]) -> None:
        """See the protocol. Plain system calls: this runs for seven files of every record."""
        for path, content in files.items():
            descriptor = self._create(batch, slot, path)
            try:
                left = memoryview(content)
                while left:
                    left = left[os.write(descriptor, left) :]
            finally:
                os.close(descriptor)

    def _create(self, batch: str, slot: str, path: str) -> int:
        file = f"{self.staging}/{batch}/{slot}/{path}"
        try:
            return os.open(file, _NEW, 0o666)
        except FileNotFoundError:
            _make_folder(file.rpartition("/")[0], within=f"{self.staging}/{batch}")
            return os.open(file, _NEW, 0o666)

    def unstage(self, batch: str, slot: str) -> None:
        """See the protocol."""
        shutil.rmtree(self.staging / batch / slot, ignore_errors=True)

    def staged(self, batch: str, slot: str) -> ObjectFiles:
        """See the protocol."""
        return FolderFiles(self.staging / batch / slot)

    def sync(self) -> None:
        """One ``syncfs`` for the volume: a fifth of the cost of syncing file by file."""
        descriptor = os.open(self.location, os.O_RDONLY)
        try:
            if _libc.syncfs(descriptor) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), str(self.location))
        finally:
            os.close(descriptor)

    def place(self, batch: str, placement: Placement) -> None:
        """See the protocol. A later version's folder goes first, its inventory last."""
        if placement.version == 1:
            self._place_new(f"{self.staging}/{batch}/{placement.slot}", placement.object_path)
            return
        staged = self.staging / batch / placement.slot
        target = self.objects / placement.object_path
        try:
            folder = f"v{placement.version}"
            (staged / folder).rename(target / folder)
        except OSError as error:
            if target.exists():
                raise Conflict(_("总库中已有同一对象或同一版本。"), subject=placement.object_path) from error
            raise
        (staged / ocfl.SIDECAR).replace(target / ocfl.SIDECAR)
        (staged / ocfl.INVENTORY).replace(target / ocfl.INVENTORY)

    def _place_new(self, staged: str, object_path: str) -> None:
        target = f"{self.objects}/{object_path}"
        try:
            _rename_below(staged, target)
        except OSError as error:
            if os.path.lexists(target):
                raise Conflict(_("总库中已有同一对象或同一版本。"), subject=object_path) from error
            raise

    def take_back(self, placement: Placement) -> None:
        """See the protocol."""
        target = self.objects / placement.object_path
        folder = target / f"v{placement.version}"
        # One rename makes it vanish; what a crash leaves of its removal goes when it is taken back again.
        rubbish = self.staging / "rubbish" / placement.slot
        shutil.rmtree(rubbish, ignore_errors=True)
        if _sha512(folder / ocfl.INVENTORY) != placement.inventory_sha512:
            return
        if placement.version == 1:
            rubbish.parent.mkdir(exist_ok=True)
            target.rename(rubbish)
            shutil.rmtree(rubbish)
            _remove_if_empty(target.parent, target.parent.parent)
            return
        previous = target / f"v{placement.version - 1}"
        for name in (ocfl.INVENTORY, ocfl.SIDECAR):
            shutil.copyfile(previous / name, target / f"{name}.new")
            (target / f"{name}.new").replace(target / name)
        shutil.rmtree(folder)

    def replace(self, batch: str, slot: str, object_path: str) -> None:
        """See the protocol."""
        target = self.objects / object_path
        if target.exists():
            stamp = timezone.now().strftime("%Y%m%dT%H%M%S.%f")
            target.rename(self.quarantine / f"{stamp}-{target.name[:16]}")
        _rename_below(self.staging / batch / slot, target)

    def erase(self, batch: str, slot: str, object_path: str) -> None:
        """See the protocol. What a crash leaves half removed lies in staging, and goes next time."""
        target = self.objects / object_path
        rubbish = self.staging / "rubbish" / f"erased-{target.name}"
        shutil.rmtree(rubbish, ignore_errors=True)
        if target.exists():
            rubbish.parent.mkdir(exist_ok=True)
            target.rename(rubbish)
        _rename_below(self.staging / batch / slot, target)
        for kept in (rubbish, *self.quarantine.glob(f"*-{target.name[:16]}")):
            if kept.exists():
                shutil.rmtree(kept)

    def discard(self, batch: str) -> None:
        """See the protocol. One rename ends it; a child of a killed owner may still be writing."""
        rubbish = self.staging / "rubbish" / batch
        rubbish.parent.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            (self.staging / batch).rename(rubbish)
        shutil.rmtree(rubbish, ignore_errors=True)

    def object_files(self, object_path: str) -> ObjectFiles:
        """See the protocol."""
        return FolderFiles(self.objects / object_path)

    def object_paths(self) -> Iterator[str]:
        """See the protocol. A file among the folders is told too: nothing but objects belongs there."""
        for first in _folders(self.objects):
            if first == "extensions":
                continue
            above = f"{self.objects}/{first}"  # text: there are as many of these folders as objects
            for second in _folders(above):
                for name in _folders(f"{above}/{second}"):
                    yield ocfl.printable(f"{first}/{second}/{name}")

    def put_evidence(self, path: str, content: bytes) -> None:
        """See the protocol."""
        ocfl.require_safe_path(path)
        file = self.ledger / path
        if file.exists():
            if file.read_bytes() != content:
                raise Conflict(_("存证文件已存在且内容不同，拒绝覆盖。"), subject=str(file))
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f".{file.name}.part")
        with partial.open("wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        partial.replace(file)
        descriptor = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def get_evidence(self, path: str) -> bytes:
        """See the protocol."""
        ocfl.require_safe_path(path)
        try:
            return (self.ledger / path).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(_("没有这个存证文件。"), subject=path) from error

    def evidence_paths(self, prefix: str) -> Sequence[str]:
        """See the protocol."""
        return sorted(
            path
            for file in (self.ledger / prefix.rpartition("/")[0]).rglob("*")
            if file.is_file() and not file.name.startswith(".")
            if (path := file.relative_to(self.ledger).as_posix()).startswith(prefix)
        )

    def free_bytes(self) -> int:
        """See the protocol."""
        return shutil.disk_usage(self.location).free


class _WrittenEarly(io.FileIO):
    """A large file on its way to the disk while it is being written, so that the sync at the end is short."""

    _written = _started = 0

    def write(self, data: Buffer, /) -> int:
        """Writes, and has the system begin to store what has gathered."""
        count = super().write(data)
        self._written += count
        if self._written - self._started >= _EARLY_BYTES:
            _libc.sync_file_range(
                self.fileno(), ctypes.c_int64(self._started), ctypes.c_int64(self._written - self._started), 2
            )  # SYNC_FILE_RANGE_WRITE: begins, does not wait; whether it can is all the same
            self._started = self._written
        return count


class FolderFiles:
    """An object that is a folder (:class:`lantai.vault.stores.ObjectFiles`)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._prefix = f"{root}/"

    def paths(self) -> Iterator[str]:
        """Every file; an empty folder with a closing slash; a link as a file."""
        if not self.root.is_dir():
            return
        waiting = [""]
        while waiting:
            below = waiting.pop()
            with os.scandir(self._prefix + below) as entries:
                found = list(entries)
            if not found and below:
                yield below
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{below}{entry.name}/")
                else:
                    yield f"{below}{entry.name}"

    def open(self, path: str) -> IO[bytes]:
        """Opens a file for reading: never through a link, and never a pipe that nobody writes to."""
        try:
            descriptor = os.open(self._prefix + path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except NotADirectoryError as error:
            raise FileNotFoundError(path) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)
        return os.fdopen(descriptor, "rb", buffering=0)

    def size_bytes(self, path: str) -> int:
        """The file's size; a link has none."""
        try:
            status = os.lstat(self._prefix + path)
        except NotADirectoryError as error:
            raise FileNotFoundError(path) from error
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(path)
        return status.st_size

    def local_path(self, path: str) -> Path:
        """The file itself."""
        return self.root / path


def _rename_below(source: str | Path, target: str | Path) -> None:
    """Renames into a folder that is made if need be, and that another process may just remove."""
    for attempt in range(3):
        try:
            os.rename(source, target)  # noqa: PTH104 - once an object, so no path object
        except FileNotFoundError:
            if attempt == 2 or not os.path.lexists(source):
                raise
            _make_folder(str(target).rpartition("/")[0])
        else:
            return


def _make_folder(folder: str, within: str = "") -> None:
    """Makes a folder and those above it, up to one that must be there; another may do the same meanwhile."""
    try:
        os.mkdir(folder)  # noqa: PTH102 - a third of the time of pathlib's
    except FileNotFoundError:
        above = folder.rpartition("/")[0]
        if above == within:
            raise
        _make_folder(above, within)
        _make_folder(folder, within)
    except FileExistsError:
        return


def _remove_if_empty(*folders: Path) -> None:
    """A storage root holds no empty folders (OCFL 1.1 §4.1)."""
    try:
        for folder in folders:
            folder.rmdir()
    except OSError:
        return


def _folders(folder: str | Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))


def _sha512(file: Path) -> str:
    try:
        return hashlib.sha512(file.read_bytes()).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""
