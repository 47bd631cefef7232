"""What an import keeps on disk while it lasts: the file as it came, its rows, and those ready to load.

Rows lie as lines of JSON, one line a piece of up to 5,000 rows, so that every later step reads any
piece at once and the file itself is opened by one child alone.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from lantai.core.settings import home

from .lines import cells_in

ROWS, RECORDS, VOLUMES = "rows", "records", "volumes"


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of a spool.

    Attributes:
        name: which spool.
        number: its place in it, from 0.
        offset: of its first byte.
        size_bytes: without the line's end.
        count: rows it holds.
        first_row: number of the first row, from 1.
        last_row: number of the last.
    """

    name: str
    number: int
    offset: int
    size_bytes: int
    count: int
    first_row: int
    last_row: int


class Spool:
    """The folder of one import."""

    def __init__(self, import_id: UUID) -> None:
        self.folder = home() / "imports" / str(import_id)

    def file(self, name: str = "") -> Path:
        """The file as it came; its ending is kept, since kinds of files go by it."""
        for path in sorted(self.folder.glob("file*")):
            return path
        return self.folder / f"file{Path(name).suffix.lower()[:12]}"

    def writer(self, name: str) -> SpoolWriter:
        """Begins a spool anew."""
        return SpoolWriter(self.folder, name)

    def pieces(self, name: str) -> list[Piece]:
        """The pieces of a finished spool; none if it is not finished."""
        index = self.folder / f"{name}.json"
        if not index.is_file():
            return []
        return [Piece(**row) for row in json.loads(index.read_text(encoding="utf-8"))]

    def raw(self, piece: Piece) -> bytes:
        """A piece as it lies there."""
        with (self.folder / f"{piece.name}.jsonl").open("rb") as stream:
            stream.seek(piece.offset)
            return stream.read(piece.size_bytes)

    def read(self, piece: Piece) -> list[list[Any]]:
        """The rows of a piece."""
        return cells_in(self.raw(piece))

    def rows_from(self, first_row: int) -> Iterator[tuple[int, list[Any]]]:
        """Rows as read, with their numbers, from one on."""
        for piece in self.pieces(ROWS):
            if piece.last_row >= first_row:
                for number, row in enumerate(self.read(piece), piece.first_row):
                    if number >= first_row:
                        yield number, row

    def is_finished(self, name: str) -> bool:
        """Whether a spool was written to its end."""
        return (self.folder / f"{name}.json").is_file()

    def begin_anew(self, *names: str) -> None:
        """Forgets spools, so that they are written again."""
        for name in names:
            (self.folder / f"{name}.json").unlink(missing_ok=True)

    def remove(self) -> None:
        """Removes everything, the file as it came too."""
        shutil.rmtree(self.folder, ignore_errors=True)


class SpoolWriter:
    """Writes one spool; it counts only once it is finished."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.pieces: list[Piece] = []
        self._index = folder / f"{name}.json"
        self._index.unlink(missing_ok=True)
        self._stream: BinaryIO = (folder / f"{name}.jsonl").open("wb")

    def put(self, line: bytes, count: int, first_row: int, last_row: int) -> None:
        """Adds a piece."""
        piece = Piece(self.name, len(self.pieces), self._stream.tell(), len(line), count, first_row, last_row)
        self._stream.write(line + b"\n")
        self.pieces.append(piece)

    def close(self) -> None:
        """Leaves the spool unfinished, if it is not finished."""
        self._stream.close()

    def finish(self) -> None:
        """Syncs the rows, then says that they are all there."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        coming = self._index.with_suffix(".tmp")
        coming.write_text(json.dumps([asdict(piece) for piece in self.pieces]), encoding="utf-8")
        coming.replace(self._index)
