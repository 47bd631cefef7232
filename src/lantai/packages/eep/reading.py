"""Packages of kind ``eep``: one encapsulation of DA/T 48-2009, or a folder of them.

Each encapsulation is taken apart once, when its items are first asked for; what came of it is kept
beside its decoded files, so that a folder of ten thousand needs no more memory than one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from lantai.core.findings import Finding, Outcome

from ..declaration import read_declaration
from ..listing import Entry, Listing, list_files
from ..package import Declaration, Package, PackageFile, PackageItem
from ..problems import DOCUMENTS, UNSAFE, failure
from ..rules import rules_of
from ..workroom import Workroom
from ..xmlcatalogue import DECLARATION, OTHERS, find_at_top, top_folder
from ..xmlstream import XmlRefused
from .checking import KEY, check
from .items import items_of
from .parsing import looks_like_eep, parse
from .signatures import check_signatures

ENDING = ".eep"
_LOOKED_AT = 1000


def recognises(path: Path) -> bool:
    """Whether a file is an encapsulation, or a folder holds one near its top."""
    if path.is_file():
        return looks_like_eep(path)
    return any(map(_is_eep, islice(_near_top(path), _LOOKED_AT)))


def read(root: Path) -> Package:
    """Reads an encapsulation or a folder of them; what is wrong is in findings and structure."""
    listing = list_files(root) if root.is_dir() else _lone(root)
    findings = [
        failure(UNSAFE, name, "普通文件", "符号链接或特殊文件，未打开", "请用文件本身替换链接后重新打包。")
        for name in listing.unsafe
    ]
    prefix = top_folder(listing)
    told = find_at_top(listing, prefix, [DECLARATION])
    declaration = Declaration()
    if told:
        declaration, problems = read_declaration(told.path)
        findings += problems
    others = f"{prefix}{OTHERS}/"
    within = [entry for entry in listing.files.values() if not entry.name.startswith(others)]
    packages = tuple(entry for entry in within if entry is not told and _is_eep(entry.path))
    if not packages:
        remedy = "请把按 DA/T 48 封装的 .eep 文件放进信息包。"
        findings.append(failure(DOCUMENTS, root.name, "至少一个电子文件封装包", "没有找到", remedy))
    items = Items(packages)
    stray = tuple(entry.name for entry in within if entry is not told and entry not in packages)
    covered = listing.paths(without=told)
    home = root if root.is_dir() else root.parent
    return Package(
        KEY,
        home,
        declaration,
        items,
        stray,
        tuple(findings),
        covered,
        structure=items.structure,
        workroom=items.workroom,
    )


@dataclass(slots=True)
class Items:
    """The records of all encapsulations, in the order of their file names."""

    packages: tuple[Entry, ...]
    workroom: Workroom = field(default_factory=Workroom)

    def __iter__(self) -> Iterator[PackageItem]:
        number = 0
        for place in range(len(self.packages)):
            for plain in self._unit(place)["items"]:
                number += 1
                yield replace(_item_from(plain), number=number)

    def structure(self) -> Iterator[Finding]:
        """What DA/T 48 asks of each encapsulation, its signatures included."""
        for place in range(len(self.packages)):
            for plain in self._unit(place)["findings"]:
                yield Finding(**{**plain, "outcome": Outcome(plain["outcome"])})

    def _unit(self, place: int) -> dict[str, Any]:
        """An encapsulation as taken apart, now or earlier."""
        folder = self.workroom.folder / f"{place:06d}"
        kept = folder / "unit.json"
        if not kept.exists():
            folder.mkdir(exist_ok=True)
            unit = _take_apart(self.packages[place], folder)
            partial = folder / "unit.partial"
            partial.write_text(json.dumps(unit, ensure_ascii=True), encoding="ascii")
            partial.replace(kept)
        loaded: dict[str, Any] = json.loads(kept.read_text(encoding="ascii"))
        return loaded


def _take_apart(entry: Entry, folder: Path) -> dict[str, Any]:
    try:
        parsed = parse(entry.path, folder, entry.name)
    except XmlRefused as error:
        key = rules_of(KEY)
        found = key.fail("readable", entry.name, "可以读取的封装包", error.message, error.remedy)
        return {"items": [], "findings": [found.as_dict()]}
    findings = [*check(parsed, entry.name), *check_signatures(parsed, entry.path, entry.name)]
    items = items_of(parsed, folder, entry.name)
    return {
        "items": [_item_to(item) for item in items],
        "findings": [finding.as_dict() for finding in findings],
    }


def _item_to(item: PackageItem) -> dict[str, Any]:
    files = [
        {
            **asdict(file),
            "path": os.fsencode(file.path).hex(),
            "name_bytes": file.name_bytes.hex(),
            "pages": [os.fsencode(page).hex() for page in file.pages],
        }
        for file in item.files
    ]
    return {
        "metadata": dict(item.metadata),
        "extra": dict(item.extra),
        "missing": list(item.missing),
        "announced_pages": item.announced_pages,
        "announced_attachments": item.announced_attachments,
        "files": files,
    }


def _item_from(plain: dict[str, Any]) -> PackageItem:
    files = tuple(
        PackageFile(
            **{
                **file,
                "path": _path(file["path"]),
                "name_bytes": bytes.fromhex(file["name_bytes"]),
                "pages": tuple(map(_path, file["pages"])),
            }
        )
        for file in plain["files"]
    )
    return PackageItem(0, **{**plain, "files": files, "missing": tuple(plain["missing"])})


def _path(text: str) -> Path:
    return Path(os.fsdecode(bytes.fromhex(text)))


def _is_eep(path: Path) -> bool:
    """Whether a file is an encapsulation by its ending, or an XML file that begins like one."""
    ending = path.suffix.lower()
    return ending == ENDING or (ending == ".xml" and looks_like_eep(path))


def _near_top(folder: Path) -> Iterator[Path]:
    for base, _folders, names in os.walk(folder):
        yield from (Path(base) / name for name in names)


def _lone(path: Path) -> Listing:
    listing = Listing()
    name_bytes = os.fsencode(path.name)
    name = name_bytes.decode("utf-8", "backslashreplace")
    listing.add(Entry(path.parent, name_bytes, name, path.stat().st_size))
    return listing
