"""What a child of the pool tells of XML from an unknown hand: a small tree, or entries written to a spool.

Each function answers plain data; what was refused is an answer too (``refused``), so that the parent
knows whether the document is broken or means harm.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from lantai.core.language import gettext as _
from lantai.formats.api import allow_files

from .xmlstream import Charset, XmlRefused, XmlStream, local
from .xmltree import TreeBuilder, TreeLimits, flatten

_LONGEST_FIELD = 1 << 20
_LONGEST_ROW = 4 << 20
_MOST_FIELDS = 1000
_LARGEST_SPOOL_BYTES = 4 << 30


def tree_facts(path: Path, *, nodes: int, text_chars: int) -> dict[str, Any]:
    """The tree of a small document, and how it is written.

    Args:
        path: the document.
        nodes: how many elements it may have.
        text_chars: how many characters of text and attributes.
    """
    builder = TreeBuilder(path.name, TreeLimits(nodes, text_chars))
    try:
        stream = builder.stream = XmlStream(path, builder)
        stream.run()
    except XmlRefused as error:
        return refusal(error)
    assert builder.root is not None  # noqa: S101 - without a root it would not be well-formed
    return {"tree": flatten(builder.root), **charset_facts(stream.charset)}


def row_facts(path: Path, *, entry: str, spool: str) -> dict[str, Any]:
    """Writes the entries of a catalogue to a spool, a line of JSON each; those before a fault stand.

    Args:
        path: the catalogue.
        entry: local name of the element that is an entry.
        spool: the file to write, which exists.

    Returns:
        local name of the root, how the document is written, and why it could not be read to its end.
    """
    with allow_files(_LARGEST_SPOOL_BYTES), open(spool, "w", encoding="utf-8") as out:  # noqa: PTH123
        rows = _Rows(entry, out, path.name)
        stream = XmlStream(path, rows)
        refused: dict[str, Any] = {}
        try:
            stream.run()
        except XmlRefused as error:
            refused = refusal(error)
    return {"root": rows.root, **charset_facts(stream.charset), **refused}


def refusal(error: XmlRefused) -> dict[str, Any]:
    """Why a document was refused."""
    return {"refused": error.message, "hostile": error.hostile}


def charset_facts(charset: Charset) -> dict[str, Any]:
    """How a document is written."""
    return {"charset": charset.declared, "exceeded": charset.exceeded}


class _Rows:
    """Gathers entries; what stands below a field counts as the field's text."""

    def __init__(self, entry: str, out: IO[str], subject: str) -> None:
        self.root = ""
        self._entry = entry
        self._out = out
        self._subject = subject
        self._written = 0
        self._row: dict[str, list[str]] | None = None
        self._field: str | None = None
        self._depth = 0
        self._pieces: list[str] = []
        self._length = self._row_length = 0

    def start(self, name: str, _attributes: Sequence[str]) -> None:
        """Notes the root, an entry or a field of one."""
        plain = local(name)
        self.root = self.root or plain
        if self._row is None:
            if plain == self._entry:
                self._row, self._depth, self._row_length = {}, 0, 0
            return
        self._depth += 1
        if self._depth == 1:
            self._field, self._pieces, self._length = plain, [], 0

    def end(self, _name: str) -> None:
        """Closes a field or an entry."""
        if self._row is None:
            return
        if self._depth == 0:
            self._write(self._row)
            self._row = None
            return
        if self._depth == 1 and self._field is not None:
            values = self._row.setdefault(self._field, [])
            if value := "".join(self._pieces).strip():
                values.append(value)
            if len(self._row) > _MOST_FIELDS:
                raise self._refused(_("目录的一个条目超过 %(count)s 项。") % {"count": _MOST_FIELDS})
            self._field = None
        self._depth -= 1

    def text(self, data: str) -> None:
        """Adds to the field; what is longer than any honest value is cut."""
        if self._field is not None and self._length < _LONGEST_FIELD:
            self._pieces.append(data)
            self._length += len(data)
            self._row_length += len(data)
            if self._row_length > _LONGEST_ROW:
                raise self._refused(_("目录的一个条目超过 %(count)s 字。") % {"count": _LONGEST_ROW})

    def _write(self, row: dict[str, list[str]]) -> None:
        line = json.dumps({name: "；".join(values) for name, values in row.items()}, ensure_ascii=False)
        self._written += len(line.encode()) + 1
        if self._written > _LARGEST_SPOOL_BYTES:
            raise self._refused(_("目录大得不合常理。"))
        self._out.write(f"{line}\n")

    def _refused(self, what: str) -> XmlRefused:
        return XmlRefused(what, self._subject, hostile=True)
