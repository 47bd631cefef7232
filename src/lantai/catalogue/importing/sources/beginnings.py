"""A long sheet in short workbooks: its beginning alone, or one stretch of rows after another.

The reader of workbooks gives no row before it holds them all: of a sheet of a million rows nothing
would be seen for ten seconds, and half a gibibyte be held.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

BEGINNING_BYTES = 2**20
"""Of the sheet's XML: some hundreds of rows."""
MOST_BESIDE_BYTES = 64 * 2**20
"""What the other parts (the texts of all cells, mostly) may come to; else the file is read whole."""
STRETCH_BYTES = 8 * 2**20
"""Of the sheet's XML: some ten thousand rows."""
MOST_BESIDE_A_STRETCH_BYTES = 2**20
"""The same for stretches, since the other parts are read again with each."""
_ROW, _ROW_END = b"<row", b"</row>"
_NUMBERED = b'<row r="'
_SHEET_END = b"</sheetData></worksheet>"
_MERGED = b"<mergeCell"


def beginning_of(path: Path, member: str) -> io.BytesIO | None:
    """A workbook with the first rows of one sheet; ``None`` where it is short, or written in other ways.

    Args:
        path: an XLSX file.
        member: the part of it that holds the sheet.
    """
    with zipfile.ZipFile(path) as whole:
        if whole.getinfo(member).file_size <= BEGINNING_BYTES:
            return None
        beside = _beside(whole, member, MOST_BESIDE_BYTES)
        with whole.open(member) as stream:
            rows, end, _cut = stream.read(BEGINNING_BYTES).rpartition(_ROW_END)
    return _workbook(beside, member, rows) if beside is not None and end else None


def stretches_of(path: Path, member: str) -> Iterator[io.BytesIO] | None:
    """Workbooks with all rows of one sheet, at the places they have in it, some thousands in each.

    ``None`` where the sheet is short, rows hang together (merged cells), do not bear their numbers,
    or their texts lie in another part of the file.
    """
    with zipfile.ZipFile(path) as whole:
        if whole.getinfo(member).file_size <= STRETCH_BYTES:
            return None
        beside = _beside(whole, member, MOST_BESIDE_A_STRETCH_BYTES)
        if beside is None:
            return None
        with whole.open(member) as stream:
            begun = stream.read(BEGINNING_BYTES)
            head, row, _rest = begun.partition(_ROW)
            if not row or not begun.startswith(_NUMBERED, len(head)) or _has_merged(begun, stream):
                return None
    return _stretches(path, member, beside, head)


def _stretches(path: Path, member: str, beside: Mapping[str, bytes], head: bytes) -> Iterator[io.BytesIO]:
    left, begins = b"", b""
    with zipfile.ZipFile(path) as whole, whole.open(member) as stream:
        while block := stream.read(STRETCH_BYTES):
            rows, end, left = (left + block).rpartition(_ROW_END)
            if end:
                yield _workbook(beside, member, begins + rows)
                begins = head


def _has_merged(begun: bytes, stream: IO[bytes]) -> bool:
    """Whether cells are merged: told after the rows."""
    left = begun
    while block := stream.read(STRETCH_BYTES):
        if _MERGED in left:
            return True
        left = left[-len(_MERGED) :] + block
    return _MERGED in left


def _beside(whole: zipfile.ZipFile, member: str, most_bytes: int) -> dict[str, bytes] | None:
    """The parts needed to read a sheet, not other sheets nor pictures; ``None`` if they are too large."""
    wanted = [
        info
        for info in whole.infolist()
        if info.filename.endswith((".xml", ".rels"))
        and info.filename.rpartition("/")[0] != member.rpartition("/")[0]
    ]
    if sum(info.file_size for info in wanted) > most_bytes:
        return None
    return {info.filename: whole.read(info) for info in wanted}


def _workbook(beside: Mapping[str, bytes], member: str, rows: bytes) -> io.BytesIO:
    """A workbook of one sheet, its rows without the end of the last."""
    shortened = io.BytesIO()
    with zipfile.ZipFile(shortened, "w") as archive:
        for name, content in beside.items():
            archive.writestr(name, content)
        archive.writestr(member, rows + _ROW_END + _SHEET_END)
    shortened.seek(0)
    return shortened
