"""What lies in a folder: regular files by their names, byte for byte; links and devices apart."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from lantai.formats.api import decode_name

_NOISE = frozenset({b".DS_Store", b"Thumbs.db", b"desktop.ini"})
_DEEPEST = 100
"""Folders within folders; what is deeper was made to do harm."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of a package.

    Attributes:
        root: the folder it lies below.
        name_bytes: its name below that, ``/`` between folders.
        name: the same, decoded for people.
        size_bytes: how large it is.
    """

    root: Path
    name_bytes: bytes
    name: str
    size_bytes: int

    @property
    def path(self) -> Path:
        """Where it lies; made anew each time, since a package may have a hundred thousand."""
        return self.root / os.fsdecode(self.name_bytes)


@dataclass(frozen=True, slots=True)
class Paths(Mapping[bytes, Path]):
    """Where the files of a listing lie, by name bytes, but for some."""

    entries: Mapping[bytes, Entry]
    without: frozenset[bytes] = frozenset()

    def __getitem__(self, name_bytes: bytes) -> Path:
        if name_bytes in self.without:
            raise KeyError(name_bytes)
        return self.entries[name_bytes].path

    def __iter__(self) -> Iterator[bytes]:
        return (name for name in self.entries if name not in self.without)

    def __len__(self) -> int:
        return len(self.entries) - len(self.without & self.entries.keys())


@dataclass(slots=True)
class Listing:
    """The regular files below a root, in the order of their name bytes.

    Attributes:
        files: by name bytes.
        unsafe: names of symbolic links, devices and sockets, which are never opened, and of folders
            that cannot be, or are nested without end.
    """

    files: dict[bytes, Entry] = field(default_factory=dict)
    unsafe: list[str] = field(default_factory=list)
    _by_name: dict[str, Entry] = field(default_factory=dict)
    _by_folder: dict[str, list[Entry]] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Adds a file; on names that differ in bytes only, the first keeps the readable name."""
        self.files[entry.name_bytes] = entry
        self._by_name.setdefault(_normal(entry.name), entry)
        folder = entry.name.rpartition("/")[0]
        self._by_folder.setdefault(_normal(folder), []).append(entry)

    def paths(self, without: Entry | None = None) -> Mapping[bytes, Path]:
        """Where every file lies, or every one but one."""
        return Paths(self.files, frozenset([without.name_bytes] if without else []))

    def find(self, name: str) -> Entry | None:
        """The file a catalogue means: the same bytes, else the same characters (NFC)."""
        return self.files.get(name.encode("utf-8", "surrogateescape")) or self._by_name.get(_normal(name))

    def find_folder(self, name: str) -> list[Entry]:
        """The files directly in a folder, in order; empty when there is no such folder."""
        return self._by_folder.get(_normal(name.rstrip("/")), [])


def list_files(root: Path) -> Listing:
    """Walks a folder without following links."""
    listing = Listing()
    for name_bytes, item in _walk(os.fsencode(root)):
        name = decode_name(name_bytes)
        if not item.is_file(follow_symlinks=False):
            listing.unsafe.append(name)
        elif item.name not in _NOISE:
            listing.add(Entry(root, name_bytes, name, item.stat(follow_symlinks=False).st_size))
    return listing


def _walk(root: bytes) -> Iterator[tuple[bytes, os.DirEntry[bytes]]]:
    """What is in a folder and below, by name bytes; one folder's entries are held at a time on each level.

    Of folders there are given only those that cannot be looked into, and those below ``_DEEPEST``.
    """
    levels = [_inside(root, b"")]
    while levels:
        name, entry = next(levels[-1], (b"", None))
        if entry is None:
            levels.pop()
        elif not name.endswith(b"/"):
            yield name, entry
        elif entry.name != b"__MACOSX":
            try:
                inside = _inside(entry.path, name) if len(levels) <= _DEEPEST else None
            except OSError:
                inside = None
            if inside is None:
                yield name.rstrip(b"/"), entry
            else:
                levels.append(inside)


def _inside(folder: bytes, prefix: bytes) -> Iterator[tuple[bytes, os.DirEntry[bytes]]]:
    with os.scandir(folder) as entries:
        named = [
            (prefix + entry.name + b"/" * entry.is_dir(follow_symlinks=False), entry) for entry in entries
        ]
    return iter(sorted(named, key=itemgetter(0)))


def _normal(name: str) -> str:
    name = unicodedata.normalize("NFC", name.strip().replace("\\", "/"))
    return name.removeprefix("./")
