"""Access databases through access-parser (Apache-2.0)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _


@dataclass(frozen=True, slots=True)
class AccessTable:
    """A table as it was read.

    Attributes:
        columns: their names.
        rows: values in their order.
        told: how many rows the table says it has.
    """

    columns: list[str]
    rows: list[tuple[Any, ...]]
    told: int


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

    def read(self, table: str) -> AccessTable:
        """One table.

        Raises:
            Invalid: some record is damaged. The parser keeps each column by itself, so that a value it
                cannot read would move all below it to the entries above.
        """
        found = self._parser.get_table(table)
        cells = found.parse()
        columns = {
            column.col_name_str: cells.get(column.col_name_str, []) for column in found.columns.values()
        }
        if len({len(values) for values in columns.values()}) > 1:
            raise Invalid(
                _("“%(table)s”中有损坏的记录，没有读取。") % {"table": table},
                remedy=_("请在 Access 中“压缩和修复数据库”后再导入，或导出为 .xlsx。"),
            )
        rows = list(zip(*columns.values(), strict=True))
        return AccessTable(list(columns), rows, int(found.table_header.number_of_rows))


def _parser_of(path: Path) -> Any:
    from access_parser import AccessParser  # brings `construct`: 0.2 s few need

    class Parser(AccessParser):  # type: ignore[misc]
        """Knows the files of Access 2010 and later, whose version has a second byte."""

        def _parse_file_header(self, db_data: bytes) -> None:
            super()._parse_file_header(db_data[:_MINOR] + b"\x00" + db_data[_MINOR + 1 : 0x1000])

    return Parser(str(path))


_MINOR = 0x15
