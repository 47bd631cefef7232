"""Data files of this context; a file of the same name in ``LANTAI_HOME/data/`` is read instead.

A table is read again when its file changes, so that an archivist's edit needs no restart.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from lantai.core import settings
from lantai.core.errors import Invalid

SHIPPED = Path(__file__).parent / "data"


def read_table(name: str) -> dict[str, Any]:
    """The table ``name`` (without ``.toml``), from the data folder if it stands there.

    Raises:
        Invalid: the file is no TOML; the message names it and the line.
    """
    file = table_file(name)
    return _parse(file, file.stat().st_mtime_ns)


def table_file(name: str) -> Path:
    """The file that is in force for a table."""
    own = settings.home() / "data" / f"{name}.toml"
    return own if own.is_file() else SHIPPED / f"{name}.toml"


def table_version(name: str) -> tuple[str, int]:
    """Changes whenever the table does; a key for what is computed from it."""
    file = table_file(name)
    return str(file), file.stat().st_mtime_ns


@lru_cache(maxsize=32)
def _parse(file: Path, changed_ns: int) -> dict[str, Any]:  # noqa: ARG001 - the time is part of the key
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            f"数据表无法读取：{error}。",
            subject=str(file),
            remedy="请改正该文件，或删除它以恢复随附的数据表。",
        ) from error
