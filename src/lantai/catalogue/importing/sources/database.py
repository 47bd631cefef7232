"""SQLite databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from . import Opened, Row, Source


def tables(path: Path) -> list[str]:
    """Tables and views, those with the most rows' worth of names first come as they stand."""
    with closing(_connect(path)) as connection:
        rows = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        return [str(name) for (name,) in rows]


def open_table(path: Path, table: str, _charset: str) -> Opened:
    """The rows of one table, column names first.

    Raises:
        Invalid: there is no such table, or the file is damaged.
    """
    try:
        names = tables(path)
        if table and table not in names:
            raise Invalid(_("库中没有“%(table)s”。") % {"table": table}, remedy="、".join(names[:20]))
        if not names:
            raise Invalid(_("库中没有数据表。"))
        return Opened(_rows(path, table or names[0]), table=table or names[0])
    except sqlite3.DatabaseError as error:
        raise _unreadable(error) from error


def _rows(path: Path, table: str) -> Iterator[Row]:
    with closing(_connect(path)) as connection:
        quoted = table.replace('"', '""')
        cursor = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - a name from the file's own schema
        yield [str(column[0]) for column in cursor.description]
        try:
            for row in cursor:
                yield [_text(value) for value in row]
        except sqlite3.DatabaseError as error:
            raise _unreadable(error) from error


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bytes():
            return value.decode("utf-8", "replace")
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _unreadable(error: sqlite3.Error) -> Invalid:
    return Invalid(
        _("数据库文件无法读取：%(error)s。") % {"error": error},
        remedy=_("请确认文件完好，或在原系统中把表导出为 CSV 后再导入。"),
    )


def _connect(path: Path) -> sqlite3.Connection:
    """Read-only; triggers, extensions and writes are impossible."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    connection.text_factory = _decoded
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _decoded(raw: bytes) -> str:
    """A text of the file: SQLite asks for UTF-8, programs of the Chinese Windows wrote GBK all the same."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


SOURCE = Source("database", gettext_noop("SQLite 数据库"), (".db", ".sqlite", ".sqlite3"), tables, open_table)
