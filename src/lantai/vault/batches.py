"""A batch of writes to several stores: staged, synced once, placed, committed, or taken back.

::

    with open_batch("ingest", stores) as batch:
        digests = batch.copy(slot, path, source)      # every byte read once, written to every store
        with transaction.atomic():
            with batch.placing(placements):           # journal, sync, rename, sync
                ...                                   # rows
            batch.record(size_bytes)                  # the row that makes it stand
            ...                                       # ledger, outbox
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from lantai.core.digests import Digests, Readable
from lantai.core.errors import LantaiError, Unavailable
from lantai.core.identifiers import new_id

from .crew import spread
from .journal import Journal, settle
from .models import Batch
from .staging import Staging, StoreFault, ToCopy, Unreadable, copy_file, place_version, store_faults
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
        self.staging = Staging(str(self.id), stores)
        self.journal = Journal.begin(self.id, purpose, stores)
        self.size_bytes = 0
        self.note = ""
        """What the event of the batch says besides its number."""
        self._recorded = False
        self._ahead: list[Future[None]] = []
        self._started = time.monotonic()

    def begin(self) -> None:
        """Opens it on every store.

        Raises:
            Unavailable: a store could not be written.
        """
        with _told_plainly(), store_faults():
            for store in self.stores:
                store.begin(str(self.id))

    def copy(self, slot: str, path: str, source: Readable) -> Digests:
        """Writes a source to every store in one pass over its bytes.

        Raises:
            Unavailable: a store could not be written.
            OSError: the source could not be read.
        """
        with _told_plainly():
            return self.staging.copy(slot, path, source)

    def copy_files(self, files: Iterable[ToCopy]) -> Generator[Digests | Unreadable, None, None]:
        """Copies many files, several at a time; answers in order, as they are ready.

        Raises:
            Unavailable: a store could not be written.
        """
        yield from self.each(copy_file, files)

    def each(
        self, work: Callable[[Staging, Item], Result], items: Iterable[Item]
    ) -> Generator[Result, None, None]:
        """Does one thing to many staged objects, several at a time, in child processes where it can."""
        with _told_plainly():
            yield from spread(partial(work, self.staging), items, crosses=self.staging.crosses)

    def sync_ahead(self) -> None:
        """Begins to make safe what is staged, beside the work that follows; :meth:`place` does it for good."""
        if self.staging.crosses:
            with_it = ThreadPoolExecutor(1, thread_name_prefix="vault-sync")
            self._ahead.append(with_it.submit(self._sync))
            with_it.shutdown(wait=False)

    def write(self, slot: str, path: str, pieces: Iterable[bytes]) -> Digests:
        """Writes bytes made here to every store."""
        with _told_plainly():
            return self.staging.write(slot, path, pieces)

    def put(self, slot: str, files: Mapping[str, bytes]) -> None:
        """Writes small files made here to every store, by path.

        Raises:
            Unavailable: a store could not be written.
        """
        with _told_plainly():
            self.staging.put(slot, files)

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
        with _told_plainly(), store_faults():
            for ahead in self._ahead:
                ahead.result()  # the system tells only once of a block that it could not write
            self._sync()
            self.journal.place(placements)
            for _placed in self.each(
                place_version, ((s.facts.key, placement) for s, placement in placements)
            ):
                pass
            self._sync()

    def expect(self, placements: Sequence[tuple[Store, Placement]]) -> None:
        """Writes down what is about to be written in place, so that it is taken back if the batch is."""
        with _told_plainly(), store_faults():
            self.journal.place(placements)

    @contextmanager
    def placing(self, placements: Sequence[tuple[Store, Placement]]) -> Iterator[None]:
        """:meth:`place`, beside what the block does. At its end all stand, or nothing is moved any more."""
        with ThreadPoolExecutor(1, thread_name_prefix="vault-placing") as beside:
            placed = beside.submit(self.place, placements)
            yield
            placed.result()

    def swap(self, slot: str, object_path: str) -> None:
        """Puts a staged object in the place of a damaged one, which goes to quarantine."""
        with _told_plainly(), store_faults():
            self._sync()
            for store in self.stores:
                store.replace(str(self.id), slot, object_path)
            self._sync()

    def erase(self, slots: Mapping[str, str]) -> None:
        """Puts staged tombstones, by slot, in the place of objects of which nothing may stay."""
        with _told_plainly(), store_faults():
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
        """The batch stands: clears what is left of its making, now or when its store answers again."""
        try:
            for store in self.stores:
                store.discard(str(self.id))
        except (LantaiError, OSError) as error:
            log.warning("batch left for recovery", batch=str(self.id), error=str(error))
            self.journal.release()
        else:
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
def _told_plainly() -> Iterator[None]:
    """A store's fault ends the batch, in words an operator understands; a source's fault does not."""
    try:
        yield
    except StoreFault as error:
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
        batch.begin()
        yield batch
    except BaseException:
        batch.take_back()
        raise
