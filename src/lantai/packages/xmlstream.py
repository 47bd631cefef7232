"""XML of any size from strangers, read as a stream: no document type, no entities, bounded nesting.

What came from an unknown hand is read so only in a child of the pool, which :mod:`.xmlpool` asks.

The Chinese package standards allow UTF-8, GB18030 and GB2312; what is decoded here is handed to
the parser as UTF-8, so that it never meets a character set of the sender's choosing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from xml.parsers import expat

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

CHUNK = 1 << 18
ALLOWED_CHARSETS = frozenset({"utf-8", "gb18030", "gb2312"})
DEEPEST = 256
_LONGEST_TAG_BYTES = 4 << 20
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_SUPERSETS = {"gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030"}


class XmlRefused(Invalid):
    """The document is hostile or broken; ``hostile`` when it tries to do harm."""

    def __init__(self, what: str, subject: str, *, hostile: bool = False) -> None:
        remedy = _("请由形成系统重新导出该文件，存为不带 DTD 的 UTF-8 XML。")
        super().__init__(what, subject=subject, remedy=remedy)
        self.hostile = hostile


@dataclass(slots=True)
class Charset:
    """How a document is written.

    Attributes:
        declared: the name it gives itself, lower case; what a byte order mark says where it has
            one; ``utf-8`` by default (XML 1.0, 4.3.3).
        exceeded: it calls itself GB2312 and holds characters only GB18030 has.
    """

    declared: str
    exceeded: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the standards name it (DA/T 93-2022 appendix B)."""
        return self.declared in ALLOWED_CHARSETS


class Handler(Protocol):
    """Told what the document holds, names as they are written, with their prefixes."""

    def start(self, name: str, attributes: Sequence[str]) -> None:
        """An element begins; attributes are name, value, name, value."""
        ...

    def end(self, name: str) -> None:
        """An element ends."""
        ...

    def text(self, data: str) -> None:
        """Characters, in pieces."""
        ...


class XmlStream:
    """One reading of a document. Iterate to advance; the handler is told on the way.

    Raises while iterating:
        XmlRefused: a document type, wrong encoding, bad syntax or outrageous nesting.
    """

    def __init__(self, path: Path, handler: Handler, subject: str = "") -> None:
        self.path = path
        self.subject = subject or path.name
        self.charset = read_charset(path)
        self._handler = handler
        self._depth = 0
        self._parser = self._make_parser(handler)

    @property
    def line(self) -> int:
        """The line the parser is at."""
        return self._parser.CurrentLineNumber

    @property
    def offset(self) -> int:
        """Where the present event begins, in bytes of the document as UTF-8."""
        return self._parser.CurrentByteIndex

    def __iter__(self) -> Iterator[None]:
        fed = 0
        try:
            for text in decoded(self.path, self.charset, self.subject):
                data = text.encode("utf-8", "surrogatepass")
                self._parser.Parse(data, False)
                fed += len(data)
                if fed - max(self._parser.CurrentByteIndex, 0) > _LONGEST_TAG_BYTES:
                    raise self._refusal(_("XML 文件中有长得不合常理的标记"), hostile=True)
                yield
            self._parser.Parse(b"", True)
            yield
        except expat.ExpatError as error:
            raise self._refusal(
                _("XML 文件不合语法，或者不完整：%(error)s")
                % {"error": f"{expat.ErrorString(error.code)}, {error.lineno}:{error.offset}"}
            ) from error

    def run(self) -> None:
        """Reads to the end."""
        for _step in self:
            pass

    def _make_parser(self, handler: Handler) -> expat.XMLParserType:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.buffer_size = CHUNK
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = handler.text
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        instruction = getattr(handler, "instruction", None)
        if instruction:
            parser.ProcessingInstructionHandler = instruction
        comment = getattr(handler, "comment", None)
        if comment:
            parser.CommentHandler = comment
        return parser

    def _start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            told = _("XML 文件的元素嵌套超过 %(depth)s 层") % {"depth": DEEPEST}
            raise self._refusal(told, hostile=True)
        self._handler.start(name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._handler.end(name)

    def _doctype(self, *_declared: object) -> None:
        raise self._refusal(_("XML 文件带有文档类型声明（DTD 或实体），可能有害"), hostile=True)

    def _refusal(self, what: str, *, hostile: bool = False) -> XmlRefused:
        return XmlRefused(f"{what}。", self.subject, hostile=hostile)


def decoded(path: Path, charset: Charset, subject: str) -> Iterator[str]:
    """The text of a document in pieces, without a byte order mark.

    Raises:
        XmlRefused: it is not written as it says.
    """
    name = charset.declared
    try:
        decoder = codecs.getincrementaldecoder(_SUPERSETS.get(name, name))()
        strict = codecs.getincrementaldecoder("gb2312")() if name == "gb2312" else None
    except LookupError as error:
        told = _("不认识 XML 文件声明的编码“%(charset)s”。") % {"charset": name}
        raise XmlRefused(told, subject) from error
    with path.open("rb") as stream:
        first = True
        while True:
            data = stream.read(CHUNK)
            try:
                text = decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                told = _("XML 文件的编码与其声明不符：声明为 %(charset)s。") % {"charset": name}
                raise XmlRefused(told, subject) from error
            if strict and not _decodes(strict, data):
                strict, charset.exceeded = None, True
            yield text.removeprefix("\ufeff") if first else text
            first = False
            if not data:
                return


def read_charset(path: Path) -> Charset:
    """The character set a document declares."""
    with path.open("rb") as stream:
        head = stream.read(1024)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Charset(name)
    declared = _DECLARED.match(head)
    return Charset(declared.group(1).decode("ascii").lower() if declared else "utf-8")


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def _decodes(decoder: codecs.IncrementalDecoder, data: bytes) -> bool:
    try:
        decoder.decode(data, final=not data)
    except UnicodeDecodeError:
        return False
    return True
