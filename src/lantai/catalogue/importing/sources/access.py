"""Microsoft Access databases (MDB, ACCDB)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from ..adapters.access_database import AccessDatabase
from . import Opened, Row, Source


def tables(path: Path) -> list[str]:
    """Tables people made, without the system's own."""
    return _opened(path).tables()


def open_table(path: Path, table: str, _charset: str) -> Opened:
    """The rows of one table, column names first.

    Raises:
        Invalid: there is no such table, or the file is damaged or locked.
    """
    database = _opened(path)
    names = database.tables()
    if table and table not in names:
        raise Invalid(_("库中没有“%(table)s”。") % {"table": table}, remedy="、".join(names[:20]))
    if not names:
        raise Invalid(_("库中没有数据表。"))
    return Opened(_rows(database, table or names[0]), table=table or names[0])


def _rows(database: AccessDatabase, table: str) -> Iterator[Row]:
    yield from ([_text(value) for value in row] for row in database.rows(table))


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    if len(text) == 19 and text.endswith(" 00:00:00"):
        return text[:10].replace("-", "")
    return text.strip("\x00")


def _opened(path: Path) -> AccessDatabase:
    try:
        return AccessDatabase(path)
    except Invalid:
        raise
    except Exception as error:
        raise Invalid(
            _("Access 数据库无法读取：%(error)s。") % {"error": type(error).__name__},
            remedy=_("请取消数据库口令，或在 Access 中导出为 .xlsx 后再导入。"),
        ) from error


SOURCE = Source("access", gettext_noop("Access 数据库（MDB、ACCDB）"), (".mdb", ".accdb"), tables, open_table)
