"""Where a package is written: a folder or the ZIP it becomes, and an item's files in it."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lantai.core.language import gettext as _

from .losses import Losses
from .naming import Namer
from .package import PackageFile, PackageItem


@contextmanager
def folder_for(target: Path) -> Iterator[Path]:
    """The folder to write a package in: the target, or one that becomes it where it ends in ``.zip``."""
    packed = target.suffix.lower() == ".zip"
    folder = target.with_name(f"{target.name}.writing") if packed else target
    folder.mkdir(parents=True)
    try:
        yield folder
        if packed:
            pack(folder, target)
    finally:
        if packed:
            shutil.rmtree(folder, ignore_errors=True)


def pack(folder: Path, target: Path) -> None:
    """A folder as a ZIP file, in the order of names."""
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, str(path.relative_to(folder)))


def place_content(
    item: PackageItem, folder: Path, losses: Losses, reserved: re.Pattern[str] | None = None
) -> list[PackageFile]:
    """Copies an item's files into a folder.

    Returns:
        the files as they lie there, named within that folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    namer, placed = Namer(), []
    for number, file in enumerate(item.files, 1):
        wanted = file.name.rstrip("/").rpartition("/")[2]
        if reserved and reserved.match(wanted):
            wanted = f"_{wanted}"
        name = namer.name(wanted, f"{number:04d}")
        if name != file.name.rstrip("/").rpartition("/")[2]:
            losses.note(_("文件名不能照用，已改名"), f"{item.label} {file.name}")
        placed.append(_copy(file, folder, name))
    for name in item.missing:
        losses.note(_("目录列出而包内没有的文件"), f"{item.label} {name}")
    return placed


def _copy(file: PackageFile, folder: Path, name: str) -> PackageFile:
    target = folder / name
    if not file.pages:
        shutil.copyfile(file.path, target)
        return _renamed(file, target, name, ())
    target.mkdir()
    namer = Namer()
    pages = [target / namer.name(page.name, f"{place:04d}") for place, page in enumerate(file.pages, 1)]
    for page, copy in zip(file.pages, pages, strict=True):
        shutil.copyfile(page, copy)
    return _renamed(file, target, name, tuple(pages))


def _renamed(file: PackageFile, path: Path, name: str, pages: tuple[Path, ...]) -> PackageFile:
    return PackageFile(
        path, name.encode(), name, file.role, file.declared, file.size_bytes, file.declared_bytes, pages
    )
