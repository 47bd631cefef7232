"""Database dumps as SQL: INSERT statements (MySQL, PostgreSQL, SQL Server, Oracle, SQLite) and COPY blocks.

Nothing is executed: the text is read for the values it lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from ..charsets import guess_charset
from . import Opened, Row, Source
from .delimited import wrong_charset
from .sqlvalues import rows_in, unescaped

LONGEST_STATEMENT = 64 * 2**20
"""Characters of one statement; what dump programs write stays under 16 MiB."""
_QUOTED = r"(?:\[[^\]]+\]|`[^`]+`|\"[^\"]+\"|[\w$#]+)"
_NAME = rf"(?:{_QUOTED}\s*\.\s*)*(?P<table>{_QUOTED})"
_BEGUN = re.compile(
    rf"\s*(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?(?:INTO\s+)?(?!INTO\b){_NAME}\s*(?:[(]|VALUES\b|\r?\n|$)",
    re.IGNORECASE,
)
"""How a statement begins; the rest may stand on the lines below."""
_INSERT = re.compile(
    rf"\s*(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?(?:INTO\s+)?{_NAME}\s*(?:\((?P<columns>[^()]*)\))?\s*VALUES\s*",
    re.IGNORECASE,
)
_COPY = re.compile(rf"\s*COPY\s+{_NAME}\s*\((?P<columns>[^()]*)\)\s+FROM\s+stdin;", re.IGNORECASE)
_CREATE = re.compile(rf"\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}\s*\(", re.IGNORECASE)
_COLUMN = re.compile(r"\s*[`\"\[]?([\w$#\u4e00-\u9fff]+)[`\"\]]?\s+\w", re.IGNORECASE)
_NO_COLUMN = {"primary", "key", "unique", "index", "constraint", "foreign", "check", "fulltext", "spatial"}
_LITERAL = re.compile(
    r"standard_conforming_strings = on|^(?:set define off|prompt |PRAGMA |GO\s*$)|^INSERT\s+(?:INTO\s+)?[\[\"]",
    re.IGNORECASE | re.MULTILINE,
)
"""What only dumps have in whose texts a backslash is nothing but one: all but those of MySQL."""
_ENDS = re.compile(r"\s*(?:GO|/)\s*$", re.IGNORECASE)


def tables(path: Path) -> list[str]:
    """Tables that rows are listed for, in the order of the dump."""
    found: dict[str, None] = {}
    for line in _lines(path, guess_charset(path)):
        if line[:1] in "IiRr \tCc" and (match := _BEGUN.match(line) or _COPY.match(line)):
            found[_bare(match["table"])] = None
    return list(found)


def open_dump(path: Path, table: str, charset: str) -> Opened:
    """The rows listed for one table.

    Raises:
        Invalid: there are none, or the text cannot be read as SQL.
    """
    found = charset or guess_charset(path)
    names = tables(path) if not table else [table]
    if not names:
        raise Invalid(
            _("转储中没有 INSERT 或 COPY 的数据行。"), remedy=_("请用含数据的文本格式（SQL）重新导出。")
        )
    return Opened(_rows(path, names[0], found), table=names[0], charset=found)


def _rows(path: Path, table: str, charset: str) -> Iterator[Row]:
    lines = _Lines(_lines(path, charset))
    told: list[str] = []
    declared: list[str] = []
    literal = _is_literal(path, charset)
    for line in lines:
        if (match := _CREATE.match(line)) and _bare(match["table"]) == table:
            declared = _declared(line, match.end(), lines)
        elif (match := _COPY.match(line)) and _bare(match["table"]) == table:
            if not told:
                told = _names(match["columns"])
                yield told
            yield from _copied(lines)
        elif (match := _BEGUN.match(line)) and _bare(match["table"]) == table:
            statement = _statement(line, lines, literal=literal)
            match = _INSERT.match(statement)
            if match is None:
                continue  # of rows of another table
            rows = rows_in(statement, match.end(), literal=literal)
            if not told:
                first = next(rows, [])
                told = _names(match["columns"] or "") or declared or [f"c{n + 1}" for n in range(len(first))]
                yield told
                yield first
            yield from rows


def _is_literal(path: Path, charset: str) -> bool:
    with path.open(encoding=charset, errors="replace") as stream:
        return bool(_LITERAL.search(stream.read(64 * 1024)))


class _Lines:
    """Lines, of which the last read can be put back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._back: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        return self._back.pop() if self._back else next(self._lines)

    def put_back(self, line: str) -> None:
        """Has a line come again."""
        self._back.append(line)


def _statement(line: str, lines: _Lines, *, literal: bool) -> str:
    """A statement to its end: the first semicolon outside a text, at the end of a line."""
    pieces = [line]
    size, quotes = len(line), _open_quotes(line, within=False, literal=literal)
    while quotes or not line.rstrip().endswith(";"):
        following = next(lines, None)
        if following is None:
            break
        if not quotes and (_BEGUN.match(following) or _ENDS.match(following)):
            lines.put_back(following)  # scripts of SQL Server leave the semicolon out
            break
        pieces.append(following)
        line = following
        quotes = _open_quotes(line, within=quotes, literal=literal)
        size += len(line)
        if size > LONGEST_STATEMENT:
            raise Invalid(_("转储中的一条语句过长。"), remedy=_("请用分行的 INSERT 重新导出。"))
    return "".join(pieces)


def _open_quotes(line: str, *, within: bool, literal: bool) -> bool:
    """Whether a text is open at the end of a line."""
    plain = re.sub(r"\\.", "", line) if "\\" in line and not literal else line
    return within ^ bool(plain.count("'") % 2)


def _copied(lines: Iterator[str]) -> Iterator[Row]:
    """A COPY block of PostgreSQL: tabs between values, a backslash before what is special."""
    for line in lines:
        text = line.rstrip("\r\n")
        if text == "\\.":
            return
        yield [
            "" if cell == "\\N" else unescaped(cell) if "\\" in cell else cell for cell in text.split("\t")
        ]


def _declared(line: str, at: int, lines: Iterator[str]) -> list[str]:
    """Column names of a CREATE TABLE; one a line, as every dump program writes them."""
    names: list[str] = []
    pieces: Iterable[str] = line[at:].split(",") if line.rstrip().endswith(";") else ()
    for piece in pieces or lines:
        match = _COLUMN.match(piece)
        if match and match[1].lower() not in _NO_COLUMN:
            names.append(match[1])
        if piece.lstrip().startswith(")") or piece.rstrip().endswith(";"):
            break
    return names


def _names(columns: str) -> list[str]:
    return [_bare(name.strip()) for name in columns.split(",") if name.strip()]


def _bare(name: str) -> str:
    return name.strip('`"[]')


def _lines(path: Path, charset: str) -> Iterator[str]:
    with path.open(encoding=charset, newline=None) as stream:
        try:
            while line := stream.readline(LONGEST_STATEMENT):
                yield line
        except UnicodeDecodeError as error:
            raise wrong_charset(charset) from error


SOURCE = Source("sqldump", gettext_noop("数据库转储（SQL）"), (".sql", ".dump"), tables, open_dump)
