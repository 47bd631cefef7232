"""Access databases through access-parser (Apache-2.0)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _


class AccessDatabase:
    """One database, read whole: the parser knows no other way.

    Args:
        path: the file.

    Raises:
        Invalid: it is too large to be read whole.
        Exception: whatever damaged bytes make the parser raise.
    """

    MOST_BYTES = 512 * 2**20

    def __init__(self, path: Path) -> None:
        if path.stat().st_size > self.MOST_BYTES:
            raise Invalid(
                _("Access 数据库超过 %(size)s MiB。") % {"size": self.MOST_BYTES // 2**20},
                remedy=_("请在 Access 中把要导入的表导出为 CSV。"),
            )
        logging.getLogger("access_parser").setLevel(logging.CRITICAL)
        self._parser = _parser_of(path)

    def tables(self) -> list[str]:
        """Tables people made."""
        return [name for name in self._parser.catalog if not name.startswith(("MSys", "~", "f_"))]

    def rows(self, table: str) -> Iterator[list[Any]]:
        """Column names, then the rows."""
        columns = self._parser.parse_table(table)
        yield list(columns)
        yield from map(list, zip(*columns.values(), strict=False))


def _parser_of(path: Path) -> Any:
    from access_parser import AccessParser  # brings `construct`: 0.2 s few need

    class Parser(AccessParser):  # type: ignore[misc]
        """Knows the files of Access 2010 and later, whose version has a second byte."""

        def _parse_file_header(self, db_data: bytes) -> None:
            super()._parse_file_header(db_data[:_MINOR] + b"\x00" + db_data[_MINOR + 1 : 0x1000])

    return Parser(str(path))


_MINOR = 0x15
