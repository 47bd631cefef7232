"""Text tables: CSV and TSV, in any character set they come in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from ..charsets import guess_charset
from . import Opened, Row, Source

SEPARATORS = ",\t;|，"
LONGEST_CELL = 1_000_000
_QUOTED = re.compile('"[^"]*"')
LONGEST_LINE = 8 * 2**20
"""Characters; a table of 512 columns has lines of some ten thousand."""


def open_text(path: Path, _table: str, charset: str) -> Opened:
    """The rows of a text table.

    Raises:
        Invalid: the bytes are not text in the character set.
    """
    found = charset or guess_charset(path)
    with path.open(encoding=found, newline="", errors="replace") as stream:
        beginning = stream.read(64 * 1024)
    return Opened(_rows(path, found, guess_separator(beginning)), charset=found)


def guess_separator(beginning: str) -> str:
    """What stands between cells: the sign lines that follow each other have most; those of a title have none."""
    lines = [line for line in io.StringIO(_QUOTED.sub("", beginning)) if line.strip()][:20]
    for together in (5, 2):
        for above in range(max(1, len(lines) - together + 1)):
            below = lines[above : above + together]
            best = max(SEPARATORS, key=lambda sign: min((line.count(sign) for line in below), default=0))
            if below and all(best in line for line in below):
                return best
    return ","


def wrong_charset(charset: str) -> Invalid:
    """Says that the text is not in that character set."""
    return Invalid(
        _("文件不是 %(charset)s 编码的文字。") % {"charset": charset.upper()},
        remedy=_("请改选编码，或在表格软件中另存为“CSV UTF-8”后再导入。"),
    )


def _rows(path: Path, charset: str, separator: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=charset, newline="") as stream:
        # Strict: a quotation mark nobody closed would otherwise take the rows below into its cell, untold.
        reader = csv.reader(_lines(stream), delimiter=separator, strict=True)
        begun = 1
        try:
            for row in reader:
                yield [_unguarded(cell) for cell in row] if "'" in "".join(row) else row
                begun = reader.line_num + 1
        except UnicodeDecodeError as error:
            raise _changed_charset(charset, reader.line_num + 1) from error
        except csv.Error as error:
            raise Invalid(
                _("第 %(line)s 行起双引号不成对，无法分列。") % {"line": begun},
                remedy=_("以双引号开头的格须整格括起，格内的双引号写两个；或另存为 .xlsx 后再导入。"),
            ) from error


def _unguarded(cell: str) -> str:
    """A cell without the apostrophe that kept office programs from taking it for a formula."""
    return cell[1:] if cell.startswith(("'=", "'+", "'-", "'@", "'\t", "'\r")) else cell


def _changed_charset(charset: str, line: int) -> Invalid:
    """Says that the text is in that character set at first and then no longer."""
    if line == 1:
        return wrong_charset(charset)
    return Invalid(
        _("文件开头是 %(charset)s 编码，约第 %(line)s 行起不是：可能由几个文件拼成。")
        % {"charset": charset.upper(), "line": line},
        remedy=_("请分开各部分，统一另存为“CSV UTF-8”后再导入。"),
    )


def _lines(stream: io.TextIOWrapper) -> Iterator[str]:
    """Lines without null characters and the mark DOS ends files with; a line without an end is no table."""
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise Invalid(
                _("第 %(line)s 行超过 %(most)s 万字，不是表格。")
                % {"line": number, "most": LONGEST_LINE // 10_000},
                remedy=_("请检查文件是否缺少换行，或重新导出。"),
            )
        if "\x00" in line or line[-1] == "\x1a":
            line = line.replace("\x00", "").rstrip("\x1a")
        yield line


SOURCE = Source(
    "delimited",
    gettext_noop("文本表格（CSV、TSV）"),
    (".csv", ".tsv", ".txt", ".tab"),
    lambda _path: [""],
    open_text,
)
