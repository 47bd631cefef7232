"""Boxes of messages: mboxo and mboxrd, told apart by nothing, split as they stream (RFC 4155)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LONGEST_LINE_BYTES = 1 << 20
"""A longer line is passed on in pieces: a message may be one line of a gigabyte."""
_FROM = re.compile(rb"\AFrom \S.*\d{2}:\d{2}.*\d{4}|\AFrom (?:\S+@\S+|-|MAILER-DAEMON)(?:\s|\Z)")
_QUOTED = re.compile(rb"\A>+From ")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a box, or a piece of a long one.

    Attributes:
        begins: it begins a message and is no part of it.
        data: what belongs to the message, unquoted.
    """

    begins: bool
    data: bytes


def is_mbox(path: Path) -> bool:
    """Whether a file begins as a box does: with a ``From`` line and a header field after it."""
    with path.open("rb") as stream:
        head = stream.read(8192).lstrip(b"\r\n")
    first, _, rest = head.partition(b"\n")
    return bool(_FROM.match(first)) and bool(re.match(rb"[!-9;-~]+[ \t]*:|>?From ", rest))


def split_mbox(path: Path) -> Iterator[Line]:
    """The lines of a box; ``>From`` is unquoted once, as mboxrd quoted it.

    The blank line before a ``From`` line and the last one belong to the box, not to the message.
    """
    with path.open("rb") as stream:
        blank: bytes | None = b""
        for line, whole in _lines(stream):
            if whole and blank is not None and line.startswith(b"From ") and _FROM.match(line):
                yield Line(True, b"")
                blank = None
                continue
            if blank:
                yield Line(False, blank)
            blank = None
            if whole and line in {b"\n", b"\r\n"}:
                blank = line
                continue
            yield Line(False, line[1:] if whole and _QUOTED.match(line[:64]) else line)


def _lines(stream: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Lines, and whether each began as one."""
    begins = True
    while line := stream.readline(LONGEST_LINE_BYTES):
        yield line, begins
        begins = line.endswith(b"\n")
