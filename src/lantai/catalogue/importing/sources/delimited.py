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
LONGEST_LINE = 8 * 2**20
"""Characters; a table of 512 columns has lines of some ten thousand."""


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
        reader = csv.reader(_lines(stream), delimiter=separator)
        try:
            yield from reader
        except UnicodeDecodeError as error:
            raise _changed_charset(charset, reader.line_num + 1) from error
        except csv.Error as error:
            raise Invalid(
                _("第 %(line)s 行起无法分列：%(error)s。") % {"line": reader.line_num, "error": error},
                remedy=_("请检查该处的双引号是否成对。"),
            ) from error


def _changed_charset(charset: str, line: int) -> Invalid:
    """Says that the text is in that character set at first and then no longer."""
    return Invalid(
        _("文件开头是 %(charset)s 编码，约第 %(line)s 行起不是：可能由几个文件拼成。")
        % {"charset": charset.upper(), "line": line},
        remedy=_("请分开各部分，统一另存为“CSV UTF-8”后再导入。"),
    )


def _lines(stream: io.TextIOWrapper) -> Iterator[str]:
    """Lines without null characters; a line without an end is no table."""
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise Invalid(
                _("第 %(line)s 行超过 %(most)s 万字，不是表格。")
                % {"line": number, "most": LONGEST_LINE // 10_000},
                remedy=_("请检查文件是否缺少换行，或重新导出。"),
            )
        yield line.replace("\x00", "") if "\x00" in line else line


SOURCE = Source(
    "delimited",
    gettext_noop("文本表格（CSV、TSV）"),
    (".csv", ".tsv", ".txt", ".tab"),
    lambda _path: [""],
    open_text,
)
