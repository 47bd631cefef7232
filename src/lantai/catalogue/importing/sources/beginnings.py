"""The beginning of a long sheet as a workbook of its own, so that headings are seen without reading the rest."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

BEGINNING_BYTES = 2**20
"""Of the sheet's XML: some hundreds of rows."""
MOST_BESIDE_BYTES = 64 * 2**20
"""What the other parts (the texts of all cells, mostly) may come to; else the file is read whole."""
_ROW_END = b"</row>"
_SHEET_END = b"</sheetData></worksheet>"


def beginning_of(path: Path, member: str) -> io.BytesIO | None:
    """A workbook with the first rows of one sheet; ``None`` where it is short, or written in other ways.

    Args:
        path: an XLSX file.
        member: the part of it that holds the sheet.
    """
    with zipfile.ZipFile(path) as whole:
        beside = [info for info in whole.infolist() if _belongs(info.filename, member)]
        if sum(info.file_size for info in beside) > MOST_BESIDE_BYTES:
            return None
        with whole.open(member) as stream:
            rows, end, _cut = stream.read(BEGINNING_BYTES).rpartition(_ROW_END)
        if whole.getinfo(member).file_size <= BEGINNING_BYTES or not end:
            return None
        shortened = io.BytesIO()
        with zipfile.ZipFile(shortened, "w") as archive:
            for info in beside:
                archive.writestr(info.filename, whole.read(info))
            archive.writestr(member, rows + _ROW_END + _SHEET_END)
    shortened.seek(0)
    return shortened


def _belongs(name: str, member: str) -> bool:
    """Whether a part is needed to read the sheet: not other sheets, nor pictures."""
    return name.endswith((".xml", ".rels")) and name.rpartition("/")[0] != member.rpartition("/")[0]
