"""A batch of writes to several stores: staged, synced once, placed, committed, or taken back.

::

    with open_batch("ingest", stores) as batch:
        digests = batch.copy(slot, path, source)      # every byte read once, written to every store
        with transaction.atomic():
            batch.place(placements)                   # journal, sync, rename, sync
            batch.record(size_bytes)                  # the row that makes it stand
            ...                                       # rows, ledger, outbox
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import IO, TypeVar
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from lantai.core.digests import Digester, Digests, Readable, copy_with_digests
from lantai.core.errors import LantaiError, Unavailable
from lantai.core.identifiers import new_id
from lantai.core.settings import WORKERS

from .journal import Journal, settle
from .models import Batch
from .stores import Placement, Store

Item = TypeVar("Item")
Result = TypeVar("Result")

log = structlog.get_logger("lantai.vault")


class StagedBatch:
    """Files on their way into stores. Made by :func:`open_batch`."""

    def __init__(self, purpose: str, stores: Sequence[Store]) -> None:
        self.id: UUID = new_id()
        self.purpose = purpose
        self.stores = stores
        self.journal = Journal.begin(self.id, purpose, stores)
        self.size_bytes = 0
        self.note = ""
        """What the event of the batch says besides its number."""
        self._recorded = False
        self._started = time.monotonic()

    def copy(self, slot: str, path: str, source: Readable) -> Digests:
        """Writes a source to every store in one pass over its bytes.

        Raises:
            Unavailable: a store could not be written.
            OSError: the source could not be read.
        """
        with self._open(slot, path) as target:
            return copy_with_digests(source, target)

    def write(self, slot: str, path: str, pieces: Iterable[bytes]) -> Digests:
        """Writes bytes made here to every store."""
        digester = Digester()
        with self._open(slot, path) as target:
            for piece in pieces:
                digester.update(piece)
                target.write(piece)
        return digester.result()

    def put(self, slot: str, files: Mapping[str, bytes]) -> None:
        """Writes small files made here to every store, by path.

        Raises:
            Unavailable: a store could not be written.
        """
        with _told_plainly():
            for store in self.stores:
                store.stage_files(str(self.id), slot, files)

    def unstage(self, slot: str) -> None:
        """Removes what was staged for one object."""
        for store in self.stores:
            store.unstage(str(self.id), slot)

    def place(self, placements: Sequence[tuple[Store, Placement]]) -> None:
        """Makes staged versions stand in their objects, durably.

        Raises:
            Conflict: another stands there.
            Unavailable: a store could not be written.
        """
        with _told_plainly():
            self._sync()
            self.journal.place(placements)
            for store, placement in placements:
                store.place(str(self.id), placement)
            self._sync()

    def swap(self, slot: str, object_path: str) -> None:
        """Puts a staged object in the place of a damaged one, which goes to quarantine."""
        with _told_plainly():
            self._sync()
            for store in self.stores:
                store.replace(str(self.id), slot, object_path)
            self._sync()

    def erase(self, slots: Mapping[str, str]) -> None:
        """Puts staged tombstones, by slot, in the place of objects of which nothing may stay."""
        with _told_plainly():
            self._sync()
            for store in self.stores:
                for slot, object_path in slots.items():
                    store.erase(str(self.id), slot, object_path)
            self._sync()

    def record(self, objects_count: int, size_bytes: int) -> Batch:
        """Inserts the row that makes the batch stand; called in the committing transaction."""
        self._recorded = True
        seconds = time.monotonic() - self._started
        row = Batch.objects.create(
            id=self.id,
            purpose=self.purpose,
            objects_count=objects_count,
            size_bytes=size_bytes,
            seconds=seconds,
        )
        transaction.on_commit(self.finish)
        return row

    def finish(self) -> None:
        """The batch stands: clears what is left of its making."""
        for store in self.stores:
            store.discard(str(self.id))
        self.journal.close()

    def take_back(self) -> None:
        """Undoes the batch, unless the database says that it was committed after all."""
        try:
            if self._recorded:
                settle(self.journal)
                return
            for store, placement in self._placed():
                store.take_back(placement)
            self.finish()
        except (DatabaseError, LantaiError, OSError) as error:
            # What made the batch fail is what people must hear; recovery finishes this later.
            log.warning("batch left for recovery", batch=str(self.id), error=str(error))
            self.journal.release()

    def _placed(self) -> Iterator[tuple[Store, Placement]]:
        by_key = {store.facts.key: store for store in self.stores}
        return ((by_key[key], placement) for key, placement in self.journal.placements)

    def _sync(self) -> None:
        for store in {store.volume: store for store in self.stores}.values():
            store.sync()

    @contextmanager
    def _open(self, slot: str, path: str) -> Iterator[_Tee]:
        with ExitStack() as files:
            with _told_plainly():
                targets = [
                    files.enter_context(store.stage(str(self.id), slot, path)) for store in self.stores
                ]
            yield _Tee(targets)
            with _told_plainly():
                files.close()


class _Tee:
    """Writes the same bytes to several files."""

    def __init__(self, targets: Sequence[IO[bytes]]) -> None:
        self._targets = targets

    def write(self, data: bytes) -> None:
        """Writes to every target."""
        with _told_plainly():
            for target in self._targets:
                target.write(data)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """A store's fault is not the source's: it ends the batch, in words an operator understands."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        raise Unavailable(
            _("总库存储空间不足，本批未入库，已撤回。")
            if full
            else _("总库存储无法写入，本批未入库，已撤回。"),
            subject=str(error.filename or error.strerror),
            remedy=_("请腾出空间或更换磁盘后重试；已入库的档案不受影响。")
            if full
            else _("请检查磁盘后重试；已入库的档案不受影响。"),
        ) from error


@contextmanager
def open_batch(purpose: str, stores: Sequence[Store]) -> Iterator[StagedBatch]:
    """A batch that leaves nothing behind when the block fails."""
    batch = StagedBatch(purpose, stores)
    try:
        yield batch
    except BaseException:
        batch.take_back()
        raise


def spread(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Applies a function to many items in threads, in order.

    Hashing, reading and writing release the interpreter's lock, so threads use every core. The
    function must not touch the database.
    """
    with ThreadPoolExecutor(max(2, WORKERS.read())) as pool:
        return list(pool.map(function, items))
