"""A package of DA/T 48 taken apart as it streams by: a small tree, and its files decoded to disk."""

from __future__ import annotations

import binascii
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from lantai.core.language import gettext as _

from ..unpack import Limits
from ..xmlstream import Charset, XmlRefused, XmlStream, local, read_charset
from ..xmltree import Node, TreeBuilder

ROOT = "电子文件封装包"
CONTENT = "编码数据"
_HEAD_BYTES = 4096
_ROOT = re.compile(rf"<(?:[^\s<>:/?!]+:)?{ROOT}[\s/>]")
_BLANKS = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Content:
    """What an 编码数据 element held.

    Attributes:
        path: the decoded file; ``None`` when the element is empty or no Base64.
        size_bytes: of the decoded file.
        problem: why it could not be decoded.
    """

    path: Path | None
    size_bytes: int
    problem: str = ""


@dataclass(slots=True)
class Parsed:
    """A package taken apart.

    Attributes:
        root: its elements, the text of 编码数据 left out.
        contents: decoded files by the order of their 编码数据 element.
        charset: how the document is written.
        namespace: of its root element.
        folder: where its files were decoded to.
    """

    root: Node
    contents: dict[int, Content]
    charset: Charset
    namespace: str
    folder: Path


def looks_like_eep(path: Path) -> bool:
    """Whether the file begins like a package of DA/T 48."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if b"<" not in head:
        return False
    name = read_charset(path).declared
    try:
        text = head.decode("gb18030" if name in {"gb2312", "gbk"} else name, "ignore")
    except LookupError:
        return False
    return _ROOT.search(text) is not None


def parse(path: Path, into: Path, subject: str, limits: Limits | None = None) -> Parsed:
    """Takes a package apart; files are decoded to ``into`` under the order of their element.

    Raises:
        XmlRefused: hostile, broken or too large.
    """
    builder = _EepBuilder(into, subject, limits or Limits())
    stream = builder.stream = XmlStream(path, builder, subject)
    try:
        stream.run()
    finally:
        builder.close()
    if builder.root is None or builder.root.name != ROOT:
        raise XmlRefused(_("根元素不是“%(name)s”。") % {"name": ROOT}, subject)
    return Parsed(builder.root, builder.contents, stream.charset, builder.namespace, into)


class _EepBuilder(TreeBuilder):
    """Builds the tree; what stands in 编码数据 goes to disk."""

    def __init__(self, into: Path, subject: str, limits: Limits) -> None:
        super().__init__(subject)
        self.contents: dict[int, Content] = {}
        self.namespace = ""
        self._into = into
        self._bounds = limits
        self._spent = 0
        self._decoder: Base64File | None = None

    def start(self, name: str, attributes: Sequence[str]) -> None:
        """Adds an element; 编码数据 opens a file."""
        if self._decoder is not None:
            raise XmlRefused(_("“编码数据”中不应再有元素。"), self.subject)
        if self.root is None:
            prefix, colon, _local = name.rpartition(":")
            declared = dict(zip(attributes[::2], attributes[1::2], strict=True))
            self.namespace = declared.get(f"xmlns:{prefix}" if colon else "xmlns", "")
        super().start(name, attributes)
        if local(name) == CONTENT:
            if len(self.contents) >= self._bounds.entries:
                raise XmlRefused(_("封装包中的文件过多。"), self.subject, hostile=True)
            order = self._open[-1].order
            self._decoder = Base64File(self._into / f"{order:06d}")

    def end(self, name: str) -> None:
        """Closes an element, and the file it held."""
        if self._decoder is not None:
            self.contents[self._open[-1].order] = self._decoder.finish()
            self._decoder = None
        super().end(name)

    def text(self, data: str) -> None:
        """Text of the tree, or Base64 of a file."""
        if self._decoder is None:
            super().text(data)
            return
        self._spent += self._decoder.feed(data)
        if self._spent > self._bounds.total_bytes:
            raise XmlRefused(_("封装包中的文件过大。"), self.subject, hostile=True)

    def close(self) -> None:
        """Closes what a broken document left open."""
        if self._decoder is not None:
            self._decoder.finish()


@dataclass(slots=True)
class Base64File:
    """Decodes Base64 (RFC 2045) in pieces into a file that stands once it is whole.

    Somebody may be reading what an earlier process made of the same encapsulation.
    """

    path: Path
    _stream: IO[bytes] | None = None
    _rest: bytes = b""
    _size_bytes: int = 0
    _padded: bool = False
    _problem: str = ""

    def feed(self, text: str) -> int:
        """Decodes a piece; answers with the number of bytes written."""
        if self._problem:
            return 0
        data = self._rest + text.encode("ascii", "replace").translate(None, _BLANKS)
        whole = len(data) - len(data) % 4
        self._rest = data[whole:]
        return self._decode(data[:whole]) if whole else 0

    def finish(self) -> Content:
        """Ends the file."""
        if self._rest and not self._problem:
            self._fail(_("长度不是 4 的倍数，可能被截断"))
        if self._stream is not None:
            self._stream.close()
        whole = self._stream is not None and not self._problem
        if whole:
            self._partial.replace(self.path)
        else:
            self._partial.unlink(missing_ok=True)
        return Content(self.path if whole else None, self._size_bytes, self._problem)

    @property
    def _partial(self) -> Path:
        return self.path.with_name(f"{self.path.name}.{os.getpid()}")

    def _decode(self, data: bytes) -> int:
        if self._padded:
            self._fail(_("填充符“=”之后还有数据"))
            return 0
        try:
            decoded = binascii.a2b_base64(data, strict_mode=True)
        except binascii.Error as error:
            self._fail(str(error))
            return 0
        self._padded = data.endswith(b"=")
        if self._stream is None:
            self._stream = self._partial.open("wb")
        self._stream.write(decoded)
        self._size_bytes += len(decoded)
        return len(decoded)

    def _fail(self, problem: str) -> None:
        self._problem = self._problem or problem


@dataclass(slots=True)
class Layer:
    """One layer of the onion: the package itself, or an original within a modified one.

    Attributes:
        signed: its 被签名对象.
        holder: the element that holds the signed object and its signatures.
        content: 封装内容, or 修订内容 of a modified layer; ``None`` when there is neither.
        identifier: 修改标识符; empty for the original.
    """

    signed: Node
    holder: Node
    content: Node | None
    identifier: str = ""
    blocks: dict[str, Node] = field(default_factory=dict)


def layers_of(root: Node) -> list[Layer]:
    """The layers, the newest first."""
    found: list[Layer] = []
    holder: Node | None = root
    while holder is not None:
        signed = holder.child("被签名对象")
        if signed is None:
            break
        modified = signed.child("修改封装内容")
        content = modified.child("修订内容") if modified else signed.child("封装内容")
        identifier = modified.value("修改标识符") if modified else ""
        blocks = {child.name: child for child in content.children} if content else {}
        found.append(Layer(signed, holder, content, identifier, blocks))
        holder = modified.child("原封装包") if modified else None
    return found


def block(layers: Sequence[Layer], name: str) -> Node | None:
    """A block in force: that of the newest layer that has one."""
    return next((layer.blocks[name] for layer in layers if name in layer.blocks), None)
