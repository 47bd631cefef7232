"""Reading objects out of volumes: one image, or a stack of them as a store that is only read."""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from ..ocfl import require_safe_path
from ..stores import ObjectFiles, StoreFacts, mounted
from .blocks import ImageFile
from .checking import find_image, read_layout
from .layout import Layout
from .packing import ROOT
from .sealed import NoFiles, SealedStore

_MEND = gettext_noop("请先运行 lantai vault volumes repair 修复这个卷，再从修复后的映像读取。")
STACK = "volumes"
"""Key of the store that a stack of volumes makes while it is read."""


@dataclass(frozen=True, slots=True)
class ListedObject:
    """A line of ``objects.csv``."""

    object_path: str
    object_id: str
    offset: int
    length: int
    version: int
    written: str
    state: str
    inventory_sha512: str

    @property
    def precedence(self) -> tuple[bool, int, str]:
        """Of two of one object the greater counts: what was erased stays erased."""
        return self.state == "erased", self.version, self.written


class VolumeReader:
    """One image, opened for reading."""

    def __init__(self, path: Path, layout: Layout | None = None) -> None:
        self.path = find_image(path)
        self.image = ImageFile(self.path)
        self.layout = layout or read_layout(self.image)[0]

    def objects(self) -> Iterator[ListedObject]:
        """Every object, in the order in which they lie there.

        Raises:
            Invalid: the table is damaged: the image has to be mended first; or it names a place
                outside the storage root.
        """
        raw = self.image.read(self.layout.objects_offset, self.layout.objects_bytes)
        try:
            for row in csv.DictReader(io.StringIO(raw.decode())):
                numbers = {name: int(row[name]) for name in ("offset", "length", "version")}
                listed = ListedObject(**{**row, **numbers})  # type: ignore[arg-type]
                if min(numbers.values()) < 0 or listed.offset + listed.length > self.layout.protected_bytes:
                    raise ValueError(listed.offset, listed.length)
                require_safe_path(listed.object_path)
                yield listed
        except (ValueError, KeyError, TypeError, csv.Error) as error:
            raise Invalid(
                _("卷内对象表已损坏，读不出来。"),
                subject=str(self.path),
                remedy=_(_MEND),
            ) from error

    def files(self, listed: ListedObject) -> VolumeFiles:
        """The files of an object."""
        return VolumeFiles(self, listed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.image.close()

    def member(self, name: str) -> IO[bytes]:
        """A file that lies before the first object, or after the last.

        Raises:
            NotFound: there is none of this name.
        """
        objects = list(self.objects())
        start, end = self.layout.objects_offset, self.layout.protected_bytes
        spans = [(0, objects[0].offset if objects else start)]
        spans.append((objects[-1].offset + objects[-1].length if objects else start, end))
        for first, last in spans:
            span = _Span(self.image, first, last - first)
            with tarfile.open(fileobj=span, mode="r:") as members:
                for member in members:
                    if member.name == name:
                        held = _Span(self.image, first + member.offset_data, member.size)
                        return io.BufferedReader(held, 1 << 20)
        raise NotFound(_("卷里没有这个文件。"), subject=name)

    def evidence(self) -> dict[str, bytes]:
        """The ledger files, which lie before the first object.

        Raises:
            Invalid: they are damaged, or one is named so that it would land elsewhere.
        """
        first = next(self.objects(), None)
        end = first.offset if first else self.layout.objects_offset
        found = {}
        try:
            with tarfile.open(fileobj=_Span(self.image, 0, end), mode="r:", errorlevel=2) as members:
                for member in members:
                    if member.isreg() and member.name.startswith("ledger/"):
                        path = member.name.removeprefix("ledger/")
                        require_safe_path(path)
                        found[path] = _content(members, member)
        except tarfile.TarError as error:
            raise Invalid(
                _("卷内的存证文件已损坏，读不出来。"), subject=str(self.path), remedy=_(_MEND)
            ) from error
        return found


def _content(members: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    source = members.extractfile(member)
    return source.read() if source else b""


class _Span(io.RawIOBase):
    """Part of an image as a file."""

    def __init__(self, image: ImageFile, start: int, length: int) -> None:
        self._image, self._start, self._length = image, start, length
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._length}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = max(0, min(len(buffer), self._length - self._position))
        buffer[:count] = self._image.read(self._start + self._position, count)
        self._position += count
        return count


class VolumeFiles:
    """An object on a volume (:class:`lantai.vault.stores.ObjectFiles`)."""

    def __init__(self, reader: VolumeReader, listed: ListedObject) -> None:
        self._reader, self._listed = reader, listed
        self._members: dict[str, tuple[int, int]] | None = None

    def _spans(self) -> Mapping[str, tuple[int, int]]:
        if self._members is None:
            span = _Span(self._reader.image, self._listed.offset, self._listed.length)
            base = f"{ROOT}{self._listed.object_path}/"
            try:
                with tarfile.open(fileobj=span, mode="r:", errorlevel=2) as members:
                    self._members = {
                        member.name.removeprefix(base): (
                            self._listed.offset + member.offset_data,
                            member.size,
                        )
                        for member in members
                        if member.isreg()
                    }
            except tarfile.TarError as error:
                raise OSError(5, _("卷内这个对象已损坏"), self._listed.object_path) from error
        return self._members

    def paths(self) -> Iterable[str]:
        """See the protocol."""
        return list(self._spans())

    def open(self, path: str) -> IO[bytes]:
        """See the protocol."""
        start, length = self._span(path)
        return io.BufferedReader(_Span(self._reader.image, start, length), 1 << 20)

    def size_bytes(self, path: str) -> int:
        """See the protocol."""
        return self._span(path)[1]

    def local_path(self, path: str) -> Path:
        """Nobody opens documents from a stack of volumes."""
        raise FileNotFoundError(path)

    def _span(self, path: str) -> tuple[int, int]:
        try:
            return self._spans()[path]
        except KeyError as error:
            raise FileNotFoundError(path) from error


class VolumeStack(SealedStore):
    """Volumes side by side as one store (:class:`lantai.vault.stores.Store`) that is only read.

    Of an object that lies on several, its tombstone counts, else the newest version: nothing
    comes back from a volume sealed before an erasure.
    """

    def __init__(self, readers: Sequence[VolumeReader]) -> None:
        self.facts = StoreFacts(STACK, _("离线卷"), STACK, "", "", "", "backup")
        self._evidence: dict[str, bytes] = {}
        self._objects: dict[str, tuple[VolumeReader, ListedObject]] = {}
        for reader in readers:
            for listed in reader.objects():
                known = self._objects.get(listed.object_path)
                if known is None or listed.precedence > known[1].precedence:
                    self._objects[listed.object_path] = (reader, listed)
            self._evidence |= reader.evidence()

    crosses = False
    """Its open images stay in this process."""

    @property
    def volume(self) -> object:
        """Nothing is ever written."""
        return self

    def require_ready(self) -> None:
        """It was opened, so it is there."""

    def object_files(self, object_path: str) -> ObjectFiles:
        """See the protocol."""
        known = self._objects.get(object_path)
        return known[0].files(known[1]) if known else NoFiles()

    def object_paths(self) -> Iterator[str]:
        """See the protocol."""
        yield from sorted(self._objects)

    def get_evidence(self, path: str) -> bytes:
        """See the protocol."""
        try:
            return self._evidence[path]
        except KeyError as error:
            raise NotFound(_("没有这个存证文件。"), subject=path) from error

    def evidence_paths(self, prefix: str) -> Sequence[str]:
        """See the protocol."""
        return sorted(path for path in self._evidence if path.startswith(prefix))

    def free_bytes(self) -> int | None:
        """There is no room on a sealed volume."""
        return 0


def find_images(paths: Iterable[Path]) -> list[Path]:
    """The images named, or that lie in the folders named or one level below.

    Raises:
        NotFound: there is none.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted({*path.glob("*.tar"), *path.glob("*/*.tar")})
        else:
            found.append(find_image(path))
    if not found:
        raise NotFound(
            _("没有找到离线卷映像。"),
            subject="、".join(map(str, paths)),
            remedy=_("请写明存放 .tar 映像的文件夹，或挂载后的光盘。"),
        )
    return found


@contextmanager
def mounted_stack(paths: Iterable[Path]) -> Iterator[VolumeStack]:
    """A stack of volumes, open under the key :data:`STACK` while the block runs."""
    stack = VolumeStack([VolumeReader(path) for path in find_images(paths)])
    with mounted(stack):
        yield stack
