"""Rows of a catalogue, from a spreadsheet or a CSV file, read again as often as asked."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from lantai.core.errors import Invalid
from lantai.core.findings import Finding
from lantai.core.language import gettext as _
from lantai.core.temporary import Spool
from lantai.formats.api import decode_name, detect_charset, read_table

from .problems import READABLE, failure

Row = list[str]
_SAMPLE_BYTES = 1 << 20
_COMPUTED = re.compile(r"'*[=+\-@\t\r]")
"""How a cell begins that a spreadsheet may compute (OWASP, CSV injection), or that is guarded."""


class Catalogue(Protocol):
    """A table of text.

    Attributes:
        name: of its file.
        findings: what was wrong with it as a file.
        merged: first and last row (from 1) of each range of merged cells.
    """

    name: str
    findings: list[Finding]
    merged: list[tuple[int, int]]

    def rows(self) -> Iterator[Row]:
        """Every row from the top, cells as text."""
        ...


def open_catalogue(path: Path) -> Catalogue:
    """The catalogue in a file.

    Raises:
        Invalid: it cannot be read as a table at all.
    """
    return (
        SpreadsheetCatalogue(path)
        if path.suffix.lower() in {".xlsx", ".xls", ".et", ".ods"}
        else CsvCatalogue(path)
    )


class SpreadsheetCatalogue:
    """The first sheet of a workbook; its rows wait on disk, since there may be a hundred thousand."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.findings: list[Finding] = []
        table = read_table(path)
        self.merged = table.merged
        self._spool = Spool()
        with self._spool.path.open("w", encoding="ascii") as spool:
            spool.writelines(f"{json.dumps(row)}\n" for row in table.rows)

    def rows(self) -> Iterator[Row]:
        """Every row, from the first cell of the sheet."""
        yield from map(json.loads, self._spool.lines())


class CsvCatalogue:
    """A CSV file in UTF-8 or GB18030, separated by commas, semicolons or tabs."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.findings: list[Finding] = []
        self.merged: list[tuple[int, int]] = []
        self._path = path
        with path.open("rb") as stream:
            sample = stream.read(_SAMPLE_BYTES)
        charset = detect_charset(sample, complete=len(sample) < _SAMPLE_BYTES)
        if charset is None:
            self.findings.append(
                failure(
                    READABLE,
                    decode_name(path.name.encode("utf-8", "surrogateescape")),
                    "UTF-8 或 GB18030 编码的文本",
                    "含有两种编码都无法识别的字节",
                    "请在表格软件中另存为“CSV UTF-8”后重新打包。",
                )
            )
        self._charset = charset or "utf-8"
        line = sample.decode(self._charset, "replace").partition("\n")[0]
        self._delimiter = max(",\t;", key=line.count)

    def rows(self) -> Iterator[Row]:
        """Every row; a byte that does not decode becomes U+FFFD, which inspection reports."""
        with self._path.open(encoding=self._charset, errors="replace", newline="") as stream:
            try:
                for row in csv.reader(stream, delimiter=self._delimiter):
                    yield [unguarded(cell) for cell in row]
            except csv.Error as error:
                raise Invalid(
                    _("目录 CSV 无法解析：%(error)s。") % {"error": error},
                    subject=self._path.name,
                    remedy=_("请检查引号是否成对，或另存为 .xlsx。"),
                ) from error


def guarded(text: str) -> str:
    """A cell a spreadsheet takes for text: what it would compute gets an apostrophe before it.

    So does what is guarded already, so that :func:`unguarded` gives back just what was written.
    """
    return f"'{text}" if _COMPUTED.match(text) else text


def unguarded(text: str) -> str:
    """The cell as it was before :func:`guarded`; an apostrophe of any other text stays."""
    return text[1:] if text.startswith("'") and _COMPUTED.match(text[1:]) else text


def is_blank(row: Sequence[str]) -> bool:
    """Whether a row holds nothing."""
    return not any(cell.strip() for cell in row)
