"""A pool of child processes that look at files, so that a hostile file can hurt only a child.

Children are started once, reused, and replaced after many files, after a time-out, or after a
crash. Requests wait in a child's pipe up to a small depth, so that no child idles between files.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from lantai.core import settings

DEPTH = 6
"""Requests in a child's pipe; six paths of the longest kind fit into the pipe's 64 KiB."""
RECYCLE_AFTER = 5000
BASE_TIMEOUT_S = 30.0
BYTES_PER_S = 20 * 2**20
"""Slowest reading speed allowed before a file counts as stuck."""
_LOOK_AHEAD = 64
_PIPE_BYTES = 64 * 2**10

Request = dict[str, Any]
Answer = dict[str, Any]


class Child:
    """One child process and the requests it has not answered."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "lantai.formats.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self.waiting: deque[tuple[int, Request]] = deque()
        self.deadline = 0.0
        self.done = 0
        self._buffer = bytearray()

    @property
    def stdout(self) -> int:
        """File descriptor of the answers."""
        assert self.process.stdout is not None  # noqa: S101 - opened with a pipe above
        return self.process.stdout.fileno()

    @property
    def is_fit(self) -> bool:
        """Whether it can be used again: alive, nothing pending, not too old."""
        return not self.waiting and self.process.poll() is None and self.done < RECYCLE_AFTER

    def send(self, index: int, request: Request) -> None:
        """Hands over one request; a child that died is noticed when its answers end."""
        assert self.process.stdin is not None  # noqa: S101 - opened with a pipe above
        if not self.waiting:
            self._start_clock(request)
        self.waiting.append((index, request))
        line = json.dumps(request, ensure_ascii=False).encode("utf-8", "surrogateescape")
        try:
            self.process.stdin.write(line + b"\n")
        except BrokenPipeError:
            return

    def receive(self) -> list[tuple[int, Answer]] | None:
        """The answers that have arrived; ``None`` when the child has died."""
        data = os.read(self.stdout, _PIPE_BYTES)
        if not data:
            return None
        self._buffer += data
        *lines, rest = bytes(self._buffer).split(b"\n")
        self._buffer = bytearray(rest)
        answers = []
        for line in lines:
            index, _ = self.waiting.popleft()
            answers.append((index, json.loads(line)))
            self.done += 1
        if lines and self.waiting:
            self._start_clock(self.waiting[0][1])
        return answers

    def stop(self) -> None:
        """Ends the process at once."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _start_clock(self, request: Request) -> None:
        try:
            size_bytes = os.stat(request["path"]).st_size  # noqa: PTH116 - once a file, so no path object
        except OSError:
            size_bytes = 0
        allowed_s = request.get("allowed_s", BASE_TIMEOUT_S)
        self.deadline = time.monotonic() + allowed_s + size_bytes / BYTES_PER_S


class Pool:
    """As many idle children as ``LANTAI_WORKERS`` says, shared by all threads of this process.

    Who comes while all are lent gets one child more, which is ended afterwards: nobody waits for
    somebody else's stream, not even for its own.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._idle: list[Child] = []
        self._lent = 0
        self._lock = threading.Lock()

    @contextmanager
    def lend(self) -> Iterator[list[Child]]:
        """All children nobody else is using now; at least one."""
        with self._lock:
            count = max(1, self.size - self._lent)
            children, self._idle = self._idle[:count], self._idle[count:]
            self._lent += count
        children += [Child() for _ in range(count - len(children))]
        try:
            yield children
        finally:
            with self._lock:
                self._lent -= count
                for child in children:
                    if child.is_fit and len(self._idle) < self.size:
                        self._idle.append(child)
                    else:
                        child.stop()

    def close(self) -> None:
        """Ends all idle children."""
        with self._lock:
            for child in self._idle:
                child.stop()
            self._idle = []


_pools: dict[int, Pool] = {}
_pools_lock = threading.Lock()


def shared_pool() -> Pool:
    """The pool of this process; a process that was forked starts its own."""
    with _pools_lock:
        pool = _pools.get(os.getpid())
        if pool is None:
            pool = _pools[os.getpid()] = Pool(max(1, settings.WORKERS.read()))
            atexit.register(pool.close)
    return pool


def run_requests(requests: Iterable[Request]) -> Iterator[Answer]:
    """Answers in the order of the requests.

    Where a child could not answer, the answer is ``{"crash": why}``; a file that could not be
    examined is at least identified, in a new child.
    """
    with shared_pool().lend() as children, selectors.DefaultSelector() as selector:
        yield from _Run(children, requests, selector).answers()


class _Run:
    """One stream of requests over some children."""

    def __init__(
        self, children: list[Child], requests: Iterable[Request], selector: selectors.BaseSelector
    ) -> None:
        self.children = children
        self.selector = selector
        for child in children:
            selector.register(child.stdout, selectors.EVENT_READ, child)
        self.requests = enumerate(requests)
        self.again: deque[tuple[int, Request]] = deque()
        self.ready: dict[int, Answer] = {}
        self.next_index = 0
        self.sent_index = -1
        self.exhausted = False

    def answers(self) -> Iterator[Answer]:
        while True:
            self._fill()
            while self.next_index in self.ready:
                yield self.ready.pop(self.next_index)
                self.next_index += 1
                self._fill()
            if not any(child.waiting for child in self.children):
                if self.exhausted and not self.again:
                    return
                continue
            self._collect()

    def _fill(self) -> None:
        for _ in range(DEPTH):
            for child in self.children:
                if len(child.waiting) < DEPTH:
                    following = self._following()
                    if following is None:
                        return
                    child.send(*following)

    def _following(self) -> tuple[int, Request] | None:
        if self.again:
            return self.again.popleft()
        if self.exhausted or self.sent_index - self.next_index >= _LOOK_AHEAD:
            return None
        following = next(self.requests, None)
        if following is None:
            self.exhausted = True
            return None
        self.sent_index = following[0]
        return following

    def _collect(self) -> None:
        busy = [child for child in self.children if child.waiting]
        left_s = min(child.deadline for child in busy) - time.monotonic()
        events = self.selector.select(max(0.0, left_s))
        for key, _ in events:
            answers = key.data.receive()
            if answers is None:
                self._replace(key.data, "解析程序在打开它时崩溃")
            else:
                self.ready.update(answers)
        if not events:
            now = time.monotonic()
            for child in [child for child in busy if child.deadline <= now]:
                self._replace(child, "打开它用时过长，已中止")

    def _replace(self, child: Child, why: str) -> None:
        if child.waiting:  # else it died of something outside between two files
            self._excuse(*child.waiting.popleft(), why)
        self.again.extendleft(reversed(child.waiting))
        self.selector.unregister(child.stdout)
        child.stop()
        self.children[self.children.index(child)] = new = Child()
        self.selector.register(new.stdout, selectors.EVENT_READ, new)

    def _excuse(self, index: int, request: Request, why: str) -> None:
        if request["task"] == "examine":
            self.again.append((index, {"task": "identify", "path": request["path"], "crash": why}))
        else:
            self.ready[index] = {"crash": request.get("crash", why)}
