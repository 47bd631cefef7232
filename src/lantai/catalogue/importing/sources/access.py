"""Microsoft Access databases (MDB, ACCDB)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from ..adapters.access_database import AccessDatabase, AccessTable
from . import Opened, Row, Source


def tables(path: Path) -> list[str]:
    """Tables people made, without the system's own."""
    with _told_plainly():
        return AccessDatabase(path).tables()


def open_table(path: Path, table: str, _charset: str) -> Opened:
    """The rows of one table, column names first.

    Raises:
        Invalid: there is no such table, or the file is damaged or locked.
    """
    with _told_plainly():
        database = AccessDatabase(path)
        names = database.tables()
    if table and table not in names:
        raise Invalid(_("库中没有“%(table)s”。") % {"table": table}, remedy="、".join(names[:20]))
    if not names:
        raise Invalid(_("库中没有数据表。"))
    with _told_plainly():
        read = database.read(table or names[0])
    remarks = [] if len(read.rows) == read.told else ["count_differs"]
    return Opened(_rows(read), table=table or names[0], remarks=remarks)


def _rows(table: AccessTable) -> Iterator[Row]:
    yield table.columns
    yield from ([_text(value) for value in row] for row in table.rows)


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    if len(text) == 19 and text.endswith(" 00:00:00"):
        return text[:10].replace("-", "")
    return text.strip("\x00")


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Whatever damaged bytes make the parser raise is said in words."""
    try:
        yield
    except Invalid:
        raise
    except Exception as error:
        raise Invalid(
            _("Access 数据库无法读取：%(error)s。") % {"error": type(error).__name__},
            remedy=_("请取消数据库口令，或在 Access 中导出为 .xlsx 后再导入。"),
        ) from error


SOURCE = Source("access", gettext_noop("Access 数据库（MDB、ACCDB）"), (".mdb", ".accdb"), tables, open_table)
