"""The first description of items that nobody described: what catalogue and files tell, and not a word more.

A package of such items can be read and is told what it lacks by the rules of its kind; its author fills
that in. Nothing is guessed: who is in a picture, or what was decided, stays open.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from lantai.formats.api import read_media_facts

from .described_writing import Element, describing, list_file, save_description
from .naming import Namer
from .package import PackageFile, PackageItem
from .rules import kind_data

First = Callable[[PackageItem, Path, Sequence[str]], Collection[PackageFile]]
"""Writes an item's folder under the root elements of its kind; the files it took, none where it cannot."""
_IMAGE = re.compile(r"\.(jpe?g|tiff?|png|bmp|jp2)$", re.IGNORECASE)
_SOUND_OR_FILM = re.compile(r"\.(wav|mp3|flac|m4a|aac|mp4|mov|avi|mkv|mxf|wmv)$", re.IGNORECASE)
_TABLE = re.compile(r"\.(csv|xlsx?|et|ods)$", re.IGNORECASE)
_DATE, _YEAR, _NUMBER = "M33", "M11", "M31"


def describe_media(item: PackageItem, folder: Path, elements: Sequence[str]) -> Collection[PackageFile]:
    """A group of photographs, with time and photographer as the camera wrote them; else a recording."""
    group, recording = elements
    pictures = [file for file in item.files if _of(file, _IMAGE)]
    taken = pictures or [file for file in item.files if _of(file, _SOUND_OR_FILM)]
    if not taken:
        return ()
    root = _root(item, group if pictures else recording, "photos")
    root.add("时间", item.metadata.get(_DATE, ""))
    copies = _copied(taken, folder)
    for path, facts in zip(copies, read_media_facts(copies), strict=True):
        if pictures:
            said = {
                "题名": item.title,
                "时间": facts.values.get("拍摄时间", ""),
                "摄影者": facts.values.get("摄影者", ""),
            }
            list_file(root.add("照片", **said), path, path.name)
        else:
            list_file(root, path, path.name, 用途="原件")
    save_description(folder, root)
    return taken


def describe_table(item: PackageItem, folder: Path, _elements: Sequence[str]) -> Collection[PackageFile]:
    """The first table of the item, its columns and types as they are in the data."""
    from .table_writing import TableDescription, write_file_table  # itself written for this kind

    table = next((file for file in item.files if _of(file, _TABLE)), None)
    if table is None:
        return ()
    write_file_table(table.path, folder, TableDescription(record=_values(item), system=""))
    return (table,)


def describe_accounts(item: PackageItem, folder: Path, elements: Sequence[str]) -> Collection[PackageFile]:
    """Accounting records of the class that title or catalogue name, of the catalogue's year."""
    named = f"{item.extra.get('类别', '')}{item.metadata.get('M14', '')}{item.title}"
    known = [row["name"] for row in kind_data("accounting")["class"]]
    said = {
        "类别": next((name for name in known if name in named), ""),
        "会计年度": item.metadata.get(_YEAR, ""),
    }
    return _listed(item, folder, _root(item, elements[0], "accounting", **said))


def describe_matter(item: PackageItem, folder: Path, elements: Sequence[str]) -> Collection[PackageFile]:
    """A matter by its title and number; each file is a paper of its name."""
    said = {"事项名称": item.title, "办件编号": item.metadata.get(_NUMBER, "")}
    return _listed(item, folder, _root(item, elements[0], "service", **said), as_papers=True)


def _listed(
    item: PackageItem, folder: Path, root: Element, *, as_papers: bool = False
) -> Collection[PackageFile]:
    taken = [file for file in item.files if not file.pages]
    if taken:
        for path in _copied(taken, folder):
            list_file(root, path, path.name, **({"材料": path.stem} if as_papers else {}))
        save_description(folder, root)
    return taken


def _root(item: PackageItem, element: str, kind: str, **said: str) -> Element:
    root = describing(element, kind_data(kind)["standard"], _values(item))
    root.attributes = {**root.attributes, **{name: value for name, value in said.items() if value}}
    return root


def _values(item: PackageItem) -> dict[str, str]:
    return {**item.metadata, **item.extra}


def _of(file: PackageFile, pattern: re.Pattern[str]) -> bool:
    return all(pattern.search(part.name) for part in file.parts)


def _copied(files: Sequence[PackageFile], folder: Path) -> list[Path]:
    """The files in the item's folder, page images one by one."""
    folder.mkdir()
    namer = Namer()
    copies: list[Path] = []
    for file in files:
        for part in file.parts:
            name = part.name if file.pages else file.name.rpartition("/")[2]
            copies.append(folder / namer.name(name, f"{len(copies) + 1:04d}"))
            shutil.copyfile(part, copies[-1])
    return copies
