"""Packages whose every item is a folder that describes itself: tables, photographs, accounts, matters.

Such an item is a folder with ``描述.xml`` and the files it speaks of. The root element tells the kind;
below it stand ``著录`` (elements of DA/T 46 under their Chinese names), what the kind has to say, and
one ``文件`` for each file with its size and digest. The description is a document of the record like
any other, so that whoever holds the record holds its meaning.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lantai.core.findings import Finding

from .dat46 import Vocabulary, read_size
from .declaration import parse_digest
from .listing import Entry, Listing, list_files
from .package import Declaration, Package, PackageFile, PackageItem, no_problems
from .problems import unopened
from .rules import Rules, rules_of
from .xmlpool import read_tree, read_trees
from .xmlstream import XmlRefused
from .xmltree import Node, TreeLimits

DESCRIPTION = "描述.xml"
LIMITS = TreeLimits(nodes=200_000, text_chars=16 << 20)
_LOOKED_AT_BYTES = 4096

Check = Callable[["Described", Rules], Iterator[Finding]]
"""What a kind asks of an item beyond what every described item has to keep."""


Describe = Callable[[Node], Mapping[str, str]]
"""What a kind adds to an item's description, read from the root of its description."""


def _nothing(_node: Node) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Described:
    """An item's folder with its description.

    Attributes:
        prefix: name of the folder within the package, with ``/`` at its end; empty for the root.
        entry: the description itself.
        node: root element of the description; ``None`` when it could not be read.
        problem: why it could not be read.
        files: the files in the folder by their name within it, without the description.
    """

    prefix: str
    entry: Entry
    node: Node | None
    problem: str
    files: dict[str, Entry]

    @property
    def name(self) -> str:
        """The description's name, for findings."""
        return self.entry.name


@dataclass(eq=False)
class DescribedItems:
    """The items of a package; each description is read again whenever it is asked for."""

    kind: str
    category: str
    listing: Listing
    check: Check
    describe: Describe = _nothing
    further: Describe = _nothing
    _words: Vocabulary = field(default_factory=Vocabulary)

    def __iter__(self) -> Iterator[PackageItem]:
        for number, found in enumerate(self.read(), 1):
            yield self._item(number, found)

    def read(self) -> Iterator[Described]:
        """Each item's folder, in the order of names."""
        homes = {entry.name[: -len(DESCRIPTION)]: entry for entry in _descriptions(self.listing)}
        owned: dict[str, dict[str, Entry]] = {prefix: {} for prefix in homes}
        for entry in self.listing.files.values():
            home = _home(entry.name, homes)
            if home is not None and entry is not homes[home]:
                owned[home][entry.name[len(home) :]] = entry
        trees = read_trees((entry.path for entry in homes.values()), LIMITS)
        for (prefix, entry), tree in zip(homes.items(), trees, strict=True):
            node, problem = (None, str(tree)) if isinstance(tree, XmlRefused) else (tree.root, "")
            yield Described(prefix, entry, node, problem, owned[prefix])

    def structure(self) -> Iterator[Finding]:
        """What the kind's standard asks of each item."""
        for found in self.read():
            yield from self._problems(found)

    def _problems(self, found: Described) -> Iterator[Finding]:
        rules = rules_of(self.kind)
        if found.node is None:
            remedy = "请用原系统或平台的工具重新生成描述文件。"
            yield rules.fail("readable", found.name, "能够读取的 XML", found.problem, remedy)
            return
        yield from _files_found(found, rules)
        yield from self.check(found, rules)

    def _item(self, number: int, found: Described) -> PackageItem:
        own = _package_file(found.entry, "attachment", {}, None)
        if found.node is None:
            return PackageItem(number, {}, (own,), problems=partial(self._problems, found))
        described = self._words.describe(found.node.child("著录") or Node("著录"))
        files: list[PackageFile] = []
        for node in listed_files(found.node):
            entry = found.files.get(file_name(node))
            if entry:
                files.append(
                    _package_file(entry, "attachment" if files else "body", _digest(node), _size(node))
                )
        missing = tuple(
            name for node in listed_files(found.node) if (name := file_name(node)) and name not in found.files
        )
        metadata = {**self.describe(found.node), **described.metadata}
        extra = {"门类": self.category, **self.further(found.node), **described.extra}
        return PackageItem(
            number, metadata, (*files, own), extra, missing, problems=partial(self._problems, found)
        )

    @property
    def stray(self) -> tuple[str, ...]:
        """Files that no description speaks of."""
        told = set()
        for found in self.read():
            told.add(found.name)
            if found.node is not None:
                told |= {found.prefix + file_name(node) for node in listed_files(found.node)}
        return tuple(entry.name for entry in self.listing.files.values() if entry.name not in told)


def recognises(root: Path, element: str) -> bool:
    """Whether a folder, or the first folder in it that has one, has a description of this kind."""
    if not root.is_dir():
        return False
    first = next((path for path in _possible_descriptions(root) if _is_own_file(path)), None)
    if first is None:
        return False
    with open(first, "rb") as stream:  # noqa: PTH123
        return f"<{element}".encode() in stream.read(_LOOKED_AT_BYTES)


def _possible_descriptions(root: Path) -> Iterator[str]:
    """Where the first description may lie; plain text, because every kind asks this of every folder."""
    yield f"{root}/{DESCRIPTION}"
    with os.scandir(root) as entries:
        folders = sorted(entry.path for entry in entries if entry.is_dir())
    yield from (f"{folder}/{DESCRIPTION}" for folder in folders)


def _is_own_file(path: str) -> bool:
    """Whether there is a regular file, and no link to one."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def read_described(
    root: Path,
    kind: str,
    category: str,
    check: Check,
    describe: Describe = _nothing,
    further: Describe = _nothing,
) -> Package:
    """Reads such a package; what is wrong with it stands in its findings and structure.

    Args:
        root: folder.
        kind: key of the kind.
        category: 门类 of its items, unless they say another.
        check: what the kind asks of each item.
        describe: elements by M-code that follow from the kind's own part.
        further: values that have no M-code.
    """
    listing = list_files(root)
    items = DescribedItems(kind, category, listing, check, describe, further)
    return Package(
        kind,
        root,
        Declaration(),
        items,
        stray_files=items.stray,
        findings=tuple(map(unopened, listing.unsafe)),
        listing=listing.paths(),
        structure=items.structure,
        whole=no_problems,
    )


def read_description(path: Path) -> Node:
    """The tree of a description.

    Raises:
        XmlRefused: hostile, broken or too large.
    """
    return read_tree(path, LIMITS)


def file_name(node: Node) -> str:
    """The file an element speaks of."""
    return node.attributes.get("名称", "").strip()


def require(node: Node, names: Sequence[str], subject: str, rules: Rules) -> Iterator[Finding]:
    """A finding for each child element that is not there or empty."""
    for name in names:
        if not node.value(name):
            yield rules.fail("filled", subject, f"有“{name}”", "没有或为空", f"请在描述中补上“{name}”。")


def _descriptions(listing: Listing) -> Iterator[Entry]:
    for entry in listing.files.values():
        folder, _, name = entry.name.rpartition("/")
        if name == DESCRIPTION and folder.count("/") == 0:
            yield entry


def _home(name: str, homes: dict[str, Entry]) -> str | None:
    """The folder of an item that a file lies in: the one folder below the root, or the root."""
    first = name.partition("/")[0] + "/"
    if first in homes:
        return first
    return "" if "" in homes else None


def listed_files(root: Node) -> list[Node]:
    """Every ``文件`` of a description."""
    return [node for node in root.walk() if node.name == "文件" and node.attributes.get("名称")]


def _digest(node: Node) -> dict[str, str]:
    found = [
        digest
        for name in ("SM3", "SHA256", "SHA512")
        if (digest := parse_digest(f"{name}:{node.attributes.get(name, '')}"))
    ]
    return dict(found)


def _size(node: Node) -> int | None:
    return read_size(node.attributes.get("字节数", ""))


def _package_file(entry: Entry, role: str, declared: dict[str, str], size: int | None) -> PackageFile:
    return PackageFile(entry.path, entry.name_bytes, entry.name, role, declared, entry.size_bytes, size)  # type: ignore[arg-type]


def _files_found(found: Described, rules: Rules) -> Iterator[Finding]:
    listed = [file_name(node) for node in listed_files(found.node)] if found.node else []
    for name in listed:
        if name not in found.files:
            yield rules.fail(
                "file", found.prefix + name, "描述列出的文件在包内", "包内没有", "请补上该文件后重新打包。"
            )
    for name in sorted({name for name in listed if listed.count(name) > 1}):
        yield rules.fail(
            "file", found.prefix + name, "一个文件列一次", "列出不止一次", "请核对描述中的文件。"
        )
