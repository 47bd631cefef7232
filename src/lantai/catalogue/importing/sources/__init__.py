"""Kinds of files a catalogue comes in; each says what it is, which tables it has, and reads their rows.

They run in a child process with limits (:mod:`..reading`): what a hostile file does ends the child.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

Row = list[str]
MERGED = "\ue0ff merged"
"""Stands in a cell whose value a merged neighbour has: no reader can know what was meant by it."""


@dataclass(slots=True)
class Opened:
    """One table of a file.

    Attributes:
        rows: from the top, headings first.
        table: its name, if tables have names.
        charset: of text, if the kind has one.
        remarks: what is remarkable about the whole table, by kind of problem.
        first_row: number, from 1, that people see beside the first row.
    """

    rows: Iterator[Row]
    table: str = ""
    charset: str = ""
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of file.

    Attributes:
        key: stored with the import.
        title: what people call it.
        suffixes: endings of its names.
        tables: names of the tables of a file; one empty name where tables have none.
        open: the rows of a table; ``charset`` empty means detect.
        begin: its first rows alone, where that is quicker; nothing is said of the whole then.
    """

    key: str
    title: str
    suffixes: tuple[str, ...]
    tables: Callable[[Path], list[str]]
    open: Callable[[Path, str, str], Opened]
    begin: Callable[[Path, str], Opened | None] = lambda _path, _table: None


def sources() -> dict[str, Source]:
    """All kinds by key."""
    from . import access, database, dbf, delimited, markup, sheets, sqldump

    return {
        source.key: source
        for source in (
            sheets.SOURCE,
            delimited.SOURCE,
            dbf.SOURCE,
            access.SOURCE,
            database.SOURCE,
            sqldump.SOURCE,
            markup.SOURCE,
        )
    }


def source_of(path: Path, name: str = "") -> Source:
    """The kind of a file, by its first bytes and then its name.

    Raises:
        Invalid: it is none of those known.
    """
    known = sources()
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith(b"SQLite format 3\x00"):
        return known["database"]
    if head[4:19] in {b"Standard Jet DB", b"Standard ACE DB"}:
        return known["access"]
    suffix = Path(name or path.name).suffix.lower()
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return known["sheets"]
    from .markup import is_markup

    named_sheet = suffix in known["sheets"].suffixes
    if (named_sheet or suffix in known["markup"].suffixes) and is_markup(head):
        return known["markup"]
    if named_sheet and head.strip() and not head.startswith(b"%PDF"):
        return known["delimited"]  # text that calls itself a workbook
    for source in known.values():
        if suffix in source.suffixes and source.key not in {"sheets", "database", "access"}:
            return source
    raise Invalid(
        _("不认识这种文件。"),
        subject=name or path.name,
        remedy=_("可以导入：%(titles)s。")
        % {"titles": "、".join(_(source.title) for source in known.values())},
    )
