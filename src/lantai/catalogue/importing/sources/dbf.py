"""dBASE and FoxPro tables (DBF), with their memo files where these lie beside them."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from ..charsets import guess
from . import Opened, Row, Source

_CHARSETS = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5hkscs", 0x78: "big5hkscs"}
"""Character sets by language driver; texts are looked into where another is told, or none."""
MOST_ROW_BYTES = 64 * 2**10


@dataclass(frozen=True, slots=True)
class _Column:
    name: bytes
    kind: str
    length: int


def open_dbf(path: Path, _table: str, charset: str) -> Opened:
    """The rows of a table, column names first; deleted ones are left out.

    Raises:
        Invalid: it is no such table, or is cut off.
    """
    with path.open("rb") as stream:
        head = stream.read(32)
        if len(head) < 32:
            raise _damaged()
        count, header_bytes, row_bytes = struct.unpack_from("<IHH", head, 4)
        columns = list(_columns(stream, header_bytes))
        if (
            not columns
            or sum(column.length for column in columns) + 1 > row_bytes
            or row_bytes > MOST_ROW_BYTES
        ):
            raise _damaged()
        stream.seek(header_bytes)
        sample = stream.read(1 << 20)
    lying = max(0, path.stat().st_size - header_bytes) // row_bytes
    remarks = [] if lying == count else ["count_differs"]
    found = charset or _charset(_CHARSETS.get(head[29], ""), columns, sample, row_bytes)
    rows = _rows(path, columns, header_bytes, row_bytes, lying, found)
    return Opened(rows, charset=found, remarks=remarks)


def _charset(told: str, columns: list[_Column], sample: bytes, row_bytes: int) -> str:
    """The character set of its texts: as its language driver tells, unless they are plainly UTF-8."""
    texts = [column.name for column in columns]
    for row in range(0, len(sample) - row_bytes + 1, row_bytes):
        at = row + 1
        for column in columns:
            if column.kind == "C":
                texts.append(sample[at : at + column.length])
            at += column.length
    text = b"\n".join(texts).replace(b"\x00", b" ")
    if text.isascii():
        return told or "gb18030"
    found = guess(text)
    return found if found == "utf-8" else told or found


def _columns(stream: BinaryIO, header_bytes: int) -> Iterator[_Column]:
    for _place in range(min((header_bytes - 32) // 32, 255)):
        field = stream.read(32)
        if len(field) < 32 or field[0] in {0x0D, 0x00}:
            return
        kind = chr(field[11])
        length = field[16] + (field[17] << 8 if kind == "C" else 0)
        yield _Column(field[:11].split(b"\x00")[0], kind, length)


def _rows(
    path: Path, columns: list[_Column], header_bytes: int, row_bytes: int, count: int, charset: str
) -> Iterator[Row]:
    yield [column.name.decode(charset, "replace") for column in columns if column.kind != "0"]
    memo = _Memo.beside(path)
    with path.open("rb") as stream:
        stream.seek(header_bytes)
        for _number in range(count):
            data = stream.read(row_bytes)
            if len(data) < row_bytes or data[:1] == b"\x1a":
                return
            if data[:1] == b"*":
                continue
            row, at = [], 1
            for column in columns:
                if column.kind != "0":  # flags of the program's own
                    row.append(_text(column, data[at : at + column.length], charset, memo))
                at += column.length
            yield row


def _text(column: _Column, raw: bytes, charset: str, memo: _Memo | None) -> str:
    match column.kind:
        case "V" if raw and len(raw) > raw[-1] and not raw[raw[-1] : -1].strip(b"\x00 "):
            return raw[: raw[-1]].decode(charset, "replace").strip()  # its length stands in the last byte
        case "I" if len(raw) == 4:
            return str(struct.unpack("<i", raw)[0])
        case "B" if len(raw) == 8:
            value = struct.unpack("<d", raw)[0]
            return str(int(value)) if value.is_integer() else str(value) if math.isfinite(value) else ""
        case "T" if len(raw) == 8:
            return _day_of(struct.unpack("<I", raw[:4])[0])
        case "M" | "G" | "P":
            return memo.text(raw).decode(charset, "replace").strip("\x00 \x1a") if memo else ""
        case "L":
            return {
                b"T": "是",
                b"Y": "是",
                b"t": "是",
                b"y": "是",
                b"F": "否",
                b"N": "否",
                b"f": "否",
                b"n": "否",
            }.get(raw, "")
        case _:
            return raw.strip(b"\x00 ").decode(charset, "replace").strip()


def _day_of(julian: int) -> str:
    from datetime import date

    try:
        return f"{date.fromordinal(julian - 1_721_425):%Y%m%d}" if julian else ""
    except (ValueError, OverflowError):
        return ""


class _Memo:
    """Long texts of a table, in the file beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._foxpro = path.suffix.lower() == ".fpt"
        with path.open("rb") as stream:
            head = stream.read(512)
        self._block = (struct.unpack_from(">H", head, 6)[0] if self._foxpro else 0) or 512

    @classmethod
    def beside(cls, path: Path) -> _Memo | None:
        """The memo file of a table; ``None`` without one."""
        for suffix in (".fpt", ".FPT", ".dbt", ".DBT"):
            if (found := path.with_suffix(suffix)).is_file():
                return cls(found)
        return None

    def text(self, raw: bytes) -> bytes:
        """What a memo cell points at; at most a mebibyte."""
        digits = raw.strip()
        block = struct.unpack("<I", raw)[0] if len(raw) == 4 else int(digits) if digits.isdigit() else 0
        if not block:
            return b""
        with self._path.open("rb") as stream:
            stream.seek(block * self._block)
            if self._foxpro:
                head = stream.read(8)
                return (
                    stream.read(min(struct.unpack_from(">I", head, 4)[0], 1 << 20)) if len(head) == 8 else b""
                )
            return stream.read(1 << 16).split(b"\x1a")[0]


def _damaged() -> Invalid:
    return Invalid(_("DBF 文件已损坏或不是 DBF。"), remedy=_("请在原系统中重新导出。"))


SOURCE = Source("dbf", gettext_noop("DBF 数据表"), (".dbf",), lambda _path: [""], open_dbf)
