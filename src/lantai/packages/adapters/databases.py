"""Reading a business system's database: one SELECT, read-only, with a time limit, a row at a time.

The database itself is told to refuse anything else: SQLite by its authoriser, PostgreSQL by a
read-only transaction and a cursor that is declared for the statement. The words of the statement are
looked at only so that a mistake gets a plain answer.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lantai.core.errors import Invalid, NotFound, Unavailable
from lantai.core.language import gettext as _

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_READS = frozenset({"select", "with", "values"})
_AT_ONCE = 2_000
_CHECKED_EVERY = 10_000
_ALLOWED = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query answers: names of its columns, and its rows as they come."""

    names: Sequence[str]
    rows: Iterator[Sequence[object]]


@contextmanager
def ask(url: str, query: str, timeout_s: float) -> Iterator[Answer]:
    """Asks a database.

    Args:
        url: ``sqlite:///path`` or ``postgresql://…``.
        query: one SELECT.
        timeout_s: how long the database may work on it.

    Raises:
        Invalid: the query is something else than one SELECT, or is refused, or takes too long.
        Unavailable: there is no getting at the database.
    """
    first = (_COMMENT.sub(" ", query).split() or [""])[0].lower()
    if first not in _READS:
        raise Invalid(
            _("只能执行查询（SELECT），没有执行这条语句。"),
            subject=query.strip()[:80],
            remedy=_("请只写一条以 SELECT 或 WITH 开头的查询。"),
        )
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        with _sqlite(url, query, timeout_s) as answer:
            yield answer
    elif scheme in {"postgresql", "postgres"}:
        with _postgresql(url, query, timeout_s) as answer:
            yield answer
    else:
        raise Invalid(
            _("不支持这种数据库地址。"), subject=scheme, remedy=_("可用 sqlite:///路径 或 postgresql://…。")
        )


@contextmanager
def _sqlite(url: str, query: str, timeout_s: float) -> Iterator[Answer]:
    path = Path(unquote(url.removeprefix("sqlite:///")))
    if not path.is_file():
        raise NotFound(_("没有找到数据库文件。"), subject=str(path))
    ends_at = time.monotonic() + timeout_s
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        connection.set_authorizer(
            lambda action, *_what: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
        )
        connection.set_progress_handler(lambda: time.monotonic() > ends_at, _CHECKED_EVERY)
        cursor = connection.execute(query)
        yield Answer([column[0] for column in cursor.description or ()], cursor)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _refused(str(error)) from error
    finally:
        connection.close()


@contextmanager
def _postgresql(url: str, query: str, timeout_s: float) -> Iterator[Answer]:
    import psycopg  # only who asks PostgreSQL waits for it

    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.Error as error:
        raise Unavailable(
            _("连不上数据库。"), subject=urlsplit(url).hostname or "", remedy=str(error)
        ) from error
    with connection:
        try:
            connection.read_only = True
            connection.execute(f"SET LOCAL statement_timeout = {int(timeout_s * 1000)}")
            with connection.cursor(name="lantai_export") as cursor:
                cursor.itersize = _AT_ONCE
                cursor.execute(query.encode())
                yield Answer([column.name for column in cursor.description or ()], iter(cursor))
        except psycopg.Error as error:
            raise _refused(str(error)) from error


def _refused(said: str) -> Invalid:
    return Invalid(
        _("数据库没有完成这条查询：%(said)s") % {"said": said.strip()},
        remedy=_("只能执行一条只读查询；查询过慢的，请缩小范围或加大 --timeout。"),
    )
