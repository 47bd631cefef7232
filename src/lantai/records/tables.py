"""Data files of this context; a file of the same name in ``LANTAI_HOME/data/`` is read instead.

A table is read again when its file changes, so that an archivist's edit needs no restart.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from lantai.core import settings
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

SHIPPED = Path(__file__).parent / "data"
_at_rest: ContextVar[dict[str, tuple[str, int]] | None] = ContextVar("tables_at_rest", default=None)


@contextmanager
def tables_at_rest() -> Iterator[None]:
    """While this lasts every table is as it was when first asked for.

    One package is judged by one version of each table, and the disk is not asked again for every
    value of every record.
    """
    token = _at_rest.set(_at_rest.get() or {})
    try:
        yield
    finally:
        _at_rest.reset(token)


def read_table(name: str) -> dict[str, Any]:
    """The table ``name`` (without ``.toml``), from the data folder if it stands there.

    Raises:
        Invalid: the file is no TOML; the message names it and the line.
    """
    return _parse(*table_version(name))


def table_file(name: str) -> Path:
    """The file that is in force for a table."""
    return Path(table_version(name)[0])


def table_version(name: str) -> tuple[str, int]:
    """The table's file and when it changed: a key for what is computed from it.

    Asked for many times a record, so it costs one look at the disk and no path objects; what was
    shipped stays as it is while the program runs.
    """
    noted = _at_rest.get()
    if noted is None:
        return _look(name)
    if name not in noted:
        noted[name] = _look(name)
    return noted[name]


def _look(name: str) -> tuple[str, int]:
    own = f"{settings.home()}/data/{name}.toml"
    try:
        return own, os.stat(own).st_mtime_ns  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return f"{SHIPPED}/{name}.toml", 0


@lru_cache(maxsize=32)
def _parse(file: str, changed_ns: int) -> dict[str, Any]:  # noqa: ARG001 - the time is part of the key
    try:
        return tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            _("数据表无法读取：%(error)s。") % {"error": error},
            subject=file,
            remedy=_("请改正该文件，或删除它以恢复随附的数据表。"),
        ) from error
