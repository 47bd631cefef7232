"""One run of a job, as its function sees it."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Generic, TypeVar, overload

from django.db import connection, models, transaction

from ..locks import exclusive
from .models import Job, JobLine, JobMark, JobState

Item = TypeVar("Item")

KEY_BYTES = 16
RATE_WINDOW_S = 30.0
"""The rate is measured over this many seconds."""
WAIT_S = 0.2
"""How long to wait before chunks in others' hands are looked at again, seconds."""

pausing = threading.Event()
"""Set when this process is told to stop: runs pause after the chunk they are at."""


class Cancelled(Exception):  # noqa: N818 - not a fault
    """A person cancelled the job."""


class Paused(Exception):  # noqa: N818 - not a fault
    """The process stops; another will go on with the job."""


class Superseded(Exception):  # noqa: N818 - not a fault
    """The job was given to another process, which took this one for dead."""


class Chunk(Sequence[Item], Generic[Item]):
    """Items whose effects are committed together."""

    def __init__(self, items: Sequence[Item], keys: bytes) -> None:
        self.items = items
        self.keys = keys

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)


def item_key(item: object) -> object:
    """What tells an item apart: the primary key of a row, otherwise its text."""
    return item.pk if isinstance(item, models.Model) else item


class JobRun:
    """Tells people how far the job is, and commits its chunks.

    Attributes:
        committed: how many chunks this run has committed.

    Args:
        job: the job, already claimed by this process.
        observe: called whenever the progress changed.
        ask_for_help: called when chunks begin that other workers may share.
    """

    def __init__(
        self,
        job: Job,
        observe: Callable[[Job], None] | None = None,
        ask_for_help: Callable[[Job], None] | None = None,
    ) -> None:
        self.job = job
        self.actor = job.actor
        self._observe = observe or (lambda _job: None)
        self._ask_for_help = ask_for_help or (lambda _job: None)
        self._is_shared = False
        self.committed = 0
        self._finished: set[bytes] = set()
        self._times: deque[tuple[float, int]] = deque()

    def step(self, name: str, total: int | None = None) -> None:
        """Begins a step.

        Args:
            name: what is being done, as people say it; unique within the job.
            total: how many items it has, those finished by an earlier run included.
        """
        self.check()
        self._finished = self._marked(name) if self.job.attempt > 1 else set()
        self._times = deque([(time.monotonic(), len(self._finished))])
        self._save(step=name, total=total, done=len(self._finished), rate=None, eta_s=None)
        self._observe(self.job)

    def chunks(
        self,
        items: Iterable[Item],
        size: int = 100,
        key: Callable[[Item], object] = item_key,
        *,
        shared: bool = False,
    ) -> Iterator[Chunk[Item]]:
        """Cuts the items not yet finished into chunks, lazily.

        Args:
            items: what is to be done in this step; those an earlier run finished may be missing.
            size: items a chunk.
            key: what tells an item apart in its text form; two items must not share it.
            shared: whether further workers may take chunks meanwhile (see ``helper`` of
                :func:`~lantai.core.jobs.job`); when the walk ends, all are done, by whomever. No
                chunk may need another of the same walk. On SQLite, which has one writer, nothing
                is shared.

        Raises:
            ValueError: two items share a key, so that a mark could not tell them apart.
        """
        cut = self._cut(items, size, key)
        return self._share(cut) if shared and connection.vendor == "postgresql" else cut

    def _cut(self, items: Iterable[Item], size: int, key: Callable[[Item], object]) -> Iterator[Chunk[Item]]:
        seen: set[bytes] = set()
        source = iter(items)
        while batch := list(islice(source, size)):
            kept: list[Item] = []
            keys = bytearray()
            for item in batch:
                digest = hashlib.blake2b(str(key(item)).encode(), digest_size=KEY_BYTES).digest()
                if digest in seen:
                    raise ValueError(f"two items of job {self.job.kind} share the key {key(item)}")
                seen.add(digest)
                if digest not in self._finished:
                    kept.append(item)
                    keys += digest
            if kept:
                yield Chunk(kept, bytes(keys))

    def _share(self, chunks: Iterable[Chunk[Item]]) -> Iterator[Chunk[Item]]:
        """Chunks nobody else has in hand; in the end those of processes that died over them.

        A chunk in hand is a lock of the database's session: it goes with the process that holds it.
        """
        self._is_shared = True
        self._ask_for_help(self.job)
        left = list(chunks)
        while left:
            taken: list[Chunk[Item]] = []
            for chunk in left:
                with exclusive(f"job.{self.job.id}.{self.job.step}.{chunk.keys.hex()}") as held:
                    if not held:
                        taken.append(chunk)
                    elif not JobMark.objects.filter(
                        job=self.job, step=self.job.step, items=chunk.keys
                    ).exists():
                        yield chunk
            left = taken
            if left:
                self.check()
                time.sleep(WAIT_S)
        self._is_shared = False

    @contextmanager
    def commit(self, chunk: Chunk[Any]) -> Iterator[None]:
        """One transaction for a chunk's effects and its completion mark.

        Raises:
            Cancelled, Paused, Superseded: the run ends here; the job runner knows what to do.
        """
        self.check()
        with transaction.atomic():
            yield
            JobMark.objects.create(job=self.job, step=self.job.step, items=chunk.keys)
            done = self._done_so_far() + len(chunk)
            self._save(done=done, **self._speed(done))
        self.committed += 1
        self._observe(self.job)
        if pausing.is_set():
            raise Paused

    def advance(self, count: int = 1) -> None:
        """Counts items that need no completion mark because doing them again is harmless.

        Raises:
            Cancelled, Paused, Superseded: the run ends here; a later one begins the step anew.
        """
        self.check()
        done = self.job.done + count
        self._save(done=done, **self._speed(done))
        self._observe(self.job)
        if pausing.is_set():
            raise Paused

    def log(self, text: str) -> None:
        """Adds a line that people read beside the progress."""
        JobLine.objects.create(job=self.job, text=text)

    def check(self) -> None:
        """Ends the run if the job was cancelled or given to another process."""
        row = Job.objects.filter(id=self.job.id).values("attempt", "state", "cancel_requested").first()
        if row is None or row["attempt"] != self.job.attempt or row["state"] != JobState.RUNNING:
            raise Superseded
        if row["cancel_requested"]:
            raise Cancelled

    def _marked(self, step: str) -> set[bytes]:
        """Keys of the items whose chunks are done."""
        marked: set[bytes] = set()
        for mark in JobMark.objects.filter(job=self.job, step=step).iterator():
            keys = bytes(mark.items)
            marked.update(keys[i : i + KEY_BYTES] for i in range(0, len(keys), KEY_BYTES))
        return marked

    def _done_so_far(self) -> int:
        """Items done in this step, those of helpers included; holds the count until the chunk commits."""
        if not self._is_shared:
            return self.job.done
        return Job.objects.select_for_update().values_list("done", flat=True).get(id=self.job.id)

    def _save(self, **values: Any) -> None:
        """Writes progress, unless the job is no longer this run's: then nothing may be committed."""
        mine = Job.objects.filter(id=self.job.id, attempt=self.job.attempt, state=JobState.RUNNING)
        if not mine.update(**values):
            raise Superseded
        for name, value in values.items():
            setattr(self.job, name, value)

    def _speed(self, done: int) -> dict[str, float | None]:
        now = time.monotonic()
        self._times.append((now, done))
        while now - self._times[0][0] > RATE_WINDOW_S and len(self._times) > 2:
            self._times.popleft()
        then, before = self._times[0]
        rate = (done - before) / (now - then) if now > then else None
        eta_s = (self.job.total - done) / rate if rate and self.job.total is not None else None
        return {"rate": rate, "eta_s": max(eta_s, 0.0) if eta_s is not None else None}


class HelpingRun(JobRun):
    """A further worker's part in a job that another one runs: shared chunks, and nothing else."""

    def step(self, name: str, total: int | None = None) -> None:
        """Joins a step; how far it is stands with the job."""
        self.check()
        self.job.step, self.job.total = name, total
        self._finished = self._marked(name)
        self._times = deque([(time.monotonic(), self.job.done)])
