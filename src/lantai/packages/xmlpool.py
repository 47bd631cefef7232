"""XML from an unknown hand, read in the pool: a parser it hangs or bursts is a child's, never ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lantai.core.language import gettext as _
from lantai.core.temporary import Spool
from lantai.formats.api import call_in_pool

from .xmlfacts import row_facts, tree_facts
from .xmlstream import Charset, XmlRefused
from .xmltree import Node, TreeLimits, unflatten

ROWS_TIMEOUT_S = 300.0
"""A catalogue of half a million entries takes a tenth of this."""
TREE_TIMEOUT_S = 30.0
_AHEAD_BYTES = 32 << 20
_AHEAD = 1000
"""What may be asked before somebody takes the answers, so that these never pile up."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A document as a child read it."""

    root: Node
    charset: Charset


def read_trees(
    paths: Iterable[Path], limits: TreeLimits | None = None, *, allowed_s: float = TREE_TIMEOUT_S
) -> Iterator[Tree | XmlRefused]:
    """The trees of many documents, in order; for one that was refused, why.

    Args:
        paths: the documents.
        limits: of each.
        allowed_s: for one of them, seconds, beyond what reading the file takes.
    """
    limits = limits or TreeLimits()
    given: dict[str, Any] = {"nodes": limits.nodes, "text_chars": limits.text_chars}
    for run in runs(paths):
        answers = call_in_pool(tree_facts, run, allowed_s=allowed_s, **given)
        for path, answer in zip(run, answers, strict=True):
            yield refused(answer, path.name) or Tree(unflatten(answer["tree"]), charset_of(answer))


def read_tree(path: Path, limits: TreeLimits | None = None) -> Node:
    """The tree of one document.

    Raises:
        XmlRefused: hostile, broken or too large.
    """
    found = next(read_trees([path], limits))
    if isinstance(found, XmlRefused):
        raise found
    return found.root


@dataclass(slots=True)
class Table:
    """The entries of an XML catalogue, read once and taken as often as asked: ``<文件目录><文件><档号>…``.

    A child writes them to a spool, since there may be hundreds of thousands.

    Attributes:
        path: the document.
        entry: local name of the element that is an entry.
        subject: the document as people know it.
        charset: how it is written, known after a reading.
        root: local name of its root, known after a reading.
    """

    path: Path
    entry: str
    subject: str
    charset: Charset = field(default_factory=lambda: Charset("utf-8"))
    root: str = ""
    _spool: Spool | None = None
    _refused: XmlRefused | None = None

    def rows(self) -> Iterator[dict[str, str]]:
        """Each entry's fields by local name, trimmed; a repeated field is joined by ``；``.

        Raises:
            XmlRefused: the catalogue is hostile or broken; the entries before stand.
        """
        if self._spool is None:
            self._spool = self._read()
        yield from map(json.loads, self._spool.lines())
        if self._refused is not None:
            raise self._refused

    def _read(self) -> Spool:
        spool = Spool()
        given = {"entry": self.entry, "spool": str(spool.path)}
        answer = next(call_in_pool(row_facts, [self.path], allowed_s=ROWS_TIMEOUT_S, writes=True, **given))
        self.root = answer.get("root", "")
        self.charset = charset_of(answer)
        self._refused = refused(answer, self.subject)
        return spool


def runs(paths: Iterable[Path]) -> Iterator[list[Path]]:
    """Paths in runs whose answers can wait in memory together."""
    run: list[Path] = []
    ahead_bytes = 0
    for path in paths:
        size_bytes = path.stat().st_size if path.is_file() else 0
        if run and (len(run) >= _AHEAD or ahead_bytes + size_bytes > _AHEAD_BYTES):
            yield run
            run, ahead_bytes = [], 0
        run.append(path)
        ahead_bytes += size_bytes
    if run:
        yield run


def refused(answer: Mapping[str, Any], subject: str) -> XmlRefused | None:
    """Why a document was refused, if it was; one that its child did not survive means harm."""
    if crash := answer.get("crash"):
        return XmlRefused(_("XML 文件无法读取：%(why)s。") % {"why": crash}, subject, hostile=True)
    if error := answer.get("error"):
        return XmlRefused(_("XML 文件无法读取：%(why)s。") % {"why": error}, subject)
    if what := answer.get("refused"):
        return XmlRefused(what, subject, hostile=answer["hostile"])
    return None


def charset_of(answer: Mapping[str, Any]) -> Charset:
    """How a document is written, as its child found."""
    return Charset(answer.get("charset", "utf-8"), answer.get("exceeded", False))
