"""What lies in a folder: regular files by their names, byte for byte; links and devices apart."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lantai.formats.api import decode_name

_NOISE = frozenset({b".DS_Store", b"Thumbs.db", b"desktop.ini"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of a package."""

    path: Path
    name_bytes: bytes
    name: str
    size_bytes: int


@dataclass(slots=True)
class Listing:
    """The regular files below a root, in the order of their name bytes.

    Attributes:
        files: by name bytes.
        unsafe: names of symbolic links, devices and sockets, which are never opened.
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

    def find(self, name: str) -> Entry | None:
        """The file a catalogue means: the same bytes, else the same characters (NFC)."""
        return self.files.get(name.encode("utf-8", "surrogateescape")) or self._by_name.get(_normal(name))

    def find_folder(self, name: str) -> list[Entry]:
        """The files directly in a folder, in order; empty when there is no such folder."""
        return self._by_folder.get(_normal(name.rstrip("/")), [])


def list_files(root: Path) -> Listing:
    """Walks a folder without following links."""
    listing = Listing()
    for name_bytes, item in sorted(_walk(os.fsencode(root), b""), key=lambda pair: pair[0]):
        name = decode_name(name_bytes)
        if not item.is_file(follow_symlinks=False):
            listing.unsafe.append(name)
        elif item.name not in _NOISE:
            size_bytes = item.stat(follow_symlinks=False).st_size
            listing.add(Entry(Path(os.fsdecode(item.path)), name_bytes, name, size_bytes))
    return listing


def _walk(folder: bytes, prefix: bytes) -> Iterator[tuple[bytes, os.DirEntry[bytes]]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name != b"__MACOSX":
                    yield from _walk(entry.path, name + b"/")
            else:
                yield name, entry


def _normal(name: str) -> str:
    name = unicodedata.normalize("NFC", name.strip().replace("\\", "/"))
    return name.removeprefix("./")
