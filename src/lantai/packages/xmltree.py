"""Small trees out of streamed XML: descriptions, bounded in size, names without prefixes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
    """What a tree may grow to in memory."""

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
        self._chars += len(data)
        if self._chars > self._limits.text_chars:
            raise self._too_large(_("XML 文件的文字超过 %(count)s 字。") % {"count": self._limits.text_chars})
        self._pieces[-1].append(data)

    def _too_large(self, what: str) -> XmlRefused:
        return XmlRefused(what, self.subject, hostile=True)


def read_tree(path: Path, subject: str = "", limits: TreeLimits | None = None) -> Node:
    """The tree of a small document.

    Raises:
        XmlRefused: hostile, broken or too large.
    """
    builder = TreeBuilder(subject or path.name, limits)
    builder.stream = XmlStream(path, builder, builder.subject)
    builder.stream.run()
    if builder.root is None:
        raise XmlRefused(_("XML 文件是空的。"), builder.subject)
    return builder.root
