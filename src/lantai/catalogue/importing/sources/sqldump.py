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

LONGEST_STATEMENT = 64 * 2**20
"""Characters of one statement; what dump programs write stays under 16 MiB."""
_NAME = r"(?:[`\"\[]?[\w$#]+[`\"\]]?\s*\.\s*)*[`\"\[]?(?P<table>[\w$#\u4e00-\u9fff]+)[`\"\]]?"
_INSERT = re.compile(
    rf"\s*INSERT\s+(?:IGNORE\s+)?INTO\s+{_NAME}\s*(?:\((?P<columns>[^()]*)\))?\s*VALUES\s*", re.IGNORECASE
)
_COPY = re.compile(rf"\s*COPY\s+{_NAME}\s*\((?P<columns>[^()]*)\)\s+FROM\s+stdin;", re.IGNORECASE)
_CREATE = re.compile(rf"\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}\s*\(", re.IGNORECASE)
_COLUMN = re.compile(r"\s*[`\"\[]?([\w$#\u4e00-\u9fff]+)[`\"\]]?\s+\w", re.IGNORECASE)
_NO_COLUMN = {"primary", "key", "unique", "index", "constraint", "foreign", "check", "fulltext", "spatial"}
_VALUE = re.compile(
    r"\s*(?:[NnEeBbXx]?'(?P<text>(?:[^'\\]|''|\\.)*)'|(?P<call>\w+\s*\(\s*(?:N?'(?P<inner>[^']*)'[^()]*)?\))"
    r"|(?P<plain>[^,()'\s;]+))\s*(?P<sign>[,)])",
    re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "", "b": "", "Z": ""}
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)


def tables(path: Path) -> list[str]:
    """Tables that rows are listed for, in the order of the dump."""
    found: dict[str, None] = {}
    for line in _lines(path, guess_charset(path)):
        if line[:1] in "Ii \tCc" and (match := _INSERT.match(line) or _COPY.match(line)):
            found[match["table"]] = None
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
    lines = _lines(path, charset)
    told: list[str] = []
    declared: list[str] = []
    for line in lines:
        if (match := _CREATE.match(line)) and match["table"] == table:
            declared = _declared(line, match.end(), lines)
        elif (match := _COPY.match(line)) and match["table"] == table:
            if not told:
                told = _names(match["columns"])
                yield told
            yield from _copied(lines)
        elif (match := _INSERT.match(line)) and match["table"] == table:
            rows = _inserted(_statement(line, lines), match.end())
            if not told:
                first = next(rows, [])
                told = _names(match["columns"] or "") or declared or [f"c{n + 1}" for n in range(len(first))]
                yield told
                yield first
            yield from rows


def _statement(line: str, lines: Iterator[str]) -> str:
    """A statement to its end: the first semicolon outside a text, at the end of a line."""
    pieces = [line]
    size, quotes = len(line), _open_quotes(line, within=False)
    while quotes or not line.rstrip().endswith(";"):
        following = next(lines, None)
        if following is None or (not quotes and _INSERT.match(following)):
            break  # SQL Server and Oracle scripts leave the semicolon out
        pieces.append(following)
        line = following
        quotes = _open_quotes(line, within=quotes)
        size += len(line)
        if size > LONGEST_STATEMENT:
            raise Invalid(_("转储中的一条语句过长。"), remedy=_("请用分行的 INSERT 重新导出。"))
    return "".join(pieces)


def _open_quotes(line: str, *, within: bool) -> bool:
    """Whether a text is open at the end of a line."""
    plain = re.sub(r"\\.", "", line) if "\\" in line else line
    return within ^ bool(plain.count("'") % 2)


def _inserted(statement: str, at: int) -> Iterator[Row]:
    while (start := statement.find("(", at)) >= 0:
        row: Row = []
        at = start + 1
        while True:
            match = _VALUE.match(statement, at)
            if match is None:
                raise Invalid(
                    _("转储中的一行数据无法读取：%(text)s。") % {"text": statement[start : start + 60]},
                    remedy=_("请检查引号是否成对，或改用 CSV 导出。"),
                )
            row.append(_value(match))
            at = match.end()
            if match["sign"] == ")":
                break
        yield row
        following = statement[at : at + 64].lstrip()
        if not following.startswith(","):
            return


def _value(match: re.Match[str]) -> str:
    if match["text"] is not None:
        text = match["text"]
        return _ESCAPED.sub(_unescaped, text) if "\\" in text or "''" in text else text
    if match["call"] is not None:
        return match["inner"] or ""
    return "" if match["plain"].upper() == "NULL" else match["plain"]


def _unescaped(match: re.Match[str]) -> str:
    return "'" if match[1] is None else _ESCAPES.get(match[1], match[1])


def _copied(lines: Iterator[str]) -> Iterator[Row]:
    """A COPY block of PostgreSQL: tabs between values, a backslash before what is special."""
    for line in lines:
        text = line.rstrip("\r\n")
        if text == "\\.":
            return
        yield [
            "" if cell == "\\N" else _ESCAPED.sub(_unescaped, cell) if "\\" in cell else cell
            for cell in text.split("\t")
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
    return [name.strip().strip('`"[]') for name in columns.split(",") if name.strip()]


def _lines(path: Path, charset: str) -> Iterator[str]:
    with path.open(encoding=charset, newline=None) as stream:
        try:
            while line := stream.readline(LONGEST_STATEMENT):
                yield line
        except UnicodeDecodeError as error:
            raise wrong_charset(charset) from error


SOURCE = Source("sqldump", gettext_noop("数据库转储（SQL）"), (".sql", ".dump"), tables, open_dump)
