"""A kind of store that fails on purpose: a plug-in, as an operator's own kind of store would be one."""

import errno
import io
from contextlib import contextmanager
from dataclasses import dataclass, field

from lantai.core.errors import Unavailable
from lantai.vault import stores
from lantai.vault.adapters.filesystem import FilesystemStore, FolderFiles

WRITES = {"begin", "stage", "write", "stage_files", "sync", "place", "replace", "erase"}
READS = {"open", "read", "size_bytes", "paths"}


@dataclass
class Plan:
    """What fails: the call of that number among those of these names, and with ``lasting`` every later one."""

    names: set[str] = field(default_factory=set)
    number: int = 0
    failure: BaseException | None = None
    lasting: bool = False
    seen: int = 0

    def pass_by(self, name):
        if name not in self.names:
            return
        self.seen += 1
        if self.failure and (self.seen == self.number or (self.lasting and self.seen > self.number)):
            raise self.failure


class FaultyStore(FilesystemStore):
    """A disk whose calls are counted, one of which fails."""

    crosses = False
    plan = Plan()

    def _check_marker(self):
        self.plan.pass_by("require_ready")
        super()._check_marker()

    def stage(self, batch, slot, path):
        self.plan.pass_by("stage")
        return _Counted(super().stage(batch, slot, path))

    def object_files(self, object_path):
        return FaultyFiles(self.objects / object_path)


def _counted(name):
    def call(self, *arguments):
        self.plan.pass_by(name)
        return getattr(FilesystemStore, name)(self, *arguments)

    return call


for _name in ("begin", "stage_files", "sync", "place", "replace", "erase", "take_back", "discard"):
    setattr(FaultyStore, _name, _counted(_name))


class _Counted(io.RawIOBase):
    """A file being written."""

    def __init__(self, target):
        super().__init__()
        self._target = target

    def write(self, data):
        FaultyStore.plan.pass_by("write")
        return self._target.write(data)

    def close(self):
        self._target.close()
        super().close()


class FaultyFiles(FolderFiles):
    """The files of an object on such a disk."""

    def paths(self):
        FaultyStore.plan.pass_by("paths")
        return super().paths()

    def open(self, path):
        FaultyStore.plan.pass_by("open")
        return _Read(super().open(path))

    def size_bytes(self, path):
        FaultyStore.plan.pass_by("size_bytes")
        return super().size_bytes(path)


class _Read(io.RawIOBase):
    """A file being read."""

    def __init__(self, source):
        super().__init__()
        self._source = source

    def readable(self):
        return True

    def readinto(self, buffer):
        FaultyStore.plan.pass_by("read")
        return self._source.readinto(buffer)

    def close(self):
        self._source.close()
        super().close()


def full():
    return OSError(errno.ENOSPC, "No space left on device", "backup-near")


def broken():
    return OSError(errno.EIO, "Input/output error", "backup-near")


def unplugged():
    return Unavailable("存储位置上没有兰台的标记，可能磁盘未挂载。", remedy="请挂载后重试。")


def declare(key="backup-near"):
    """Makes one of the three declared stores a faulty one."""
    stores.register_kind("faulty", FaultyStore)
    file = stores.configuration_file()
    text = file.read_text(encoding="utf-8")
    plain = f'kind = "filesystem"\nlocation = "vault/{key}"'
    assert plain in text
    file.write_text(text.replace(plain, plain.replace("filesystem", "faulty")), encoding="utf-8")


@contextmanager
def failing(names, number=0, failure=None, *, lasting=False):
    """While the block runs, a call fails; without a failure calls are only counted."""
    FaultyStore.plan = Plan(set(names), number, failure, lasting)
    try:
        yield FaultyStore.plan
    finally:
        FaultyStore.plan = Plan()
