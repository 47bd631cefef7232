"""Rows of a catalogue, from a spreadsheet or a CSV file, read again as often as asked."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol

import python_calamine

from lantai.core.errors import Invalid
from lantai.core.findings import Finding
from lantai.formats.api import decode_name, detect_charset

from .problems import DOCUMENTS, READABLE, failure

Row = list[str]
_SAMPLE_BYTES = 1 << 20


class Catalogue(Protocol):
    """A table of text; ``findings`` tells what was wrong with it as a file."""

    findings: list[Finding]

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
    """The first sheet of a workbook."""

    def __init__(self, path: Path) -> None:
        self.findings: list[Finding] = []
        try:
            with path.open("rb") as stream:
                workbook = python_calamine.CalamineWorkbook.from_filelike(stream)
                self._sheet = workbook.get_sheet_by_index(0)
        except python_calamine.PasswordError as error:
            raise Invalid(
                "目录表格设有口令。", subject=path.name, remedy="请取消工作簿的打开口令后重新打包。"
            ) from error
        except (python_calamine.CalamineError, IndexError, OSError) as error:
            raise Invalid(
                f"目录表格无法打开：{error}。",
                subject=path.name,
                remedy="请在表格软件中另存为 .xlsx 后重新打包。",
            ) from error
        merged = getattr(self._sheet, "merged_cell_ranges", None) or []
        if merged:
            first = merged[0][0][0] + 1
            self.findings.append(
                failure(
                    DOCUMENTS,
                    path.name,
                    "每件一行，不合并单元格",
                    f"有 {len(merged)} 处合并单元格，第一处在第 {first} 行",
                    "请取消合并单元格，并把每一行的内容填全。",
                )
            )

    def rows(self) -> Iterator[Row]:
        """Every row, from the first cell of the sheet."""
        offset = [""] * (self._sheet.start or (0, 0))[1]
        for cells in self._sheet.iter_rows():
            yield offset + [_text(cell) for cell in cells]


class CsvCatalogue:
    """A CSV file in UTF-8 or GB18030, separated by commas, semicolons or tabs."""

    def __init__(self, path: Path) -> None:
        self.findings: list[Finding] = []
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
                yield from csv.reader(stream, delimiter=self._delimiter)
            except csv.Error as error:
                raise Invalid(
                    f"目录 CSV 无法解析：{error}。",
                    subject=self._path.name,
                    remedy="请检查引号是否成对，或另存为 .xlsx。",
                ) from error


def _text(cell: object) -> str:
    match cell:
        case bool():
            return "是" if cell else "否"
        case datetime() if (cell.hour, cell.minute, cell.second) != (0, 0, 0):
            return f"{cell:%Y%m%dT%H%M%S}"
        case date():
            return f"{cell:%Y%m%d}"
        case time():
            return cell.isoformat()
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)


def is_blank(row: Sequence[str]) -> bool:
    """Whether a row holds nothing."""
    return not any(cell.strip() for cell in row)
