"""Rows of a large CSV file by their number: an index of where every 500th row begins, nothing in memory.

The index lies beside no record: it is made when it is first needed, named by the digest of the data it
is of, and may be deleted at any time.
"""

from __future__ import annotations

import csv
import io
import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lantai.core import settings

STRIDE = 500
LOOKED_THROUGH = 300_000
"""Rows a search looks through before it asks whether to go on: about a second's work."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows that were asked for.

    Attributes:
        rows: each with its number, from 1, the heading not counted.
        following: number of the row to go on at; ``None`` at the end of the table.
    """

    rows: list[tuple[int, list[str]]]
    following: int | None


class Rows:
    """The rows of one file, which does not change."""

    def __init__(self, path: Path, digest: str) -> None:
        self._path = path
        self._index = settings.home() / "derived" / "tables" / f"{digest}.rows"
        self._begins = self._read_index()

    def __len__(self) -> int:
        return self._begins[-1]

    def page(self, first: int, count: int) -> Found:
        """``count`` rows from a number on."""
        rows: list[tuple[int, list[str]]] = []
        for number, row in self._from(max(1, first)):
            if len(rows) == count:
                return Found(rows, number)
            rows.append((number, row))
        return Found(rows, None)

    def search(self, place: int, text: str, first: int, count: int) -> Found:
        """``count`` rows whose value in a column holds the text, from a number on."""
        wanted, first = text.casefold(), max(1, first)
        rows: list[tuple[int, list[str]]] = []
        for number, row in self._from(first):
            if len(rows) == count or number - first >= LOOKED_THROUGH:
                return Found(rows, number)
            if place < len(row) and wanted in row[place].casefold():
                rows.append((number, row))
        return Found(rows, None)

    def _from(self, first: int) -> Iterator[tuple[int, list[str]]]:
        if first > len(self):
            return
        block = (first - 1) // STRIDE
        with self._path.open("rb") as stream:
            stream.seek(self._begins[block])
            text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
            for number, row in enumerate(filter(None, csv.reader(text)), block * STRIDE + 1):
                if number >= first:
                    yield number, row

    def _read_index(self) -> array[int]:
        begins: array[int] = array("Q")
        if self._index.is_file():
            begins.frombytes(self._index.read_bytes())
            return begins
        begins = _survey(self._path)
        self._index.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._index.parent, delete=False) as output:
            output.write(begins.tobytes())
        Path(output.name).replace(self._index)
        return begins


def _survey(path: Path) -> array[int]:
    """Where every :data:`STRIDE`-th row begins, and at the end how many rows there are.

    A line break between quotes belongs to its value: a row ends where the quotes so far are even.
    """
    begins: array[int] = array("Q")
    place, count, is_open = 0, -1, False
    with path.open("rb") as stream:
        for line in stream:
            place += len(line)
            is_open ^= bool(line.count(b'"') % 2)
            if not is_open and line.strip(b"\r\n"):
                count += 1
                if count % STRIDE == 0:
                    begins.append(place)
    begins.append(max(count, 0))
    return begins
