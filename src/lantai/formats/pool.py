"""A pool of child processes that look at files, so that a hostile file can hurt only a child.

All threads of this process share the children. Who asks puts requests into the pool's queue and
takes the answers from a stream of their own; a thread of the pool hands the requests out, a few
ahead, so that no child idles between files, and reads the answers. A child is replaced after many
files, after a time-out, or after a crash.
"""

from __future__ import annotations

import atexit
import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from lantai.core import settings

from .child import Answer, Child, Request
from .streams import Asked, Stream

SPARE = 2
"""How many children more than usual there may be while others are slow."""
_CRASHED = "解析程序在打开它时崩溃"
_STUCK = "打开它用时过长，已中止"
_TOO_LONG = "解析结果长得不合常理，已中止"
_ENDED = "解析程序无法运行"


class Pool:
    """So many children, each started when there is work for it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.children: list[Child] = []
        self.is_open = True
        self._queue: deque[Asked] = deque()
        self._lock = threading.Lock()
        self._bell, self._ring = os.pipe()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, name="formats-pool", daemon=True)
        self._thread.start()

    def ask(self, asked: Sequence[Asked]) -> None:
        """Puts requests into the queue."""
        with self._lock:
            if not self.is_open:
                _refuse(asked)
                return
            self._line_up(asked)
            os.write(self._ring, b"!")

    def close(self) -> None:
        """Ends the children; what is still asked is answered with a crash."""
        with self._lock:
            if self.is_open:
                self.is_open = False
                os.write(self._ring, b"!")
        self._thread.join()

    def _line_up(self, asked: Iterable[Asked]) -> None:
        """A request for which somebody waits goes before those of the streams."""
        for each in asked:
            (self._queue.appendleft if each.is_alone else self._queue.append)(each)

    def _serve(self) -> None:
        try:
            while self.is_open:
                self._hand_out()
                self._listen()
        finally:
            with self._lock:
                self.is_open = False
                _refuse([*self._queue, *(asked for child in self.children for asked in child.waiting)])
                self._queue.clear()
            for child in [*self.children]:
                self._remove(child)
            self._selector.close()
            os.close(self._bell)
            os.close(self._ring)

    def _hand_out(self) -> None:
        """Fills the children, the least busy first; lets those go that are old or too many."""
        now = time.monotonic()
        slow = [child for child in self.children if child.is_slow(now)]
        with self._lock:
            for child in slow:
                self._line_up(child.withdraw())
            while self._queue:
                if self._queue[0].stream.closed:
                    self._queue.popleft()
                elif (ready := self._with_room(self._queue[0], slow)) is not None:
                    ready.take(self._queue.popleft())
                else:
                    break
            crowded = not self._queue
        for child in self.children:
            child.send()
        for child in [child for child in self.children if not child.load]:
            if child.is_spent or (crowded and len(self.children) > self.size):
                self._remove(child)

    def _with_room(self, asked: Asked, slow: Sequence[Child]) -> Child | None:
        """The child to ask this; a new one where there may be one more."""
        for idle in [child for child in self.children if not child.load]:
            if idle.is_spent or not idle.is_alive:  # it may have died of something outside between two files
                self._remove(idle)
        ready = [child for child in self.children if child not in slow and child.has_room(asked)]
        child = min(ready, key=attrgetter("load"), default=None)
        if child is not None and not child.load:
            return child
        if len(self.children) < self.size + min(SPARE, len(slow)):
            child = Child()
            self._selector.register(child.stdout, selectors.EVENT_READ, child)
            self.children.append(child)
        return child

    def _listen(self) -> None:
        """Waits for answers, for requests, or until a child has taken too long."""
        for key, _mask in self._selector.select(self._left_s()):
            if key.data is None:
                os.read(self._bell, 4096)
            elif not key.data.receive():
                self._replace(key.data, _TOO_LONG if key.data.said_too_much else _CRASHED)
        now = time.monotonic()
        for child in [child for child in self.children if child.is_stuck(now)]:
            self._replace(child, _STUCK)

    def _left_s(self) -> float | None:
        """Until somebody has waited long enough for a child; ``None`` while none has anything in hand."""
        now = time.monotonic()
        moments = [child.next_look(now) for child in self.children if child.load]
        return max(0.0, min(moments) - now) if moments else None

    def _replace(self, child: Child, why: str) -> None:
        """Ends a child; what it had in hand is excused, what waited behind is asked of others.

        Where it ended while it looked ahead nobody knows at which file: all are asked again, singly.
        """
        if child.looks_ahead:
            again = child.give_back()
            self._remove(child)
            with self._lock:
                self._line_up(again)
            return
        in_hand, behind = next(iter(child.waiting), None), child.withdraw()
        self._remove(child)
        instead = in_hand.after_crash(why) if in_hand and not in_hand.is_dropped else None
        with self._lock:
            self._line_up([*behind, instead] if instead else behind)

    def _remove(self, child: Child) -> None:
        self._selector.unregister(child.stdout)
        self.children.remove(child)
        child.stop()


def _refuse(asked: Iterable[Asked]) -> None:
    for each in asked:
        each.answer({"crash": _ENDED})


_pools: dict[int, Pool] = {}
_pools_lock = threading.Lock()


def shared_pool() -> Pool:
    """The pool of this process; a process that was forked starts its own."""
    with _pools_lock:
        pool = _pools.get(os.getpid())
        if pool is None or not pool.is_open:
            pool = _pools[os.getpid()] = Pool(max(1, settings.WORKERS.read()))
            atexit.register(pool.close)
    return pool


def run_requests(requests: Iterable[Request]) -> Iterator[Answer]:
    """Answers in the order of the requests.

    Where a child could not answer, the answer is ``{"crash": why}``; a file that could not be
    examined is at least identified, in a new child. A request with an ``answer`` is given that,
    in its turn.
    """
    return Stream(shared_pool().ask).answers(requests)
