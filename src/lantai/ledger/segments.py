"""Segments: the leaves' contents as files, one canonical JSON object a line.

::

    segments/000000/000000000000-000000001024.jsonl   1,024 leaves, complete
    parts/000000/000000001024-000000001440.jsonl      the leaves of one sequencing run
    heads/000000/000000001440.json                    a signed head
    keys/<fingerprint>.pem                            the keys that signed

A file is named by its leaves ``[start, end)`` and never rewritten: the same ledger gives the same
files, byte for byte. A part never crosses a multiple of 1,024; once its 1,024 leaves are complete
the segment stands beside the parts, which are then spare. The middle folder is the first six digits.

A line holds the entry's secret, so that the ledger can be restored from it: segments stay within
the archive. Heads and keys may go anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from lantai.core.canonical import canonical_json
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .leaves import LeafContent, leaf_hash_of
from .models import Entry

LEAVES = 1024
SEGMENTS, PARTS, HEADS, KEYS = "segments/", "parts/", "heads/", "keys/"
_NAME = re.compile(r"(?:segments|parts)/\d{6,}/(\d{12,})-(\d{12,})\.jsonl$")
_HEAD_NAME = re.compile(r"heads/\d{6,}/(\d{12,})\.json$")


@dataclass(frozen=True, slots=True, order=True)
class LeafRange:
    """Leaves ``[start, end)`` that stand in one file."""

    start: int
    end: int

    @property
    def path(self) -> str:
        """Where the file lies in a store."""
        folder = SEGMENTS if self.is_whole else PARTS
        return f"{folder}{self.start:012d}"[: len(folder) + 6] + f"/{self.start:012d}-{self.end:012d}.jsonl"

    @property
    def is_whole(self) -> bool:
        """Whether it is a complete segment."""
        return self.start % LEAVES == 0 and self.end - self.start == LEAVES

    @classmethod
    def of_path(cls, path: str) -> LeafRange | None:
        """The range a path names; ``None`` when it is no file of ours."""
        match = _NAME.search(path)
        found = cls(int(match[1]), int(match[2])) if match else None
        return found if found and found.start < found.end and found.path == path else None


def head_path(size: int) -> str:
    """Where the head over ``size`` leaves lies in a store."""
    return f"{HEADS}{size:012d}"[: len(HEADS) + 6] + f"/{size:012d}.json"


def head_size_of(path: str) -> int | None:
    """The size a head's path names; ``None`` when it is no head of ours."""
    match = _HEAD_NAME.search(path)
    return int(match[1]) if match and head_path(int(match[1])) == path else None


def ranges_between(start: int, end: int) -> list[LeafRange]:
    """The files to write when one sequencing run took the tree from ``start`` to ``end`` leaves."""
    ranges = []
    while start < end:
        block_end = (start // LEAVES + 1) * LEAVES
        stop = min(end, block_end)
        ranges.append(LeafRange(start, stop))
        if stop == block_end and not ranges[-1].is_whole:
            ranges.append(LeafRange(block_end - LEAVES, block_end))
        start = stop
    return ranges


def line_of(index: int, content: bytes, secret: bytes) -> bytes:
    """One leaf's line; ``content`` is the canonical JSON its leaf hash is over."""
    return b'{"index":%d,"leaf":%b,"secret":"%b"}\n' % (index, content, secret.hex().encode("ascii"))


def render(start: int, entries: Iterable[Entry]) -> bytes:
    """The file of consecutive entries, the first of which is leaf ``start``."""
    return b"".join(
        line_of(index, canonical_json(entry.content.as_dict()), bytes(entry.secret))
        for index, entry in enumerate(entries, start)
    )


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """One line read back."""

    index: int
    content: LeafContent
    secret: bytes

    @classmethod
    def parse(cls, line: bytes) -> SegmentLine:
        """Reads a line; ``Invalid`` when it makes no sense."""
        try:
            data = json.loads(line)
            return cls(int(data["index"]), LeafContent.from_dict(data["leaf"]), bytes.fromhex(data["secret"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(_("存证段中有一行无法理解。"), remedy=_("请从另一存储取用该段。")) from error

    @property
    def leaf_hash(self) -> bytes:
        """The hash of the leaf it tells of."""
        return leaf_hash_of(self.content)

    def entry(self) -> Entry:
        """The entry as it stood in the database, not saved."""
        fields = {name: getattr(self.content, name) for name in ("at", "actor", "role", "act", "subject")}
        return Entry(
            id=UUID(self.content.id),
            count=self.content.count,
            before=self.content.before,
            after=self.content.after,
            secret=self.secret,
            **fields,
        )
