"""Text tables: CSV and TSV, in any character set they come in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from ..charsets import guess_charset
from . import Opened, Row, Source

SEPARATORS = ",\t;|，"
LONGEST_CELL = 1_000_000


def open_text(path: Path, _table: str, charset: str) -> Opened:
    """The rows of a text table.

    Raises:
        Invalid: the bytes are not text in the character set.
    """
    found = charset or guess_charset(path)
    with path.open(encoding=found, newline="") as stream:
        try:
            beginning = stream.read(64 * 1024)
        except UnicodeDecodeError as error:
            raise wrong_charset(found) from error
    return Opened(_rows(path, found, guess_separator(beginning)), charset=found)


def guess_separator(beginning: str) -> str:
    """What stands between cells: the sign most first lines have alike, and often."""
    lines = [line for line in io.StringIO(beginning) if line.strip()][:20]
    best = max(SEPARATORS, key=lambda sign: min((line.count(sign) for line in lines[:5]), default=0))
    return best if any(best in line for line in lines) else ","


def wrong_charset(charset: str) -> Invalid:
    """Says that the text is not in that character set."""
    return Invalid(
        _("文件不是 %(charset)s 编码的文字。") % {"charset": charset.upper()},
        remedy=_("请改选编码，或在表格软件中另存为“CSV UTF-8”后再导入。"),
    )


def _rows(path: Path, charset: str, separator: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=charset, newline="") as stream:
        reader = csv.reader(_without_nulls(stream), delimiter=separator)
        try:
            yield from reader
        except UnicodeDecodeError as error:
            raise wrong_charset(charset) from error
        except csv.Error as error:
            raise Invalid(
                _("第 %(line)s 行起无法分列：%(error)s。") % {"line": reader.line_num, "error": error},
                remedy=_("请检查该处的双引号是否成对。"),
            ) from error


def _without_nulls(lines: io.TextIOWrapper) -> Iterator[str]:
    for line in lines:
        yield line.replace("\x00", "") if "\x00" in line else line


SOURCE = Source(
    "delimited",
    gettext_noop("文本表格（CSV、TSV）"),
    (".csv", ".tsv", ".txt", ".tab"),
    lambda _path: [""],
    open_text,
)
