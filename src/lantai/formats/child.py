"""One child process of the pool, and what it was asked and has not answered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .streams import Asked

DEPTH = 6
"""Requests in a child's pipe; six paths of the longest kind fit into the pipe's 64 KiB."""
RECYCLE_AFTER = 5000
BASE_TIMEOUT_S = 30.0
BYTES_PER_S = 20 * 2**20
"""Slowest reading speed allowed before a file counts as stuck."""
_PIPE_BYTES = 64 * 2**10

Request = dict[str, Any]
Answer = dict[str, Any]


class Child:
    """A process that looks at files.

    Attributes:
        waiting: what it was asked, the one in hand first.
        deadline: monotonic time by which the one in hand must be answered.
    """

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "lantai.formats.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self.waiting: deque[Asked] = deque()
        self.deadline = 0.0
        self._done = 0
        self._buffer = b""

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
    def has_room(self) -> bool:
        """Whether it can be asked one thing more."""
        return len(self.waiting) < DEPTH and not self.is_spent

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def send(self, asked: Asked) -> None:
        """Hands over one request; a child that died is noticed when its answers end."""
        assert self.process.stdin is not None  # noqa: S101 - opened with a pipe above
        if not self.waiting:
            self._start_clock(asked.request)
        self.waiting.append(asked)
        line = json.dumps(asked.request, ensure_ascii=False).encode("utf-8", "surrogateescape")
        try:
            self.process.stdin.write(line + b"\n")
        except BrokenPipeError:
            return

    def receive(self) -> bool:
        """Passes on the answers that have arrived; false when the child has died."""
        data = os.read(self.stdout, _PIPE_BYTES)
        if not data:
            return False
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self.waiting.popleft().answer(line)
        self._done += len(lines)
        if lines and self.waiting:
            self._start_clock(self.waiting[0].request)
        return True

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
