"""Data files of the catalogue; a file of the same name in ``LANTAI_HOME/data/`` is read instead."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from lantai.core import settings
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

SHIPPED = Path(__file__).parent / "data"


def table_version(name: str) -> tuple[str, int]:
    """The file in force and when it changed: a key for what is computed from it."""
    own = settings.home() / "data" / f"{name}.toml"
    return (str(own), own.stat().st_mtime_ns) if own.is_file() else (str(SHIPPED / f"{name}.toml"), 0)


def read_table(name: str) -> dict[str, Any]:
    """The table ``name`` (without ``.toml``).

    Raises:
        Invalid: the file is no TOML; the message names it and the line.
    """
    return parse_table(*table_version(name))


@lru_cache(maxsize=16)
def parse_table(file: str, _changed_ns: int) -> dict[str, Any]:
    """One version of a table."""
    try:
        return tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            _("数据表无法读取：%(error)s。") % {"error": error},
            subject=file,
            remedy=_("请改正该文件，或删除它以恢复随附的数据表。"),
        ) from error
