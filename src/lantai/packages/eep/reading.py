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
from ..encapsulation.parsing import Parsed, looks_like_eep
from ..listing import Entry, Listing, list_files
from ..package import Declaration, Package, PackageFile, PackageItem
from ..problems import DOCUMENTS, failure, unopened
from ..rules import rules_of
from ..workroom import Workroom
from ..xmlcatalogue import DECLARATION, OTHERS, find_at_top, top_folder
from ..xmlstream import XmlRefused
from .checking import KEY, check
from .items import items_of
from .signatures import check_signatures
from .taking import take_apart

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
    findings = [*map(unopened, listing.unsafe)]
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
        for unit in self._units():
            for plain in unit["items"]:
                number += 1
                yield replace(_item_from(plain), number=number)

    def structure(self) -> Iterator[Finding]:
        """What DA/T 48 asks of each encapsulation, its signatures included."""
        for unit in self._units():
            for plain in unit["findings"]:
                yield Finding(**{**plain, "outcome": Outcome(plain["outcome"])})

    def _units(self) -> Iterator[dict[str, Any]]:
        """Each encapsulation as taken apart, now or earlier."""
        kept = [self.workroom.folder / f"{place:06d}.json" for place in range(len(self.packages))]
        new = {place for place, path in enumerate(kept) if not path.exists()}
        fresh = take_apart((self.packages[place].path for place in sorted(new)), self.workroom.folder)
        for place, (entry, path) in enumerate(zip(self.packages, kept, strict=True)):
            if place in new:
                partial = path.with_suffix(".partial")
                partial.write_text(json.dumps(_unit(entry, next(fresh)), ensure_ascii=True), encoding="ascii")
                partial.replace(path)
            unit: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
            yield unit


def _unit(entry: Entry, parsed: Parsed | XmlRefused) -> dict[str, Any]:
    """What came of an encapsulation."""
    if isinstance(parsed, XmlRefused):
        return _unreadable(entry, parsed)
    try:
        findings = [*check(parsed, entry.name), *check_signatures(parsed, entry.path, entry.name)]
    except XmlRefused as error:
        return _unreadable(entry, error)
    return {
        "items": [_item_to(item) for item in items_of(parsed)],
        "findings": [finding.as_dict() for finding in findings],
    }


def _unreadable(entry: Entry, why: XmlRefused) -> dict[str, Any]:
    found = rules_of(KEY).fail("readable", entry.name, "可以读取的封装包", why.message, why.remedy)
    return {"items": [], "findings": [found.as_dict()]}


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
