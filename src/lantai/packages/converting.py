"""What writers of packages share: names that are safe and unique, what was lost, a folder or a ZIP."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.records.api import metadata_elements

from .describing import element, legal
from .package import PackageFile, PackageItem

CHARSETS = ("utf-8", "gb18030")
"""GB2312 is read and not written: it has no interpunct, which reference codes need."""
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\ufffe\uffff\ud800-\udfff]")
_LONGEST_NAME_BYTES = 200
_LONGEST_ENDING = 16


@dataclass(slots=True)
class Losses:
    """What a target kind cannot carry, gathered into a few sentences."""

    _first: dict[str, str] = field(default_factory=dict)
    _count: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, where: str) -> None:
        """Something of an item that was left out or changed."""
        self._first.setdefault(what, where)
        self._count[what] += 1

    def note_values(self, item: PackageItem, kept: Iterable[str]) -> None:
        """The values of an item that stand under none of the kept codes or names."""
        elements = metadata_elements()
        held = set(kept)
        for name, value in (*item.metadata.items(), *item.extra.items()):
            if value.strip() and name not in held:
                title = f"{elements[name].name}（{name}）" if name in elements else f"“{name}”"
                self.note(_("%(name)s没有位置，未写入") % {"name": title}, item.label)

    def sentences(self) -> list[str]:
        """One sentence for each kind of loss, with how often and where first."""
        return [
            _("%(what)s：%(count)s 处，第一处在%(where)s。")
            % {"what": what, "count": count, "where": self._first[what]}
            for what, count in self._count.items()
        ]


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


def charset_of(options: Mapping[str, str]) -> str:
    """The character set asked for (``encoding``), UTF-8 by default.

    Raises:
        Invalid: the standards do not name it.
    """
    charset = options.get("encoding", "utf-8").lower()
    if charset not in CHARSETS:
        raise Invalid(
            _("不能用“%(charset)s”编码写信息包。") % {"charset": charset},
            remedy=_("可用：%(charsets)s。") % {"charsets": "、".join(CHARSETS)},
        )
    return charset


def safe_name(name: str, fallback: str) -> str:
    """A name any file system takes, as like the given one as can be; its ending is kept."""
    plain = _UNSAFE.sub("_", legal(name)).strip().rstrip(".")
    plain = fallback if plain in {"", ".", ".."} else plain
    if len(plain.encode()) <= _LONGEST_NAME_BYTES:
        return plain
    stem, dot, ending = plain.rpartition(".")
    tail = dot + ending if stem and len(ending) <= _LONGEST_ENDING else ""
    room = _LONGEST_NAME_BYTES - len(tail.encode())
    return (stem if tail else plain).encode()[:room].decode("utf-8", "ignore") + tail


@dataclass(slots=True)
class Namer:
    """Gives each thing in a folder a name of its own, the same whatever the case."""

    taken: set[str] = field(default_factory=set)

    def name(self, wanted: str, fallback: str) -> str:
        """The wanted name, made safe, with a number before its ending where it is taken."""
        plain = safe_name(wanted, fallback)
        stem, dot, ending = plain.rpartition(".")
        number, name = 1, plain
        while name.casefold() in self.taken:
            number += 1
            name = f"{stem}_{number}{dot}{ending}" if stem else f"{plain}_{number}"
        self.taken.add(name.casefold())
        return name


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


class CatalogueWriter:
    """Writes an XML catalogue entry by entry."""

    def __init__(self, path: Path, root: str, entry: str, charset: str) -> None:
        self._stream = path.open("w", encoding=charset, errors="xmlcharrefreplace", newline="")
        self._root, self._entry = root, entry
        self._stream.write(f'<?xml version="1.0" encoding="{charset.upper()}"?>\n<{root}>\n')

    def write(self, fields: Mapping[str, str]) -> None:
        """One entry, its fields in the order given."""
        inner = "".join(element(name, value.strip()) for name, value in fields.items())
        self._stream.write(f"  <{self._entry}>{inner}</{self._entry}>\n")

    def __enter__(self) -> CatalogueWriter:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stream.write(f"</{self._root}>\n")
        self._stream.close()


def write_declaration(path: Path, lines: Mapping[str, str], charset: str, losses: Losses) -> None:
    """说明文件.TXT: one ``name：value`` a line; what the character set cannot hold is told."""
    text = "".join(f"{name}：{' '.join(value.split())}\r\n" for name, value in lines.items())
    data = text.encode(charset, "replace")
    if data.decode(charset) != text:
        losses.note(_("字符在 %(charset)s 中没有，以“?”代替") % {"charset": charset}, path.name)
    path.write_bytes(data)
