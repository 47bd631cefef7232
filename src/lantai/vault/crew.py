"""A crew of child processes: for work on so many objects that one interpreter is the bottleneck.

Python's lock lets one thread compute at a time, and an object takes dozens of short system calls
that each let go of the lock and wait for it again. Children have a lock each. They know neither
Django nor the database: they take a function by its name with plain values, and answer with plain
values. Where there is little to do, or a store cannot go to another process, threads do the same.

A child ends with its input, so none outlives its parent, however that ends.
"""

from __future__ import annotations

import atexit
import gc
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import Any, TypeVar

from lantai.core.errors import Unavailable
from lantai.core.language import gettext as _
from lantai.core.settings import WORKERS

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH = 64
"""Fewer items are done by threads: starting a child costs as much as a few hundred small files."""
AT_ONCE = 8
"""Threads where work waits for a store elsewhere rather than for this machine."""
MANY_AT_ONCE = 32
"""The same where each item is a few small requests."""
COLLECTED_AFTER = 50_000
"""Of what a child makes nearly nothing goes round in a circle: it looks for that seldom."""
AHEAD = 8
"""Pieces for each child that are sent before the results of earlier ones are fetched."""
FAR_AHEAD = 32
"""The same where results are small and one item may take as long as thousands: the others go on meanwhile."""
PIECE = 48
"""Items a child is sent at a time: enough that it is not waiting for a busy parent most of the time."""


class _Child:
    """One process, asked one piece at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "lantai.vault.crew"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, function: Callable[[Item], Result], items: list[Item]) -> list[Result]:
        """The results in order; what the function raised is raised here."""
        to_child, from_child = self._process.stdin, self._process.stdout
        assert to_child is not None  # noqa: S101 - opened with a pipe above
        assert from_child is not None  # noqa: S101
        to_child.write(pickle.dumps((function, items), pickle.HIGHEST_PROTOCOL))
        to_child.flush()
        results, error = pickle.load(from_child)  # noqa: S301 - our own child
        if error is not None:
            raise error
        return list(results)

    def stop(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


class _Crew:
    """As many children as ``LANTAI_WORKERS`` says, started when they are needed, each led by a thread."""

    def __init__(self) -> None:
        self.size = size = max(2, WORKERS.read())
        self._idle: queue.SimpleQueue[_Child | None] = queue.SimpleQueue()
        for _place in range(size):
            self._idle.put(None)
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="vault-crew")
        atexit.register(self.close)

    def submit(self, function: Callable[[Item], Result], items: list[Item]) -> Future[list[Result]]:
        """Sends a piece to whichever child is free first."""
        return self._threads.submit(self._ask, function, items)

    def _ask(self, function: Callable[[Item], Result], items: list[Item]) -> list[Result]:
        child = self._idle.get() or _Child()
        is_lost = False
        try:
            return child.ask(function, items)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            is_lost = True
            child.stop()
            raise Unavailable(
                _("处理档案的子进程中断。"),
                remedy=_("请查看内存是否不足后重试；已入库的档案不受影响。"),
            ) from error
        finally:
            self._idle.put(None if is_lost else child)

    def close(self) -> None:
        """Ends the children."""
        while not self._idle.empty():
            child = self._idle.get()
            if child:
                child.stop()


_crews: dict[int, _Crew] = {}
_starting = threading.Lock()


def _crew() -> _Crew:
    """The crew of this process; one that was forked starts its own."""
    with _starting:
        return _crews.setdefault(os.getpid(), _crews.get(os.getpid()) or _Crew())


def spread(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    crosses: bool = False,
    at_once: int = AT_ONCE,
    ahead: int = AHEAD,
) -> Iterator[Result]:
    """Applies a function to many items, several at a time; results come in order, as they are ready.

    Not more than a few pieces are taken from ``items`` ahead of the results that were fetched, so
    that any number of items passes in little memory.

    Args:
        function: must not touch the database; where it ``crosses``, a module's own function or a
            ``partial`` of one.
        items: what to do.
        crosses: whether function and items may go to another process, by ``pickle``.
        at_once: how many together where they may not; more where each is small and waits for a server.
        ahead: pieces for each child beyond the results that were fetched.
    """
    source = iter(items)
    first = list(islice(source, WORTH)) if crosses else []
    if len(first) == WORTH:
        crew = _crew()
        yield from _flow(crew.submit, ahead * crew.size, function, chain(first, source), PIECE)
        return
    size = max(2, WORKERS.read()) if crosses else at_once
    with ThreadPoolExecutor(size) as threads:
        yield from _flow(
            lambda each, piece: threads.submit(lambda: [each(item) for item in piece]),
            2 * size, function, chain(first, source), 1,
        )  # fmt: skip


def _flow(
    submit: Callable[[Callable[[Item], Result], list[Item]], Future[list[Result]]],
    ahead: int,
    function: Callable[[Item], Result],
    items: Iterable[Item],
    size: int,
) -> Iterator[Result]:
    source, waiting = iter(items), deque[Future[list[Result]]]()
    try:
        while True:
            while len(waiting) < ahead and (piece := list(islice(source, size))):
                waiting.append(submit(function, piece))
            if not waiting:
                return
            yield from waiting.popleft().result()
    finally:
        for left in waiting:  # nobody may still be writing when the caller takes a batch back
            if not left.cancel():
                left.exception()


def _serve() -> None:
    """A child's life: a piece in, its results out, until there is no more input."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    gc.set_threshold(COLLECTED_AFTER)
    while True:
        try:
            function, items = pickle.load(source)  # noqa: S301 - our own parent
        except EOFError:
            return
        answer: tuple[list[Any], Exception | None]
        try:
            answer = [function(item) for item in items], None
        except Exception as error:  # noqa: BLE001 - it is the parent's to handle
            answer = [], error
        try:
            pickle.dump(answer, target, pickle.HIGHEST_PROTOCOL)
            target.flush()
        except BrokenPipeError:  # whoever asked was killed
            os._exit(0)


if __name__ == "__main__":
    _serve()
