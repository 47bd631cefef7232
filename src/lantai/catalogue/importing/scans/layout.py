"""Which scans belong to which record, by the names of files and of the folders they lie in."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from lantai.packages.api import PackageFile
from lantai.records.api import normalise_code

IMAGES = frozenset({".tif", ".tiff", ".jpg", ".jpeg", ".png", ".jp2"})
_PAGE = re.compile(r"(?P<code>.+?)[-_ .·]*[(（]?[pP]?(?P<page>\d{1,4})[)）]?")
_DIGITS = re.compile(r"(\d+)")
_ASKED_AT_ONCE = 2_000


class Scan(Protocol):
    """A file as a listing knows it."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def name_bytes(self) -> bytes:
        """Its name below the root, byte for byte."""

    @property
    def name(self) -> str:
        """The same, for people."""

    @property
    def size_bytes(self) -> int:
        """How large it is."""


@dataclass(slots=True)
class Unit:
    """The scans of one record.

    Attributes:
        name: the folder or file, as people see it.
        code: reference code; empty where no entry is known by any name of it.
        scans: its files in the order of their pages.
    """

    name: str
    code: str
    scans: list[Scan] = field(default_factory=list)

    def files(self) -> tuple[PackageFile, ...]:
        """Its images as one file of pages, then every other file."""
        images = [scan for scan in self.scans if _is_image(scan)]
        others = [scan for scan in self.scans if not _is_image(scan)]
        found = [
            PackageFile(
                path=images[0].path.parent, name_bytes=images[0].name_bytes.rpartition(b"/")[0] or images[0].name_bytes,
                name=self.name, role="page_images", declared={}, size_bytes=sum(scan.size_bytes for scan in images),
                pages=tuple(scan.path for scan in images),
            )
        ] if images else []  # fmt: skip
        return (
            *found,
            *(
                PackageFile(
                    path=scan.path, name_bytes=scan.name_bytes, name=scan.name,
                    role="attachment" if found or place else "body", declared={}, size_bytes=scan.size_bytes,
                )
                for place, scan in enumerate(others)
            ),
        )  # fmt: skip

    def gap(self) -> int | None:
        """The first page number that is missing among the names of its images."""
        named = [PurePosixPath(scan.name).stem for scan in self.scans if _is_image(scan)]
        numbers = [
            number for stem in named if normalise_code(stem) != self.code and (number := _page_number(stem))
        ]
        if len(numbers) != len(self.scans):
            return None
        return next((number for number in range(1, max(numbers)) if number not in numbers), None)


def units_of(scans: Sequence[Scan], known: Callable[[list[str]], Collection[str]]) -> list[Unit]:
    """Scans by record, those of nobody by the folder they lie in; in the order of names.

    A file's own name is asked first, then its name without a page number, then the folders around
    it from the inside out: the first that is the code of an entry decides.

    Args:
        scans: the files.
        known: of some codes, those that have an entry.
    """
    candidates = {scan.name: list(_candidates(scan.name)) for scan in scans}
    asked = list(dict.fromkeys(code for codes in candidates.values() for code in codes))
    standing: set[str] = set()
    for start in range(0, len(asked), _ASKED_AT_ONCE):
        standing |= set(known(asked[start : start + _ASKED_AT_ONCE]))
    units: dict[tuple[str, str], Unit] = {}
    for scan in sorted(scans, key=lambda scan: _in_order(scan.name)):
        code = next((code for code in candidates[scan.name] if code in standing), "")
        name = code or scan.name.rpartition("/")[0] or scan.name
        units.setdefault((code, name), Unit(name, code)).scans.append(scan)
    return list(units.values())


def _candidates(name: str) -> Iterator[str]:
    """Codes a file's name may tell, the likeliest first."""
    path = PurePosixPath(name)
    yield normalise_code(path.stem)
    if match := _PAGE.fullmatch(path.stem):
        yield normalise_code(match["code"])
    for folder in path.parents:
        if folder.name:
            yield normalise_code(folder.name)


def _page_number(stem: str) -> int:
    match = _PAGE.fullmatch(f"_{stem}")
    return int(match["page"]) if match else 0


def _is_image(scan: Scan) -> bool:
    return PurePosixPath(scan.name).suffix.lower() in IMAGES


def _in_order(name: str) -> list[tuple[int, int, str]]:
    """Page 2 comes before page 10."""
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in _DIGITS.split(name)]
