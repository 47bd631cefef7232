"""One child process of the pool, and what it was asked and has not answered."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .streams import Asked

DEPTH = 32
"""Requests in a child's pipe, so that it has work while those who ask compute."""
RECYCLE_AFTER = 5000
BASE_TIMEOUT_S = 30.0
CONTENT_BYTES = 32 * 2**20
"""Size of all files a child is asked to look at ahead, so that none waits long behind large ones."""
PATIENCE_S = 10.0
"""How long others wait behind one file before they are asked of another child."""
BYTES_PER_S = 20 * 2**20
"""Slowest reading speed allowed before a file counts as stuck."""
LONGEST_ANSWER_BYTES = 128 * 2**20
"""What a child may say of one file; the METS document of 100,000 files takes a quarter of it."""
MUCH_BYTES = 2**20
"""A child that had so much to say of one file is replaced: what it took for it does not come back."""
_PIPE_BYTES = 64 * 2**10
"""What a pipe holds, and no more is read from one at a time."""
_HELD_BYTES = _PIPE_BYTES // 2
"""Requests that may wait in a pipe, so that nobody waits for a child to read: a write begins a page
of its own where it does not fit what is left of one, so that no more than half is sure to be had."""

WRITES = "writes"
"""Of a request: it writes files."""
SINGLE = "single"
"""Of a request: it must not be looked at together with others."""

_ALONE = {"GOMAXPROCS": "1"}
"""There is a child for every core: Siegfried's threads in one would only wake each other."""

Request = dict[str, Any]
Answer = dict[str, Any]


class Child:
    """A process that looks at files.

    Attributes:
        waiting: what it was asked, the one in hand first.
        since: monotonic time when it took in hand what it has in hand.
        deadline: monotonic time by which that must be answered.
        said_too_much: it began an answer longer than any may be.
        looks_ahead: it identifies all that it was asked to examine, and has not come to the first of it.
    """

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "lantai.formats.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**os.environ, **_ALONE},
        )
        self.waiting: deque[Asked] = deque()
        self.since = self.deadline = time.monotonic()
        self._done = 0
        self._held_bytes = self._held_content_bytes = 0
        self._unsent: list[bytes] = []
        self._buffer = bytearray()
        self.said_too_much = self.looks_ahead = False

    @property
    def load(self) -> int:
        """How many requests it holds."""
        return len(self.waiting)

    @property
    def stdout(self) -> int:
        """File descriptor of the answers."""
        assert self.process.stdout is not None  # noqa: S101 - opened with a pipe above
        return self.process.stdout.fileno()

    @property
    def is_spent(self) -> bool:
        """Whether it has looked at, or holds, as many files as one child should."""
        return self._done + len(self.waiting) >= RECYCLE_AFTER

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def is_slow(self, now: float) -> bool:
        """Whether others had better not wait for what it has in hand."""
        return bool(self.waiting) and not self.looks_ahead and now >= self.since + PATIENCE_S

    def next_look(self, now: float) -> float:
        """When to look whether it is slow, or stuck."""
        return self.deadline if self.is_slow(now) else min(self.deadline, self.since + PATIENCE_S)

    def has_room(self, asked: Asked) -> bool:
        """Whether it can be asked this as well.

        What writes files is asked of an idle child alone: behind another it could be withdrawn, and
        done once more by this one when somebody reads already what another wrote.
        """
        if not self.waiting:
            return True
        if asked.request.get(WRITES):
            return False
        fits = self._held_bytes + len(asked.line) <= _HELD_BYTES
        soon = self._held_content_bytes + asked.size_bytes <= CONTENT_BYTES
        return len(self.waiting) < DEPTH and fits and soon and not self.is_spent

    def withdraw(self) -> list[Asked]:
        """What waits behind the one in hand, to be asked of others; its own answers to them are dropped."""
        behind = [asked for asked in islice(self.waiting, 1, None) if not asked.is_dropped]
        return [asked.elsewhere() for asked in behind]

    def give_back(self) -> list[Asked]:
        """All that it was asked, to be asked of others; singly where nobody knows at which file it ended."""
        return [asked.singly() for asked in self.waiting if not asked.is_dropped]

    def take(self, asked: Asked) -> None:
        """Notes one request more; :meth:`send` hands it over."""
        self.waiting.append(asked)
        if len(self.waiting) == 1:
            self._start_clock()
        self._held_bytes += len(asked.line)
        self._held_content_bytes += asked.size_bytes
        self._unsent.append(asked.line)

    def send(self) -> None:
        """Hands over what it was asked in one write; a child that died is noticed when its answers end.

        Every call into the system lets go of the interpreter and waits for it again, so few are made.
        """
        if not self._unsent:
            return
        assert self.process.stdin is not None  # noqa: S101 - opened with a pipe above
        lines, self._unsent = b"".join(self._unsent), []
        with suppress(BrokenPipeError):
            self.process.stdin.write(lines)

    def receive(self) -> bool:
        """Passes on the answers that have arrived; false when the child has died, or must."""
        data = os.read(self.stdout, _PIPE_BYTES)
        self._buffer += data
        self.said_too_much = len(self._buffer) > LONGEST_ANSWER_BYTES
        if not data or self.said_too_much:
            return False
        if b"\n" not in data:
            return True
        *told, self._buffer = self._buffer.split(b"\n")
        lines = [line for line in told if line]
        self.looks_ahead ^= (len(told) - len(lines)) % 2 == 1  # an empty line says that it begins, or ends
        for line in lines:
            asked = self.waiting.popleft()
            self._held_bytes -= len(asked.line)
            self._held_content_bytes -= asked.size_bytes
            asked.answer(line)
        much = any(len(line) > MUCH_BYTES for line in lines)
        self._done += RECYCLE_AFTER if much else len(lines)
        if told and self.waiting:
            self._start_clock()
        return True

    def is_stuck(self, now: float) -> bool:
        """Whether what it has in hand takes longer than its size allows, or the look ahead too long for all."""
        return bool(self.waiting) and now >= (self.since + PATIENCE_S if self.looks_ahead else self.deadline)

    def stop(self) -> None:
        """Ends the process at once."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def _start_clock(self) -> None:
        asked = self.waiting[0]
        self.since = time.monotonic()
        allowed_s = asked.request.get("allowed_s", BASE_TIMEOUT_S)
        self.deadline = self.since + allowed_s + asked.size_bytes / BYTES_PER_S
