"""Small trees out of streamed XML: descriptions, bounded in size, names without prefixes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lantai.core.language import gettext as _

from .xmlstream import XmlRefused, XmlStream, local


@dataclass(slots=True)
class Node:
    """An element.

    Attributes:
        name: local name.
        attributes: values by local name.
        line: where it begins in its document.
        text: its own characters, trimmed, without those of its children.
        children: in order.
        order: how many elements of this name began before it.
    """

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    line: int = 0
    text: str = ""
    children: list[Node] = field(default_factory=list)
    order: int = 0

    def child(self, name: str) -> Node | None:
        """The first child of a name."""
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> list[Node]:
        """Every child of a name."""
        return [child for child in self.children if child.name == name]

    def value(self, name: str) -> str:
        """The text of the first child of a name; empty when there is none."""
        child = self.child(name)
        return child.text if child else ""

    def walk(self) -> Iterator[Node]:
        """This element and everything below it, in document order."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children))


@dataclass(frozen=True, slots=True)
class TreeLimits:
    """What a tree may grow to in memory: elements, and characters of their text and attributes."""

    nodes: int = 500_000
    text_chars: int = 64 << 20


class TreeBuilder:
    """Builds the tree of a document as its stream tells it; a subclass may divert an element's text."""

    def __init__(self, subject: str, limits: TreeLimits | None = None) -> None:
        self.root: Node | None = None
        self.subject = subject
        self.stream: XmlStream | None = None
        self._limits = limits or TreeLimits()
        self._open: list[Node] = []
        self._pieces: list[list[str]] = []
        self._seen: dict[str, int] = {}
        self._nodes = 0
        self._chars = 0

    def start(self, name: str, attributes: Sequence[str]) -> None:
        """Adds an element below the one that is open."""
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            raise self._too_large(_("XML 文件的元素超过 %(count)s 个。") % {"count": self._limits.nodes})
        self._count(sum(map(len, attributes)))
        plain = local(name)
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        node = Node(
            plain,
            {local(key): value for key, value in pairs if key != "xmlns" and not key.startswith("xmlns:")},
            self.stream.line if self.stream else 0,
            order=self._seen.get(plain, 0),
        )
        self._seen[plain] = node.order + 1
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._pieces.append([])

    def end(self, _name: str) -> None:
        """Closes the open element."""
        self._open.pop().text = "".join(self._pieces.pop()).strip()

    def text(self, data: str) -> None:
        """Adds to the open element's text."""
        self._count(len(data))
        self._pieces[-1].append(data)

    def _count(self, chars: int) -> None:
        self._chars += chars
        if self._chars > self._limits.text_chars:
            raise self._too_large(_("XML 文件的文字超过 %(count)s 字。") % {"count": self._limits.text_chars})

    def _too_large(self, what: str) -> XmlRefused:
        return XmlRefused(what, self.subject, hostile=True)


def flatten(root: Node) -> list[list[Any]]:
    """A tree as a child of the pool tells it: each element's depth, name, attributes, line and text."""
    flat: list[list[Any]] = []
    pending = [(0, root)]
    while pending:
        depth, node = pending.pop()
        flat.append([depth, node.name, node.attributes, node.line, node.text])
        pending.extend((depth + 1, child) for child in reversed(node.children))
    return flat


def unflatten(flat: Iterable[Sequence[Any]]) -> Node:
    """The tree again."""
    open_, seen = [Node("")], Counter[str]()
    for depth, name, attributes, line, text in flat:
        del open_[depth + 1 :]
        node = Node(name, attributes, line, text, order=seen[name])
        seen[name] += 1
        open_[depth].children.append(node)
        open_.append(node)
    return open_[0].children[0]
