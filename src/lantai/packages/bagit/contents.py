"""What lies in a bag: payload files and tag files by their names, links and devices apart."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lantai.formats.api import decode_name

PAYLOAD = "data"


@dataclass(slots=True)
class Files:
    """Regular files: size in bytes by name, ``/`` between folders, in order."""

    sizes: dict[str, int] = field(default_factory=dict)
    _alike: dict[str, str] = field(default_factory=dict)
    _alike_in_any_case: dict[str, str] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.sizes

    def alike(self, name: str) -> str | None:
        """The file whose name has the same characters in another normalisation form or charset."""
        if not self._alike:
            self._alike = {_normal(known): known for known in self.sizes}
        return self._alike.get(unicodedata.normalize("NFC", name))

    def alike_in_any_case(self, name: str) -> str | None:
        """The file whose name differs in case at most."""
        if not self._alike_in_any_case:
            self._alike_in_any_case = {_normal(known).casefold(): known for known in self.sizes}
        return self._alike_in_any_case.get(unicodedata.normalize("NFC", name).casefold())

    def beside_each_other(self) -> Iterator[tuple[str, str]]:
        """Pairs of names that some systems take for one: they differ in case or normalisation alone."""
        seen: dict[str, str] = {}
        for name in self.sizes:
            first = seen.setdefault(_normal(name).casefold(), name)
            if first is not name:
                yield first, name


@dataclass(slots=True)
class Contents:
    """The files of a bag.

    Attributes:
        payload: files under ``data/``; names begin with it.
        tags: all other files.
        unsafe: links, devices and sockets; they are never opened.
        has_payload_folder: there is a folder ``data``.
    """

    payload: Files = field(default_factory=Files)
    tags: Files = field(default_factory=Files)
    unsafe: list[str] = field(default_factory=list)
    has_payload_folder: bool = False


def list_contents(root: Path) -> Contents:
    """Walks a bag without following links."""
    contents = Contents()
    folders = [""]
    while folders:
        prefix = folders.pop()
        try:
            with os.scandir(root / prefix) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:  # nobody may read it, or its path is longer than a path can be
            contents.unsafe.append(prefix.rstrip("/"))
            continue
        for entry in found:
            name = f"{prefix}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                folders.append(f"{name}/")
                contents.has_payload_folder |= name == PAYLOAD
            elif not entry.is_file(follow_symlinks=False):
                contents.unsafe.append(name)
            else:
                files = contents.payload if name.startswith(f"{PAYLOAD}/") else contents.tags
                files.sizes[name] = entry.stat(follow_symlinks=False).st_size
    return contents


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", decode_name(os.fsencode(name)))
