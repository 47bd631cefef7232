"""The batch journal: what tells the next start which half-done batch to keep and which to take back.

A journal is a file of one line of JSON for each step, forced to disk before the step begins:

1. ``begin``: files are being staged on these stores; nothing stands in any object yet.
2. ``place``: these versions are about to be moved to their objects.

The batch's row in the database decides. It is inserted in the transaction that commits the
batch; recovery inserts a tombstone under the same key. Whoever comes first wins, also against a
commit that is still under way in the database server when its client was killed.

The journal's owner holds a lock on it that vanishes with the process (``kill -9`` included), so
recovery never touches a batch that is alive.
"""

from __future__ import annotations

import fcntl
import json
import os
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from lantai.core.errors import LantaiError
from lantai.core.settings import home

from .models import Batch
from .stores import Placement, Store, open_store

log = structlog.get_logger("lantai.vault")

TOMBSTONE = "withdrawn"
"""Purpose of a batch's row that says: taken back, never commit this."""

_live: weakref.WeakValueDictionary[Path, Journal] = weakref.WeakValueDictionary()


class Journal:
    """One batch's journal, locked while this object lives."""

    def __init__(self, batch: UUID, path: Path, descriptor: int, lines: Sequence[dict[str, object]]) -> None:
        self.batch = batch
        self.path = path
        self.lines = list(lines)
        self._descriptor = descriptor
        # A transaction that rolls back drops its callbacks and with them the journal: the lock
        # must go with it, or recovery would wait for a batch that nobody finishes.
        self._release = weakref.finalize(self, os.close, descriptor)
        _live[path] = self

    @classmethod
    def begin(cls, batch: UUID, purpose: str, stores: Iterable[Store]) -> Journal:
        """Starts a batch's journal."""
        path = _folder() / f"{batch}.jsonl"
        hidden = path.with_suffix(".new")
        descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        hidden.rename(path)
        journal = cls(batch, path, descriptor, [])
        keys = [store.facts.key for store in stores]
        journal._write({"step": "begin", "purpose": purpose, "stores": keys})
        return journal

    @classmethod
    def adopt(cls, path: Path) -> Journal | None:
        """Takes over the journal of a process that is gone; ``None`` if its owner lives."""
        if path in _live:
            return None
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            return None
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        if os.fstat(descriptor).st_nlink == 0:  # its owner finished in the meantime
            os.close(descriptor)
            return None
        return cls(UUID(path.stem), path, descriptor, _read_lines(path))

    def place(self, placements: Iterable[tuple[Store, Placement]]) -> None:
        """Writes down what is about to be placed where."""
        names = [field.name for field in fields(Placement)]
        rows = [
            [store.facts.key, {name: getattr(placement, name) for name in names}]
            for store, placement in placements
        ]
        self._write({"step": "place", "placements": rows})

    @property
    def stores(self) -> list[str]:
        """Keys of the stores the batch writes to."""
        keys = self.lines[0].get("stores", []) if self.lines else []
        return list(keys) if isinstance(keys, list) else []

    @property
    def placements(self) -> Iterator[tuple[str, Placement]]:
        """Store key and placement of everything that may have been placed."""
        for line in self.lines:
            for key, placement in _rows(line):
                yield key, Placement(**placement)

    def close(self) -> None:
        """The batch is settled: removes the journal."""
        self.path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Lets go of a journal that is left for recovery."""
        _live.pop(self.path, None)
        self._release()

    def _write(self, line: dict[str, object]) -> None:
        self.lines.append(line)
        os.write(self._descriptor, json.dumps(line).encode() + b"\n")
        os.fsync(self._descriptor)
        if len(self.lines) == 1:
            _sync_folder(self.path.parent)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What recovery found: batches kept, taken back, and left because a store is away."""

    kept: int = 0
    taken_back: int = 0
    waiting: int = 0


def recover() -> Recovered:
    """Settles every batch whose process is gone.

    Runs at worker start, by ``lantai vault recover`` and before every batch; with nothing to
    settle it costs one look into a folder.
    """
    kept = taken_back = waiting = 0
    for path in sorted(_folder().iterdir()):
        if path.suffix == ".new":
            _remove_unborn(path)
            continue
        journal = Journal.adopt(path)
        if journal is None:
            continue
        try:
            was_kept = settle(journal)
        except (LantaiError, OSError) as error:
            journal.release()
            waiting += 1
            log.warning("batch waits for its store", batch=str(journal.batch), error=str(error))
            continue
        kept, taken_back = kept + was_kept, taken_back + (not was_kept)
        log.info("batch recovered", batch=str(journal.batch), kept=was_kept)
    return Recovered(kept, taken_back, waiting)


def settle(journal: Journal) -> bool:
    """Keeps a batch that was committed, takes back one that was not; returns which.

    Raises:
        Unavailable: a store of the batch is away; the journal stays.
    """
    stores = {key: open_store(key) for key in journal.stores}
    for store in stores.values():
        store.require_ready()
    placements = list(journal.placements)
    committed = bool(placements) and not _bury(journal.batch)
    if not committed:
        for key, placement in placements:
            stores[key].take_back(placement)
    for store in stores.values():
        store.discard(str(journal.batch))
        if placements:
            store.sync()
    journal.close()
    return committed


def _bury(batch: UUID) -> bool:
    """Puts up the tombstone unless the batch was committed; returns whether it is buried."""
    row, _created = Batch.objects.get_or_create(id=batch, defaults={"purpose": TOMBSTONE})
    return row.purpose == TOMBSTONE


def paths_in_flight() -> set[str]:
    """Objects of batches that are under way: on a store, and not yet in the database."""
    return {
        placement["object_path"]
        for path in _folder().glob("*.jsonl")
        for line in _read_lines(path)
        for _key, placement in _rows(line)
    }


def _rows(line: dict[str, object]) -> list[Any]:
    rows = line.get("placements", [])
    return rows if isinstance(rows, list) else []


def _folder() -> Path:
    folder = home() / "vault" / "journal"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_unborn(path: Path) -> None:
    """A journal whose process died before it wrote a line; a live one renames it at once."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except OSError:
        return
    finally:
        os.close(descriptor)


def _read_lines(path: Path) -> list[dict[str, object]]:
    """The journal's lines; one cut short by the crash was not acted upon."""
    lines = []
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:  # its owner finished in the meantime
        return []
    for text in content.splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            break
    return lines
