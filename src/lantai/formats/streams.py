"""What is asked of the pool, and the stream in which the answers come back in order."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from queue import SimpleQueue

from .child import SINGLE, Answer, Request

LOOK_AHEAD = 64
"""Requests of one stream that may be under way or answered before their turn."""


class Asked:
    """A request on its way through the pool.

    Attributes:
        is_alone: somebody waits for this one answer, and not for many.
        line: the bytes a child reads it from.
        size_bytes: size of the file that is to be looked at.
    """

    __slots__ = ("index", "is_alone", "is_dropped", "line", "request", "size_bytes", "stream")

    def __init__(self, stream: Stream, index: int, request: Request, *, is_alone: bool) -> None:
        self.stream = stream
        self.is_alone = is_alone
        self.index = index
        self.request = request
        self.is_dropped = False
        try:
            self.size_bytes = os.stat(request["path"]).st_size  # noqa: PTH116 - once a file, so no path object
        except OSError:
            self.size_bytes = 0
        self.line = json.dumps(request, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"

    def answer(self, answer: Answer | bytearray) -> None:
        """Gives the answer, as a dictionary or as the line a child wrote, to who asked."""
        if not self.is_dropped:
            self.stream.inbox.put((self.index, answer))

    def elsewhere(self) -> Asked:
        """The same, to be asked of somebody else; no answer is taken from who has it now."""
        self.is_dropped = True
        return Asked(self.stream, self.index, self.request, is_alone=self.is_alone)

    def singly(self) -> Asked:
        """The same, to be asked of somebody else, who must not look at it together with others."""
        self.is_dropped = True
        return Asked(self.stream, self.index, {**self.request, SINGLE: True}, is_alone=self.is_alone)

    def after_crash(self, why: str) -> Asked | None:
        """What to ask instead, where a child could not answer: a file is at least identified.

        Where there is nothing else to ask, the answer is ``{"crash": why}``.
        """
        if self.request["task"] == "examine":
            request = {"task": "identify", "path": self.request["path"], "crash": why}
            return Asked(self.stream, self.index, request, is_alone=self.is_alone)
        self.answer({"crash": self.request.get("crash", why)})
        return None


class Stream:
    """Requests of one thread and their answers, in order, a bounded number ahead.

    Args:
        ask: puts requests into the pool's queue.
    """

    def __init__(self, ask: Callable[[Sequence[Asked]], None]) -> None:
        self.inbox: SimpleQueue[tuple[int, Answer | bytearray]] = SimpleQueue()
        self.closed = False
        self._ask = ask
        self._ready: dict[int, Answer | bytearray] = {}

    def answers(self, requests: Iterable[Request]) -> Iterator[Answer]:
        """The answers in the order of the requests; a request may carry its own (``answer``)."""
        source = enumerate(requests)
        given = asked_until = 0
        try:
            while True:
                if asked_until - given <= LOOK_AHEAD // 2:  # half of it at a time, so that others wake seldom
                    asked_until += self._ask_for(list(islice(source, LOOK_AHEAD - (asked_until - given))))
                if given == asked_until:
                    return
                yield self._answer(given)
                given += 1
        finally:
            self.closed = True

    def _ask_for(self, fresh: Sequence[tuple[int, Request]]) -> int:
        for index, request in fresh:
            if "answer" in request:
                self._ready[index] = request["answer"]
        alone = len(fresh) == 1
        asked = [
            Asked(self, index, request, is_alone=alone) for index, request in fresh if "answer" not in request
        ]
        if asked:
            self._ask(asked)
        return len(fresh)

    def _answer(self, index: int) -> Answer:
        while index not in self._ready:
            arrived, answer = self.inbox.get()
            self._ready[arrived] = answer
        answer = self._ready.pop(index)
        return json.loads(answer) if isinstance(answer, bytearray) else answer
