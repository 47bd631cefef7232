"""Looking ahead in a child: the files at hand are identified together, before each is opened.

Siegfried's automata fill the processor's caches and PDFium empties them again: identified one by
one, between two that are drawn, a file costs two milliseconds; among thirty others, 0.7. A child
says when it begins and when it ends with this (``MARK``), because if it dies meanwhile nobody can
tell which of the files it was: then they are looked at singly (``Asked.singly``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid

from .child import SINGLE
from .identification import identify_many
from .results import Identification

MARK = b"\n"
"""An empty line among the answers: the look ahead begins, or ends."""
_READ_BYTES = 64 * 2**10


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file was when it was looked at ahead.

    Attributes:
        state: inode, size and times; another one means another file, or one that was written to.
        identification: its format.
    """

    state: tuple[int, ...]
    identification: Identification


def requests_at_hand(descriptor: int) -> Iterator[list[dict[str, Any]]]:
    """What stands in a pipe, a line each, whenever there is something; until its end."""
    rest = b""
    while data := os.read(descriptor, _READ_BYTES):
        *lines, rest = (rest + data).split(b"\n")
        if lines:
            yield [json.loads(line.decode("utf-8", "surrogateescape")) for line in lines]


def identify_ahead(requests: Sequence[dict[str, Any]], tell: Callable[[bytes], object]) -> dict[str, Seen]:
    """By path, the formats of the files that are to be examined; of none where there is but one.

    Args:
        requests: at hand. A file that may be unchanged needs no format before that is known.
        tell: given ``MARK`` before and after.
    """
    paths = [request["path"] for request in requests if _is_wanted(request)]
    if len(paths) < 2:
        return {}
    tell(MARK)
    try:
        states = [_state_of(path) for path in paths]
        formats = identify_many(map(Path, paths))
        found = dict(zip(paths, map(Seen, states, formats), strict=True))
    except (OSError, Invalid, MemoryError):
        found = {}  # each by itself then, and its own answer says why
    tell(MARK)
    return found


def known_format(path: str, seen: Mapping[str, Seen]) -> Identification | None:
    """What was seen ahead of a file, where it is the same still."""
    ahead = seen.get(path)
    return ahead.identification if ahead and ahead.state == _state_of(path) else None


def _state_of(path: str) -> tuple[int, ...]:
    status = os.stat(path)  # noqa: PTH116 - twice a file, so no path object
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_wanted(request: dict[str, Any]) -> bool:
    return request["task"] == "examine" and not request.get("known") and not request.get(SINGLE)
